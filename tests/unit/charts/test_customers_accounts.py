"""What the charts of customers, accounts and products say and where they put it."""

from __future__ import annotations

import pandas as pd
import pytest

from bullion.charts.contrast import ink_on
from bullion.charts.descriptive.accounts import _place
from bullion.charts.descriptive.customers import _mirrored, age_pyramid, segment_mix
from bullion.charts.descriptive.indicators import Figure, _round_above, indicator_grid
from bullion.charts.formats import label
from bullion.charts.rows import current_and_year_ago, distinct_labels, row_of_least, row_of_most


def test_ink_is_read_on_both_ends_of_the_scale() -> None:
    assert (ink_on(0), ink_on(0.5), ink_on(1)) == ("black", "black", "white")


def test_a_label_fits_an_axis() -> None:
    assert label("Certificate of Deposit") == "Certificate of Deposit"
    assert label("x" * 30) == "x" * 21 + "…"
    assert label(None) == label(float("nan")) == "Unknown"


def test_rows_are_found_among_nulls() -> None:
    rows = pd.DataFrame({"name": ["a", "b", "c"], "n": [None, 3.0, 1.0]})
    most, least = row_of_most(rows, "n"), row_of_least(rows, "n")
    assert most is not None
    assert most["name"] == "b"
    assert least is not None
    assert least["name"] == "c"
    assert row_of_most(rows.head(1), "n") is None


def test_names_that_several_keys_have_are_told_apart() -> None:
    rows = pd.DataFrame(
        {"name": ["Fund", "Fund", "Bond", "Bond", None], "key": ["1", "2", "3", "3", "4"]}
    )
    assert distinct_labels(rows, "name", "key").tolist() == [
        "Fund 1",
        "Fund 2",
        "Bond",
        "Bond",
        "Unknown",
    ]


def test_periods_are_told_by_their_rank() -> None:
    rows = pd.DataFrame({"period_rank": [3, 1], "n": [10, 20]})
    now, before = current_and_year_ago(rows)
    assert before is not None
    assert (now["n"], before["n"]) == (20, 10)
    assert current_and_year_ago(rows.tail(1))[1] is None


@pytest.mark.parametrize(
    ("amount", "place"),
    [(0, -0.5), (0.5, 0), (1, 0.5), (2, 1.5), (5, 2.5), (10, 3.5), (1000, 9.5), (10**0.5, 1.9999)],
)
def test_percentiles_lie_on_the_edges_of_the_bins(amount: float, place: float) -> None:
    found = _place(amount)
    assert found is not None
    assert found == pytest.approx(place, abs=0.01)


def test_ticks_count_up_on_both_sides() -> None:
    ticks = _mirrored(220, 1102)
    assert ticks["ticktext"] == ["0", "500", "1,000"]
    assert _mirrored(900, 1000)["ticktext"] == ["500", "0", "500", "1,000"]


def test_a_gauge_ends_well_above_what_it_shows() -> None:
    assert _round_above(0.027, 0.03) == 0.05
    assert _round_above(None, None) == 0.01
    assert _round_above(1.7) == 3.0


def test_indicators_scale_money_and_leave_out_changes_of_nothing() -> None:
    figures = (Figure("a", "A"), Figure("b", "B"), Figure("c", "C", ".2f"))
    now = pd.Series({"a": 2_500_000.0, "b": 0.5, "c": None})
    drawn = indicator_grid(figures, now, pd.Series({"a": 2_000_000.0, "b": 0.0, "c": 1.0})).data
    assert (drawn[0].value, drawn[0].number.suffix, drawn[0].delta.reference) == (2.5, "m", 2.0)
    assert drawn[1].mode == drawn[2].mode == "number"
    assert drawn[1].number.suffix == ""


@pytest.mark.parametrize(("rate", "mode"), [(None, "number"), (0.25, "number+delta")])
def test_no_change_is_drawn_that_the_table_does_not_tell(rate: float | None, mode: str) -> None:
    before = pd.Series({"a": 2.0, "a_change_rate": rate})
    [drawn] = indicator_grid((Figure("a", "A"),), pd.Series({"a": 2.5}), before).data
    assert drawn.mode == mode


def test_segments_of_customers_are_set_against_their_deposits() -> None:
    rows = pd.DataFrame(
        {
            "customer_segment": ["Mass", "Rich"],
            "customer_count": [80, 20],
            "customer_share_rate": [0.8, 0.2],
            "deposit_share_rate": [0.4, 0.6],
            "deposit_balance_amount": [40.0, 60.0],
            "income_per_customer_amount": [1.0, 2.0],
            "churn_rate": [0.1, None],
            "at_risk_count": [70, 0],
        }
    )
    said = str(segment_mix(rows).layout.title.text).replace("<br>", " ")
    assert "Mass is 80 % of customers and holds 40 % of deposits" in said
    assert "Rich, 20 % of customers, holds 60 %" in said


def test_few_people_are_no_finding() -> None:
    rows = pd.DataFrame(
        {
            "band_number": [1, 2, 2, 3, 3],
            "age_band": ["Under 25", "25-34", "25-34", "35-44", "35-44"],
            "relationship": ["Left", "Active", "Left", "Active", "Left"],
            "is_customer": [False, True, False, True, False],
            "customer_count": [5, 90, 10, 80, 20],
        }
    )
    figure = age_pyramid(rows)
    said = str(figure.layout.title.text).replace("<br>", " ")
    assert "aged 35–44 20 % have left, of those aged 25–34 10 %" in said
    assert list(figure.data[0].x) == [-5, -10, -20]
    assert list(figure.data[1].x) == [0, 90, 80]
