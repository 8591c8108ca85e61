"""Every chart on sample rows: what its finding names is in the picture, in both themes."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from bullion.charts.config import CONFIG
from bullion.charts.contrast import contrast
from bullion.charts.framed import as_of_text, framed, money_text, subtitle
from bullion.charts.registry import Chart, all_charts
from bullion.charts.themes import DARK, LIGHT, THEMES, Theme, drawn_in
from bullion.charts.twins import patch, twin
from bullion.charts.view import Strength, View
from tests.unit.charts.colour_distance import EYES, distance
from tests.unit.charts.reading import mark_colours, numbers_in, parts_of, texts_of
from tests.unit.charts.samples import rows_for

EVERY_CHART = pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.id)
EVERY_THEME = pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
HOVER = re.compile(r"%\{customdata\[(\d+)\]\}<extra></extra>")
# Of two mark colours of one figure.
LEAST_DISTANCE = 15

Drawn = Callable[[Chart, Theme], View]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """Each chart's view of its sample rows, drawn once a theme."""
    views: dict[tuple[str, str], View] = {}

    def draw(chart: Chart, theme: Theme = LIGHT) -> View:
        key = (chart.id, theme.name)
        if key not in views:
            with drawn_in(theme):
                views[key] = chart.draw(rows_for(chart.id))
        return views[key]

    return draw


@EVERY_CHART
def test_the_picture_shows_the_numbers_of_its_finding(chart: Chart, drawn: Drawn) -> None:
    view = drawn(chart, LIGHT)
    assert not view.is_empty
    assert view.finding != chart.title
    texts = " ".join(texts_of(view.figure))
    shown = numbers_in(texts)
    said = numbers_in(view.finding) - numbers_in(view.window)
    assert said <= shown, f"{view.finding}: {said - shown} is not in the picture"


@EVERY_CHART
def test_who_cannot_see_it_is_told_its_numbers(chart: Chart, drawn: Drawn) -> None:
    view = drawn(chart, LIGHT)
    assert len(numbers_in(view.alt)) >= 3
    assert not re.search(r"</?\w", view.alt)
    assert view.n
    assert view.keys


@EVERY_CHART
def test_customdata_is_keys_and_then_the_sentence(chart: Chart, drawn: Drawn) -> None:
    view = drawn(chart, LIGHT)
    for trace in parts_of(view.figure)["data"]:
        if "hovertemplate" not in trace:
            assert trace["type"] == "indicator" or trace.get("hoverinfo") == "skip", trace
            continue
        found = HOVER.fullmatch(trace["hovertemplate"])
        assert found, trace["hovertemplate"]
        rows = trace["customdata"]
        rows = [cell for row in rows for cell in row] if trace["type"] == "heatmap" else rows
        assert {len(row) for row in rows} <= {int(found[1]) + 1}
        assert all(isinstance(row[-1], str) for row in rows)


@EVERY_CHART
def test_axes_have_our_ticks_only(chart: Chart, drawn: Drawn) -> None:
    layout = parts_of(drawn(chart, LIGHT).figure)["layout"]
    for name, axis in layout.items():
        if not re.fullmatch(r"[xy]axis\d*", name):
            continue
        hidden = axis.get("visible") is False or axis.get("showticklabels") is False
        assert hidden or axis.get("type") == "category" or "ticktext" in axis, name
        assert "tickformat" not in axis
    for trace in parts_of(drawn(chart, LIGHT).figure)["data"]:
        assert "texttemplate" not in trace


@EVERY_CHART
def test_an_axis_says_what_it_measures(chart: Chart, drawn: Drawn) -> None:
    layout = parts_of(drawn(chart, LIGHT).figure)["layout"]
    axes = [axis for name, axis in layout.items() if re.fullmatch(r"[xy]axis\d*", name)]
    assert not axes or any(axis.get("title", {}).get("text") for axis in axes)
    # One axis of values a panel.
    assert not any("overlaying" in axis for axis in axes)


@EVERY_CHART
def test_no_number_is_written_otherwise(chart: Chart, drawn: Drawn) -> None:
    view = drawn(chart, LIGHT)
    for text in [view.finding, view.alt, *texts_of(view.figure)]:
        assert not re.search(r"\d\s?%(?<!\u202f%)", text), text
        assert not re.search(r"(?<![\w])-\d", re.sub(r"\d{4}-\d\d-\d\d", "", text)), text
        assert "nan" not in text.lower().split(), text
        assert not re.search(r"\u22120(\.0+)?(?![\d.])", text), text


@EVERY_CHART
@EVERY_THEME
def test_colours_of_one_figure_are_told_apart(chart: Chart, theme: Theme, drawn: Drawn) -> None:
    colours = mark_colours(drawn(chart, theme).figure, theme)
    for one, other in combinations(sorted(colours), 2):
        for eyes in EYES:
            assert distance(one, other, eyes) >= LEAST_DISTANCE, (one, other, eyes)


@EVERY_CHART
def test_the_dark_twin_is_a_patch_of_colours(chart: Chart, drawn: Drawn) -> None:
    rows = rows_for(chart.id)
    light = drawn(chart, LIGHT)
    changes = twin(chart, rows, light)
    assert changes or chart.form == "cards"
    figure = parts_of(light.figure)
    for path, value in changes.items():
        at: Any = figure
        *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        for key in way:
            at = at[key]
        at[last] = value
    assert figure == parts_of(drawn(chart, DARK).figure)


@EVERY_CHART
@EVERY_THEME
def test_written_letters_are_read(chart: Chart, theme: Theme, drawn: Drawn) -> None:
    """Notes and texts that have a colour of their own; in cells and bars they stand on another."""
    layout = parts_of(drawn(chart, theme).figure)["layout"]
    inks = {"#000000", "#FFFFFF"}
    for note in layout.get("annotations", ()):
        colour = note.get("font", {}).get("color")
        assert colour is None or colour in inks or contrast(colour, theme.paper) >= 4.5


@EVERY_CHART
def test_the_frame_has_finding_and_subtitle(chart: Chart, drawn: Drawn) -> None:
    view, rows = drawn(chart, LIGHT), rows_for(chart.id)
    figure = framed(view, rows)
    said = figure.layout.title.text.replace("<br>", " ")
    assert said.startswith("<b>")
    assert figure.layout.height > view.height
    below = subtitle(view, rows)
    assert below.startswith(view.window)
    assert "as of 2025-12-31" in below
    assert view.figure.layout.title.text is None


def test_the_frame_says_what_it_has() -> None:
    rows = pd.DataFrame({"as_of": [pd.Timestamp("2025-12-31 23:59:59")]})
    view = View(go.Figure(), "<i>Something</i> " * 12, "30 days", "10 customers")
    figure = framed(view, rows)
    assert "<br>" in figure.layout.title.text
    assert "&lt;i&gt;" in figure.layout.title.text
    assert subtitle(view, rows) == "30 days · 10 customers · as of 2025-12-31"
    assert subtitle(View(go.Figure(), "t"), pd.DataFrame()) == as_of_text(pd.DataFrame()) == ""


@pytest.mark.parametrize(
    ("currency", "lacking", "said"),
    [
        ("CZK", 0, "amounts in CZK"),
        ("USD", 1234, "amounts in USD, 1,234 of the bank's rows without rate left out"),
        ("USD", None, "amounts in USD"),
        ("XXX", 0, "no currency named"),
        (None, 0, ""),
    ],
)
def test_money_is_named(currency: str | None, lacking: int | None, said: str) -> None:
    data = pd.DataFrame({"reporting_currency": [currency], "without_rate_count": [lacking]})
    assert money_text(data) == said


def test_a_patch_is_of_colours_only() -> None:
    assert patch({"a": ["x", 1]}, {"a": ["y", 1]}) == {"a.0": "y"}
    with pytest.raises(ValueError, match=r"^a: the dark figure is another one"):
        patch({"a": [1]}, {"a": [1, 2]})


def test_nothing_is_sent_anywhere() -> None:
    assert CONFIG["showSendToCloud"] is False
    assert CONFIG["plotlyServerURL"] == ""


def test_names_of_the_data_are_no_markup() -> None:
    evil = '<a href="javascript:x">'
    for chart in all_charts():
        rows = rows_for(chart.id)
        texts = [name for name in rows.columns if pd.api.types.is_string_dtype(rows[name])]
        rows = rows.assign(
            **{
                name: evil
                for name in texts
                if name != "reporting_currency" and not name.endswith("_past")
            }
        )
        view = chart.draw(rows)
        for text in texts_of(view.figure):
            # A natural key is what it is; nothing of it is written.
            assert evil not in text or text == evil, (chart.id, text)


def test_findings_have_a_strength(drawn: Drawn) -> None:
    strengths = {drawn(chart, LIGHT).strength for chart in all_charts()}
    assert strengths == set(Strength)
