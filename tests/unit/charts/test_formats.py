"""Numbers as people read them, in sentences and on axes."""

from __future__ import annotations

import pandas as pd
import pytest

from bullion.charts import formats
from bullion.charts.formats import (
    MINUS,
    SPACE,
    change,
    count,
    money,
    number,
    percent,
    points,
    short,
)
from bullion.charts.ticks import date_ticks, log_ticks, ticks


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (12.5, "12.50"),
        (158.11, "158"),
        (999, "999"),
        (1234, "1.23k"),
        (999_999, "1.00m"),
        (-45_600_000, "−45.6m"),
    ],
)
def test_short_numbers(value: float, text: str) -> None:
    assert short(value) == text


def test_what_is_missing_is_a_dash() -> None:
    for form in (count, short, money, percent, change, points, number):
        assert form(None) == form(float("nan")) == form(pd.NA) == formats.MISSING
    assert formats.p_value(None) == f"p {formats.MISSING}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123, "12.3"),
        (0, "0.0"),
        (1, "100.0"),
        (0.9996, "99.96"),
        (0.00046, "0.05"),
        (0.9999999, "over 99.999"),
        (0.0000001, "under 0.001"),
        (-0.05, f"{MINUS}5.0"),
    ],
)
def test_per_cent_never_says_all_or_nothing_of_what_is_not(value: float, text: str) -> None:
    assert percent(value) == f"{text}{SPACE}%"


@pytest.mark.parametrize("value", [-0.00000001, -0.0, -0.004])
def test_nothing_has_no_minus(value: float) -> None:
    assert number(value) == "0.00"
    assert MINUS not in money(value)


def test_one_is_not_many() -> None:
    assert formats.counted(1, "month") == "1 month"
    assert formats.counted(1234, "month") == "1,234 months"
    assert formats.counted(None, "month") == "– months"


def test_changes() -> None:
    assert change(-0.04) == f"{MINUS}4.0{SPACE}%"
    assert change(0.147) == f"+14.7{SPACE}%"
    assert change(0) == f"0.0{SPACE}%"
    assert points(0.0024) == "+0.24 points"
    assert points(-0.0294) == f"{MINUS}2.9 points"
    assert points(0.015, 2) == "+1.50 points"


def test_money_has_its_code() -> None:
    assert money(-1234, "$") == "−$1.23k"
    assert money(6.58e6, "USD") == f"USD{SPACE}6.58m"
    rows = pd.DataFrame({"reporting_currency": [None, "CZK"]})
    assert formats.currency_of(rows) == "CZK"
    assert formats.currency_of(rows.assign(reporting_currency="XXX")) == ""
    assert formats.currency_of(pd.DataFrame()) == ""


@pytest.mark.parametrize(
    ("rate", "countable", "said"),
    [
        (0.0321, True, "3.2 % more than a year ago"),
        (-0.5, True, "50.0 % fewer than a year ago"),
        (-0.5, False, "50.0 % less than a year ago"),
        (0.0004, True, "as many as a year ago"),
        (-0.0004, False, "as much as a year ago"),
        (3.99, True, "399.0 % more than a year ago"),
        (60, True, "61 times as many as a year ago"),
        (4.6, False, "6 times as much as a year ago"),
    ],
)
def test_a_change_in_words_says_what_it_rounds_to(rate: float, countable: bool, said: str) -> None:
    found = formats.compared(rate, "a year ago", countable=countable)
    assert found.replace(SPACE, " ") == said


def test_names_fit_and_are_no_markup() -> None:
    assert formats.label("Certificate of Deposit") == "Certificate of Deposit"
    assert formats.label("x" * 30) == "x" * 21 + "…"
    assert formats.label(None) == formats.label(float("nan")) == "Unknown"
    assert formats.label("<b>a & b") == "&lt;b&gt;a &amp; b"
    assert formats.name("<b>") == "<b>"
    assert formats.listed(["a"]) == "a"
    assert formats.listed(["a", "b", "c"]) == "a, b and c"


@pytest.mark.parametrize(
    ("low", "high", "kind", "texts"),
    [
        (0, 8_000_000, "money", ["0", "2m", "4m", "6m", "8m"]),
        (0, 1_200_000, "money", ["0", "0.5m", "1.0m"]),
        (0, 0.6, "percent", ["0 %", "20 %", "40 %", "60 %"]),
        (0, 0.004, "percent", ["0 %", "0.1 %", "0.2 %", "0.3 %", "0.4 %"]),
        (-0.1, 0.1, "change", ["−10 %", "−5 %", "0 %", "+5 %", "+10 %"]),
        (0, 3, "count", ["0", "1", "2", "3"]),
        (0, 400_000, "count", ["0", "100k", "200k", "300k", "400k"]),
        (-5, 5, "points", ["−4", "−2", "0", "+2", "+4"]),
        (0, 1.2, "number", ["0", "0.5", "1.0"]),
    ],
)
def test_ticks_read_as_sentences_do(low: float, high: float, kind: str, texts: list[str]) -> None:
    found = ticks(low, high, kind)  # type: ignore[arg-type]
    assert [text.replace(SPACE, " ") for text in found["ticktext"]] == texts
    assert len(found["tickvals"]) == len(texts)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (5, 1), (float("nan"), 1), (0, float("inf"))])
def test_an_axis_without_length_has_ticks(low: float, high: float) -> None:
    assert len(ticks(low, high, "money")["tickvals"]) > 1


def test_ticks_of_logarithms() -> None:
    assert log_ticks(1, 90)["ticktext"] == ["1", "3", "10", "30", "100"]
    assert log_ticks(10, 50_000)["ticktext"] == ["10", "100", "1k", "10k"]


@pytest.mark.parametrize(
    ("first", "last", "texts"),
    [
        ("2022-01-01", "2025-12-31", ["2022", "2023", "2024", "2025"]),
        ("2025-01-01", "2025-12-01", ["Jan 2025", "Apr 2025", "Jul 2025", "Oct 2025"]),
        ("2025-03-04", "2025-03-07", ["4 Mar 2025", "5 Mar 2025", "6 Mar 2025", "7 Mar 2025"]),
        ("2025-03-04", "2025-03-04", ["4 Mar 2025"]),
    ],
)
def test_ticks_of_dates(first: str, last: str, texts: list[str]) -> None:
    assert date_ticks(pd.Timestamp(first), pd.Timestamp(last))["ticktext"] == texts
    assert date_ticks(pd.NaT, pd.NaT)["ticktext"] == []
