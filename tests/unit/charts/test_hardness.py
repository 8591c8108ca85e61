"""Every chart on what it may meet: one row, nulls, zeros, hundreds of categories, few customers."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from bullion.charts.forms.shares import share_bars
from bullion.charts.registry import Chart, all_charts
from bullion.charts.view import Strength
from tests.unit.charts.reading import texts_of
from tests.unit.charts.samples import rows_for

EVERY_CHART = pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.id)
# Labels beyond this many on one axis cannot be told apart.
MOST_LABELS = 60
MOST_TRACES = 60
SUPERLATIVE = re.compile(r"\b(?:most|highest|lowest|largest|busiest|widest|far above)\b")


@EVERY_CHART
@pytest.mark.parametrize("place", ["first", "last"])
def test_one_row(chart: Chart, place: str) -> None:
    rows = rows_for(chart.id)
    view = chart.draw(rows.head(1) if place == "first" else rows.tail(1))
    assert view.finding


@EVERY_CHART
def test_nulls(chart: Chart) -> None:
    """All numbers null, all texts, and every second value of both."""
    rows = rows_for(chart.id)
    numbers = [name for name in rows.columns if pd.api.types.is_numeric_dtype(rows[name])]
    texts = [name for name in rows.columns if name not in numbers]
    for columns, every in ((numbers, 1), (texts, 1), ([*numbers, *texts], 2)):
        view = chart.draw(holed(rows, columns, every))
        assert view.finding, columns
        assert "nan" not in f"{view.finding} {view.alt}".lower().split(), columns


def holed(rows: pd.DataFrame, columns: list[str], every: int) -> pd.DataFrame:
    """The rows without every so many-th value of these columns; numbers stay numbers."""
    found = rows.astype(dict.fromkeys(columns, "object"))
    found.loc[found.index[::every], columns] = None
    for name in columns:
        if pd.api.types.is_numeric_dtype(rows[name]) and rows[name].dtype != bool:
            found[name] = pd.to_numeric(found[name])
        elif pd.api.types.is_datetime64_any_dtype(rows[name]):
            found[name] = pd.to_datetime(found[name])
    return found


@EVERY_CHART
def test_hundreds_of_categories(chart: Chart) -> None:
    """Whatever is text may have any number of values: the largest are drawn, the rest is one."""
    rows = rows_for(chart.id)
    texts = [
        name
        for name in rows.columns
        if pd.api.types.is_string_dtype(rows[name]) and not rows[name].isna().all()
    ]
    copies = [
        rows.assign(
            **{
                name: rows[name].map(
                    lambda value, n=number: (
                        f"{value} {n}" if isinstance(value, str) and n else value
                    )
                )
                for name in texts
                if name != "reporting_currency"
            }
        )
        for number in range(100)
    ]
    figure = chart.draw(pd.concat(copies, ignore_index=True)).figure
    assert len(figure.data) <= MOST_TRACES
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        assert len(axis.categoryarray or ()) <= MOST_LABELS
        assert len(axis.ticktext or ()) <= MOST_LABELS


@EVERY_CHART
def test_a_bank_of_ten_has_no_superlatives(chart: Chart) -> None:
    """All counts are cut to a few; then nothing is the most, and nothing is compared."""
    rows = rows_for(chart.id)
    for name in rows.columns:
        counted = name.endswith("_count") and name != "without_rate_count"
        if counted or name == "n":
            rows[name] = (pd.to_numeric(rows[name]) // 1e9 + 1).where(rows[name] > 0, 0)
    view = chart.draw(rows)
    if chart.id in {"ab_power_curve", "segment_forest", "channel_differences", "odds_ratio_forest"}:
        # The models' own tests know their numbers.
        return
    assert view.strength is not Strength.STRONG, view.finding
    assert not SUPERLATIVE.search(view.finding), view.finding


@EVERY_CHART
def test_nothing_happened(chart: Chart) -> None:
    """All numbers are zero but ranks and places: an empty chart, or a plain fact."""
    rows = rows_for(chart.id)
    for name in rows.columns:
        is_number = pd.api.types.is_numeric_dtype(rows[name]) and rows[name].dtype != bool
        if is_number and not re.search(r"rank|number|year$|tile|months_on|step|days", name):
            rows[name] = 0 * rows[name]
    view = chart.draw(rows)
    assert view.is_empty or not SUPERLATIVE.search(view.finding), view.finding


def test_a_filled_mark_follows_the_models_verdict() -> None:
    """Whatever the interval says: is_significant, drawn filled or hollow."""
    for chart_id in ("ab_intervals", "channel_differences", "segment_forest", "odds_ratio_forest"):
        chart = next(each for each in all_charts() if each.id == chart_id)
        for verdict in (True, False):
            figure = chart.draw(rows_for(chart_id).assign(is_significant=verdict)).figure
            colours = {
                trace.marker.color
                for trace in figure.data
                if trace.legendgroup in ("True", "False") and any(v is not None for v in trace.x)
            }
            paper = figure.layout.template.layout.paper_bgcolor
            assert (colours == {paper}) is not verdict, chart_id


def test_a_change_within_chance_is_neither_good_nor_bad() -> None:
    chart = next(each for each in all_charts() if each.id == "customer_kpis")
    cards = {card.column: card for card in chart.draw(rows_for("customer_kpis")).cards}
    assert cards["new_customer_count"].judgement == "neither"
    assert cards["deposit_balance_amount"].judgement == "good"
    assert cards["owed_balance_amount"].judgement == "neither"
    assert cards["active_rate"].target
    assert cards["deposit_balance_amount"].target.endswith("a year")


def test_rates_change_in_points_and_cards_have_their_past() -> None:
    chart = next(each for each in all_charts() if each.id == "transaction_kpis")
    view = chart.draw(rows_for("transaction_kpis"))
    cards = {card.column: card for card in view.cards}
    assert cards["decline_rate"].change == "+0.24 points"
    assert cards["decline_rate"].past == (0.031, 0.030, 0.029)
    assert cards["decline_rate"].value in " ".join(texts_of(view.figure))


def test_a_figure_of_nothing_today_and_a_year_ago_has_no_card() -> None:
    chart = next(each for each in all_charts() if each.id == "customer_kpis")
    rows = rows_for("customer_kpis").assign(
        owed_balance_amount=0.0, mean_lifetime_value_amount=None
    )
    columns = {card.column for card in chart.draw(rows).cards}
    assert not columns & {"owed_balance_amount", "mean_lifetime_value_amount"}
    gone = rows_for("customer_kpis")
    gone.loc[gone["period_rank"].eq(1), "lost_customer_count"] = 0
    assert "lost_customer_count" in {card.column for card in chart.draw(gone).cards}


def test_a_change_of_next_to_nothing_is_neither_good_nor_bad() -> None:
    chart = next(each for each in all_charts() if each.id == "transaction_kpis")
    rows = rows_for("transaction_kpis")
    for part, judged in ((0.9996, "neither"), (0.99, "bad")):
        earlier = float(rows.loc[rows["period_rank"].eq(3), "inflow_amount"].iloc[0])
        changed = rows.assign(
            inflow_amount=rows["inflow_amount"].where(rows["period_rank"] != 1, part * earlier)
        )
        cards = {card.column: card for card in chart.draw(changed).cards}
        assert cards["inflow_amount"].judgement == judged


def test_more_events_than_can_be_told_apart_are_not_drawn() -> None:
    chart = next(each for each in all_charts() if each.id == "daily_trend")
    rows = rows_for("daily_trend")
    for count, drawn in ((1, True), (60, False)):
        names = [f"no. {place}" if place < count else None for place in range(len(rows))]
        figure = chart.draw(rows.assign(campaign_names=names)).figure
        assert ("Events" in [trace.name for trace in figure.data]) is drawn


def test_five_parts_none_of_which_is_quiet() -> None:
    parts = {f"part {number}": [0.2] for number in range(5)}
    hovers = {part: [part] for part in parts}
    drawn = share_bars(["all"], parts, hovers, [["all"]], axis="Part", quiet="Other").figure
    assert len({trace.marker.color for trace in drawn.data}) == 5
