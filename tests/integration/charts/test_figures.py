"""Every chart on what it may meet: a bank, no rows, one, nulls, a hundred times the categories."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import pytest

from bullion.charts.registry import Chart, all_charts

EVERY_CHART = pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.id)
# Labels beyond this many on one axis cannot be told apart.
MOST_LABELS = 60
MOST_TRACES = 60

Frames = dict[str, pd.DataFrame]


def values_of(trace: go.Figure) -> int:
    """How many values a trace draws."""
    names = ("x", "y", "z", "r", "labels", "values", "value", "ids")
    return sum(
        1 if isinstance(found, int | float) else len(found)
        for found in (getattr(trace, name, None) for name in names if name in trace)
        if found is not None
    )


def labels_of(figure: go.Figure) -> int:
    """The largest number of different text labels on one axis, in one legend or one pie."""
    axes: dict[str, set[str]] = {}
    for trace in figure.data:
        for name in ("x", "y", "labels"):
            values = getattr(trace, name, None) if name in trace else None
            for value in () if values is None else values:
                if isinstance(value, str) and not value[:4].isdigit():
                    axes.setdefault(f"{name}{getattr(trace, name + 'axis', '')}", set()).add(value)
    return max(map(len, axes.values()), default=0)


def title_of(figure: go.Figure) -> str:
    return str(figure.layout.title.text or "")


@EVERY_CHART
def test_says_its_finding_on_a_bank(chart: Chart, frames: Frames) -> None:
    figure = chart.draw(frames[chart.id])
    assert sum(map(values_of, figure.data)) > 0
    assert title_of(figure).strip("<b>/ ") not in {"", chart.title}
    assert any(letter.isdigit() for letter in figure.layout.title.subtitle.text)
    for text in (chart.title, chart.question, chart.reading):
        assert len(text) > 8
    assert chart.question.endswith("?")


@EVERY_CHART
def test_axes_say_what_they_measure(chart: Chart, frames: Frames) -> None:
    figure = chart.draw(frames[chart.id])
    kinds = {trace.type for trace in figure.data}
    if kinds & {"bar", "scatter", "histogram", "box", "heatmap"}:
        titles = [axis.title.text for axis in figure.select_yaxes() if axis.visible is not False]
        titles += [axis.title.text for axis in figure.select_xaxes() if axis.visible is not False]
        assert any(titles), "no axis has a title"


@EVERY_CHART
def test_no_rows(chart: Chart, frames: Frames) -> None:
    figure = chart.draw(frames[chart.id].head(0))
    assert "has no rows" in figure.layout.annotations[0].text


@EVERY_CHART
@pytest.mark.parametrize("place", ["first", "last"])
def test_one_row(chart: Chart, frames: Frames, place: str) -> None:
    rows = frames[chart.id]
    figure = chart.draw(rows.head(1) if place == "first" else rows.tail(1))
    assert title_of(figure)


@EVERY_CHART
def test_nulls(chart: Chart, frames: Frames) -> None:
    """A column of nulls, and every second value null, in each column in turn and in all numbers."""
    rows = frames[chart.id]
    numbers = [name for name in rows.columns if pd.api.types.is_numeric_dtype(rows[name])]
    for columns in [*([name] for name in rows.columns), numbers]:
        for every in (1, 2):
            holed = rows.astype(dict.fromkeys(columns, "object"))
            holed.loc[holed.index[::every], columns] = None
            for name in columns:
                if pd.api.types.is_numeric_dtype(rows[name]) and rows[name].dtype != bool:
                    holed[name] = pd.to_numeric(holed[name])
                elif pd.api.types.is_datetime64_any_dtype(rows[name]):
                    holed[name] = pd.to_datetime(holed[name])
            assert title_of(chart.draw(holed)), f"{columns}, every {every}"


@EVERY_CHART
def test_a_hundred_times_the_categories(chart: Chart, frames: Frames) -> None:
    """Whatever is text may have any number of values: the largest are drawn, the rest is one."""
    rows = frames[chart.id]
    texts = [
        name
        for name in rows.columns
        if not pd.api.types.is_numeric_dtype(rows[name])
        and not pd.api.types.is_datetime64_any_dtype(rows[name])
    ]
    copies = []
    for number in range(100):
        copy = rows.copy()
        for name in texts:
            copy[name] = copy[name].map(
                lambda value, n=number: f"{value} {n}" if isinstance(value, str) and n else value
            )
        copies.append(copy)
    figure = chart.draw(pd.concat(copies, ignore_index=True))
    assert len(figure.data) <= MOST_TRACES
    assert labels_of(figure) <= MOST_LABELS
