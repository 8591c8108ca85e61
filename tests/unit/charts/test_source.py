"""Sources compile to SQL with parameters, and charts' sources to what a bank's analyst reads."""

from __future__ import annotations

import pytest

from bullion.charts.source import Between, Source

SOURCE = Source(
    relation="a_table",
    columns=("a", "b"),
    where="c > %(least)s",
    parameters={"least": 3},
    order=("a desc", "b"),
    filters={"segment": "customer_segment", "date": "month_start", "odd": 'a "name"'},
)


def test_without_filters() -> None:
    query = SOURCE.compiled()
    assert query.text == ("select\n    a, b\nfrom a_table\nwhere c > %(least)s\norder by a desc, b")
    assert query.parameters == {"least": 3}


def test_values_are_parameters() -> None:
    query = SOURCE.compiled(
        {"segment": ["A'; drop table x; --", "B"], "date": Between("2025-01-01", None), "odd": 1}
    )
    assert "drop table" not in query.text
    assert "customer_segment = any(%(segment)s)" in query.text
    assert "month_start >= %(date_from)s" in query.text
    assert '"a ""name""" = %(odd)s' in query.text
    assert query.parameters["segment"] == ["A'; drop table x; --", "B"]
    assert "date_to" not in query.parameters
    assert SOURCE.parameters == {"least": 3}


def test_a_select_stands_for_the_relation() -> None:
    text = Source(sql="\n        select 1 as a\n    ", order=("a",)).compiled().text
    assert text == "select\n    *\nfrom (\n    select 1 as a\n) as rows\norder by a"


def test_what_is_no_filter_or_order_is_refused() -> None:
    with pytest.raises(KeyError, match="no filter region; there are segment"):
        SOURCE.compiled({"region": 1})
    with pytest.raises(ValueError, match="desc after it"):
        Source(relation="a", order=("a desc; drop",)).compiled()
