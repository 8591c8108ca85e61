"""What the registry says of each chart is so."""

from __future__ import annotations

import functools
import importlib.util
import re
import subprocess
import sys
from typing import get_args

import pandas as pd
import pytest
import yaml

from bullion.charts.registry import (
    CATEGORIES,
    SUBJECTS,
    Audience,
    Chart,
    Relation,
    Size,
    all_charts,
    chart,
    find_chart,
)
from bullion.charts.source import Source
from bullion.charts.view import Strength, View
from bullion.contract import load_contract
from bullion.paths import PROJECT_DIR
from bullion.verify.registry import all_truths
from tests.unit.charts.samples import MAKERS, rows_for

EVERY_CHART = pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.id)
GOLD = PROJECT_DIR / "models" / "gold"


@functools.cache
def documented() -> dict[str, str]:
    """The models of gold that are documented, with their descriptions."""
    found = {}
    for path in GOLD.rglob("*.yml"):
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", ()):
            found[model["name"]] = model.get("description", "")
    return found


def a_chart(**changes: object) -> Chart:
    values = find_chart("segment_mix").__dict__ | {"id": "c", "title": "A title"} | changes
    return Chart(**values)


@EVERY_CHART
def test_all_values_are_known(chart: Chart) -> None:
    assert chart.category in CATEGORIES
    assert chart.subject in SUBJECTS
    assert chart.relation in get_args(Relation)
    assert chart.audience in get_args(Audience)
    assert chart.size in get_args(Size)
    assert 1 <= chart.weight <= 10
    assert importlib.util.find_spec(f"bullion.charts.forms.{chart.form}")
    assert set(chart.needs) <= set(load_contract())
    assert {each.id for each in all_charts()} >= set(chart.explains)
    assert chart.id not in chart.explains
    assert {truth.id for truth in all_truths()} >= set(chart.uses_truth)
    for text in (chart.title, chart.question, chart.reading, chart.window):
        assert len(text) > 3
    assert chart.question.endswith("?")
    assert chart.needs
    assert chart.keywords


@EVERY_CHART
def test_every_model_is_there_and_documented(chart: Chart) -> None:
    models = documented()
    assert models.get(chart.model)
    named = set(re.findall(r"\b(?:analytics|dim|fact)_\w+", chart.query))
    assert {name for name in named if not name.endswith("_rate")} <= set(models)
    assert any(name.startswith(chart.model.removesuffix("_points")) for name in named)


def test_explained_by_is_the_other_side() -> None:
    for each in all_charts():
        for other in each.explained_by:
            assert each.id in find_chart(other).explains
    assert "channel_mix" in find_chart("transaction_kpis").explained_by


@EVERY_CHART
def test_money_names_its_currency(chart: Chart) -> None:
    columns = chart.source.columns or re.findall(r"\w+", chart.source.sql)
    if any(re.search(r"_amount$", column) for column in columns):
        assert "reporting_currency" in columns


@EVERY_CHART
def test_samples_have_what_the_source_gives(chart: Chart) -> None:
    assert set(chart.source.columns) <= set(rows_for(chart.id).columns)
    assert chart.id in MAKERS
    for name, column in chart.source.filters.items():
        assert name
        assert not chart.source.columns or column in chart.source.columns


def test_ids_are_unique_and_words_known() -> None:
    charts = all_charts()
    assert len({each.id for each in charts}) == len(charts)
    given = {
        key: value
        for key, value in charts[0].__dict__.items()
        if key not in ("function", "category", "subject")
    }
    with pytest.raises(ValueError, match="no category"):
        chart(**given, category="y", subject="customers")
    with pytest.raises(ValueError, match="no subject"):
        chart(**given, category="descriptive", subject="y")


def test_no_rows_say_what_to_load() -> None:
    view = a_chart().draw(pd.DataFrame({"x": []}))
    assert view.is_empty
    assert view.missing == "needs customers and account balances"
    assert "needs customers" in view.figure.layout.annotations[0].text
    assert view.strength is Strength.PLAIN
    assert a_chart(function=lambda data: None).draw(pd.DataFrame({"x": [1]})).is_empty


def test_a_chart_does_not_change_its_rows_and_gives_its_window() -> None:
    import plotly.graph_objects as go

    def draw(data: pd.DataFrame) -> View:
        data["x"] = 0
        return View(go.Figure(go.Bar(x=[1])), "finding")

    rows = pd.DataFrame({"x": [1, 2]})
    view = a_chart(function=draw, window="30 days").draw(rows)
    assert rows["x"].tolist() == [1, 2]
    assert view.window == "30 days"
    assert view.figure.layout.uirevision == "c"
    assert view.figure.data[0].uid == "c-0"


def test_sources_are_filterable_or_fixed() -> None:
    assert {each.source.recut for each in all_charts()} == {"filterable", "fixed"}
    assert all(isinstance(each.source, Source) for each in all_charts())


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
