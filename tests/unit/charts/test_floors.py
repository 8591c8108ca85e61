"""The floor for small numbers, and the intervals that it goes by."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from bullion.charts.floors import (
    counts_differ,
    differ,
    enough,
    leads,
    poisson,
    rates_differ,
    stands_out,
    wilson,
)


@pytest.mark.parametrize(
    ("units", "events", "is_enough"),
    [
        (30, None, True),
        (29, None, False),
        (100, 0, False),
        (100, 100, False),
        (100, 1, True),
        (None, None, False),
        (float("nan"), None, False),
        (100, float("nan"), False),
    ],
)
def test_enough(units: float | None, events: float | None, is_enough: bool) -> None:
    assert enough(units, events) is is_enough


def test_values_differ() -> None:
    assert differ(pd.Series([1, 2, None]))
    assert not differ(pd.Series([1, 1, None]))
    assert not differ(pd.Series([], dtype="float64"))


def test_a_tie_has_no_leader() -> None:
    assert leads(pd.Series([3, 2, None]))
    assert leads(pd.Series([3]))
    assert not leads(pd.Series([3, 3, 1]))
    assert not leads(pd.Series([], dtype="float64"))


def test_who_stands_out_lies_apart_from_all() -> None:
    rows = pd.DataFrame({"ci_low": [0.5, 0.1, 0.2], "ci_high": [0.7, 0.3, 0.4]})
    assert stands_out(rows)
    assert not stands_out(rows.assign(ci_high=[0.7, 0.3, 0.55]))
    assert not stands_out(rows.assign(ci_low=[0.5, None, 0.2]))


def test_intervals_are_those_of_the_textbooks() -> None:
    low, high = wilson(9, 39)
    assert (low, high) == (pytest.approx(0.1265, abs=2e-4), pytest.approx(0.3834, abs=2e-4))
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == pytest.approx(1)
    assert all(map(math.isnan, wilson(1, 0)))
    low, high = poisson(10)
    assert (low, high) == (pytest.approx(4.79, abs=0.02), pytest.approx(18.39, abs=0.02))
    assert poisson(0) == (0, pytest.approx(3.69, abs=0.1))
    assert all(map(math.isnan, poisson(math.nan)))


def test_changes_within_chance() -> None:
    assert not counts_differ(42, 48)
    assert counts_differ(42, 90)
    assert not counts_differ(0, 0)
    assert rates_differ(0.6, 1000, 0.5, 1000)
    assert not rates_differ(0.6, 20, 0.5, 1000)
    assert not rates_differ(0.51, 100, 0.5, 100)
    assert not rates_differ(math.nan, 100, 0.5, 100)
