"""Every chart on what it may meet: a bank, no rows, one, nulls, a hundred times the categories."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import pytest

from bullion.charts.framed import subtitle
from bullion.charts.registry import Chart, all_charts
from bullion.charts.twins import twin
from bullion.charts.view import View
from tests.unit.charts.reading import numbers_in, texts_of

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


@EVERY_CHART
def test_says_its_finding_on_a_bank(chart: Chart, frames: Frames) -> None:
    view = chart.draw(frames[chart.id])
    assert not view.is_empty
    assert sum(map(values_of, view.figure.data)) > 0
    assert view.finding not in {"", chart.title}
    assert any(letter.isdigit() for letter in subtitle(view, frames[chart.id]))
    shown = numbers_in(" ".join(texts_of(view.figure)))
    assert numbers_in(view.finding) - numbers_in(view.window) <= shown


@EVERY_CHART
def test_is_dark_by_a_patch(chart: Chart, frames: Frames) -> None:
    view = chart.draw(frames[chart.id])
    assert all(value.startswith("#") or "color" in value for value in _patch(chart, view, frames))


def _patch(chart: Chart, view: View, frames: Frames) -> list[str]:
    return [str(value) for value in twin(chart, frames[chart.id], view).values()]


@EVERY_CHART
def test_no_rows(chart: Chart, frames: Frames) -> None:
    view = chart.draw(frames[chart.id].head(0))
    assert view.missing.startswith("needs ")
    assert view.missing in view.figure.layout.annotations[0].text


@EVERY_CHART
@pytest.mark.parametrize("place", ["first", "last"])
def test_one_row(chart: Chart, frames: Frames, place: str) -> None:
    rows = frames[chart.id]
    view = chart.draw(rows.head(1) if place == "first" else rows.tail(1))
    assert view.finding


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
            assert chart.draw(holed).finding, f"{columns}, every {every}"


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
    figure = chart.draw(pd.concat(copies, ignore_index=True)).figure
    assert len(figure.data) <= MOST_TRACES
    assert labels_of(figure) <= MOST_LABELS
