"""Rows that findings speak of, found among nulls, repeated names and many categories."""

from __future__ import annotations

import pandas as pd
import pytest

from bullion.charts.descriptive.balances import place_of
from bullion.charts.rows import (
    current_and_year_ago,
    distinct_names,
    is_true,
    keys_of,
    row_of_most,
    top_and_other,
)


def test_rows_are_found_among_nulls() -> None:
    rows = pd.DataFrame({"name": ["a", "b", "c"], "n": [None, 3.0, 1.0]})
    most = row_of_most(rows, "n")
    assert most is not None
    assert most["name"] == "b"
    assert row_of_most(rows.head(1), "n") is None


def test_names_that_several_keys_have_are_told_apart() -> None:
    rows = pd.DataFrame(
        {"name": ["Fund", "Fund", "Bond", "Bond", None], "key": ["1", "2", "3", "3", "4"]}
    )
    names = ["Fund 1", "Fund 2", "Bond", "Bond", "Unknown"]
    assert distinct_names(rows, "name", "key").tolist() == names
    long = rows.assign(name="Current account", key=[f"ACCOUNT POPLATEK {n}" for n in range(5)])
    found = distinct_names(long, "name", "key")
    assert found.nunique() == 5
    assert found.str.len().max() <= 22


def test_periods_are_told_by_their_rank() -> None:
    rows = pd.DataFrame({"period_rank": [3, 1], "n": [10, 20]})
    now, before = current_and_year_ago(rows)
    assert before is not None
    assert (now["n"], before["n"]) == (20, 10)
    assert current_and_year_ago(rows.tail(1))[1] is None


def test_top_and_other_keeps_the_total() -> None:
    data = pd.DataFrame({"name": [None, *"abcdefghij"], "n": range(11), "rate": [0.5] * 11})
    top = top_and_other(data, "name", "n", most=4)
    assert top["name"].tolist() == ["j", "i", "h", "Other (8)"]
    assert top["n"].sum() == data["n"].sum()
    assert pd.isna(top["rate"].iloc[-1])
    assert top_and_other(data.head(1), "name", "n")["name"].tolist() == ["Unknown"]


def test_keys_are_plain_values() -> None:
    rows = pd.DataFrame({"at": [pd.Timestamp("2025-01-01"), pd.NaT], "n": [1, 2], "s": ["a", None]})
    assert keys_of(rows, "at", "n", "s") == [["2025-01-01", 1, "a"], [None, 2, None]]
    assert is_true(pd.Series([True, False, None], dtype="object")).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("amount", "place"),
    [(0, -0.5), (0.5, 0), (1, 0.5), (2, 1.5), (5, 2.5), (10, 3.5), (1000, 9.5), (10**0.5, 1.9999)],
)
def test_percentiles_lie_on_the_edges_of_the_bins(amount: float, place: float) -> None:
    assert place_of(amount) == pytest.approx(place, abs=0.01)
    assert place_of(None) is None  # type: ignore[arg-type]
