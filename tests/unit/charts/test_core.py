"""The core of the charts: registry, formats, what every chart shares."""

from __future__ import annotations

import re
import subprocess
import sys

import pandas as pd
import plotly.graph_objects as go
import pytest

from bullion.charts import formats
from bullion.charts.registry import Chart, all_charts, chart
from bullion.charts.theme import empty_figure, error_bars, money_text, present, top_and_other


def a_chart(draw: object = None) -> Chart:
    return Chart("c", "descriptive", "A title", "q", "r", "a_model", "select 1", draw)  # type: ignore[arg-type]


def test_no_rows_are_the_empty_state_that_says_why() -> None:
    figure = a_chart().draw(pd.DataFrame({"x": []}))
    assert "a_model has no rows" in figure.layout.annotations[0].text
    assert "A title" in figure.layout.title.text


def test_a_chart_does_not_change_its_rows() -> None:
    def draw(data: pd.DataFrame) -> go.Figure:
        data["x"] = 0
        return go.Figure()

    rows = pd.DataFrame({"x": [1, 2]})
    a_chart(draw).draw(rows)
    assert rows["x"].tolist() == [1, 2]


def test_ids_are_unique_and_categories_known() -> None:
    charts = all_charts()
    assert len({each.id for each in charts}) == len(charts)
    with pytest.raises(ValueError, match="no category"):
        chart(id="x", category="y", title="", question="", reading="", model="", query="")


def test_title_and_what_it_is_over() -> None:
    data = pd.DataFrame({"as_of": [pd.Timestamp("2025-12-31 23:59:59")]})
    figure = present(go.Figure(), "Something " * 12, data, "10 customers")
    assert "<br>" in figure.layout.title.text
    assert figure.layout.title.subtitle.text == "10 customers · as of 2025-12-31"
    assert present(go.Figure(), "t", pd.DataFrame(), "").layout.title.subtitle.text == ""


@pytest.mark.parametrize(
    ("currency", "lacking", "said"),
    [
        ("CZK", 0, "amounts in CZK"),
        ("USD", 1234, "amounts in USD, 1,234 of the bank's rows without rate left out"),
        ("XXX", 0, "no currency named"),
        (None, 0, ""),
    ],
)
def test_money_is_named(currency: str | None, lacking: int, said: str) -> None:
    data = pd.DataFrame({"reporting_currency": [currency], "without_rate_count": [lacking]})
    assert money_text(data) == said
    assert present(go.Figure(), "t", data, "").layout.title.subtitle.text == said


def test_every_chart_of_money_names_its_currency() -> None:
    """Where all columns are read, the currency is one of them."""
    named = {chart.id for chart in all_charts() if "reporting_currency" in chart.query}
    assert {
        chart.id for chart in all_charts() if re.search(r"(?<!sample)_amount\b", chart.query)
    } == named


def test_top_and_other_keeps_the_total() -> None:
    data = pd.DataFrame({"name": [None, *"abcdefghij"], "n": range(11), "rate": [0.5] * 11})
    top = top_and_other(data, "name", "n", most=4)
    assert top["name"].tolist() == ["j", "i", "h", "Other (8)"]
    assert top["n"].sum() == data["n"].sum()
    assert pd.isna(top["rate"].iloc[-1])
    assert top_and_other(data.head(1), "name", "n")["name"].tolist() == ["Unknown"]


def test_error_bars_are_distances_from_the_estimate() -> None:
    data = pd.DataFrame({"estimate": [1.0], "ci_low": [0.5], "ci_high": [2.5]})
    bars = error_bars(data, "estimate")
    assert bars["array"].tolist() == [1.5]
    assert bars["arrayminus"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (12.5, "12.50"),
        (999, "999"),
        (1234, "1.23k"),
        (999_999, "1.00m"),
        (-45_600_000, "-45.6m"),
    ],
)
def test_short_numbers(value: float, text: str) -> None:
    assert formats.short(value) == text


def test_what_is_missing_is_a_dash() -> None:
    for form in (formats.count, formats.short, formats.money, formats.percent, formats.change):
        assert form(None) == form(float("nan")) == form(pd.NA) == formats.MISSING
    assert formats.money(-1234, "$") == "−$1.23k"
    assert formats.change(-0.04) == "−4.0 %"
    assert formats.p_value(0.0004) == "p < 0.001"


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
    assert formats.compared(rate, "a year ago", countable=countable) == said


def test_the_empty_figure_has_no_axes() -> None:
    figure = empty_figure("t", "why")
    assert figure.layout.xaxis.visible is False


def test_the_order_is_that_of_the_modules_whoever_imports_one_first() -> None:
    code = (
        "import {}; from bullion.charts.registry import all_charts;"
        "print([chart.id for chart in all_charts()])"
    )
    modules = ("sys", "bullion.charts.inferential.segments", "bullion.charts.descriptive.trends")
    said = {
        subprocess.run(
            [sys.executable, "-c", code.format(module)], capture_output=True, text=True, check=True
        ).stdout
        for module in modules
    }
    assert len(said) == 1
