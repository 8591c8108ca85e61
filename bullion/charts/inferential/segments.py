"""Charts of how customer segments differ: differences with intervals, and spreads."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bullion.charts import formats, theme
from bullion.charts.intervals import ALPHA, complete, log_ticks
from bullion.charts.registry import chart
from bullion.charts.theme import MAX_CATEGORIES, empty_figure, error_bars, present

_COMPARISON = "analytics_customer_segment_statistical_comparison"
_DISTRIBUTION = "analytics_customer_segment_statistical_comparison_distribution"

_MOST_SEGMENTS = 4


@chart(
    id="segment_forest",
    category="inferential",
    title="Differences between segments",
    question="In which respects do segments differ by more than chance?",
    reading=(
        "A mark is how far a segment's mean lies from that of the ordinary segment, in standard "
        "deviations of customers (Cohen's d); its line is the 95 % interval. A filled mark "
        "stands after all pairs and measures are tested together (q < 0.05), a hollow one may be "
        "chance."
    ),
    model=_COMPARISON,
    query=(
        f"select * from {_COMPARISON} where reference_rank = 1"
        " order by measure_rank, comparison_rank"
    ),
)
def segment_forest(data: pd.DataFrame) -> go.Figure:
    """One line a measure, one colour a segment, against the first segment."""
    rows = complete(
        data,
        "measure",
        "measure_label",
        "measure_rank",
        "reference_rank",
        "comparison_rank",
        "reference_segment",
        "comparison_segment",
        "cohens_d",
    )
    if rows.empty:
        return empty_figure("Differences between segments", "no pair of segments can be compared")
    rows = rows[rows["reference_rank"] == rows["reference_rank"].min()]
    ranks = sorted(rows["comparison_rank"].unique())[:_MOST_SEGMENTS]
    measures = rows.drop_duplicates("measure_rank").nsmallest(MAX_CATEGORIES, "measure_rank")
    places = {measure: place for place, measure in enumerate(measures["measure"])}
    rows = rows[rows["measure"].isin(places) & rows["comparison_rank"].isin(ranks)]
    figure = go.Figure()
    for number, rank in enumerate(ranks):
        mine = rows[rows["comparison_rank"] == rank]
        colour = theme.PALETTE[number]
        found = pd.to_numeric(mine["q_value"]) < ALPHA
        figure.add_scatter(
            x=mine["cohens_d"],
            y=mine["measure"].map(places) + 0.22 * (number - (len(ranks) - 1) / 2),
            mode="markers",
            name=str(mine["comparison_segment"].iloc[0]),
            marker={
                "color": np.where(found, colour, theme.PAPER),
                "size": 9,
                "line": {"color": colour, "width": 2},
            },
            error_x={
                **error_bars(mine, "cohens_d", "cohens_d_low", "cohens_d_high"),
                "color": colour,
            },
            customdata=[_said(row) for row in mine.itertuples()],
            hovertemplate="%{customdata}<extra></extra>",
        )
    figure.add_vline(x=0, line={"color": theme.MUTED, "width": 1.5, "dash": "dash"})
    base = str(rows["reference_segment"].iloc[0])
    figure.update_xaxes(title="Standard deviations")
    figure.update_yaxes(
        tickvals=list(places.values()),
        ticktext=[
            textwrap.fill(label, 16).replace("\n", "<br>") for label in measures["measure_label"]
        ],
        range=[len(places) - 0.5, -0.5],
        showgrid=False,
    )
    return present(
        figure,
        title=_difference_title(base, rows, len(places)),
        data=data,
        n=f"{formats.count(rows['reference_count'].max())} {base} customers and the others",
        height=190 + 48 * max(3, len(places)),
    )


def _said(row: Any) -> str:
    """A row of the comparison in words."""
    ratio = "" if pd.isna(row.mean_ratio) else f"{row.mean_ratio:.2f} times as much<br>"
    return (
        f"<b>{row.comparison_segment} against {row.reference_segment}</b><br>"
        f"{row.measure_label}<br>{ratio}d = {row.cohens_d:.2f} "
        f"({row.cohens_d_low:.2f} to {row.cohens_d_high:.2f}), "
        f"{formats.p_value(row.q_value).replace('p', 'q', 1)}"
    )


def _difference_title(base: str, rows: pd.DataFrame, measures: int) -> str:
    """Which measures set the segments apart, the largest difference first."""
    found = rows[pd.to_numeric(rows["q_value"]) < ALPHA]
    largest = found.assign(size=found["cohens_d"].abs()).sort_values("size", ascending=False)
    names = [str(name).lower() for name in largest["measure_label"].unique()]
    if not names:
        return f"No segment differs from {base} by more than chance"
    rest = measures - len(names)
    ending = f", not in the other {rest}" if rest else ""
    return f"Segments differ from {base} in {' and '.join(names[:3])}{ending}"


@chart(
    id="segment_box",
    category="inferential",
    title="Spread of monthly spend by segment",
    question="How differently do customers of one segment spend, next to how segments differ?",
    reading=(
        "A box holds the middle half of a segment's customers, the line in it is the median; "
        "whiskers reach from the 5th to the 95th percentile. The scale is logarithmic: equal "
        "steps are equal ratios."
    ),
    model=_DISTRIBUTION,
    query=f"select * from {_DISTRIBUTION} order by measure_rank, segment_rank",
)
def segment_box(data: pd.DataFrame) -> go.Figure:
    """One box a segment of the first measure, on its own scale (logarithms are undone)."""
    known = complete(
        data,
        "measure_label",
        "measure_rank",
        "customer_segment",
        "segment_rank",
        "customer_count",
        "is_log",
        "p5",
        "p25",
        "p50",
        "p75",
        "p95",
    )
    if known.empty:
        return empty_figure("Spread of monthly spend by segment", "no segment has a spread")
    first = known[known["measure_rank"] == known["measure_rank"].min()]
    rows = first.nlargest(MAX_CATEGORIES, "customer_count").sort_values("segment_rank")
    label = str(rows["measure_label"].iloc[0])
    is_log = bool(rows["is_log"].iloc[0])
    values = rows[["p5", "p25", "p50", "p75", "p95"]].apply(pd.to_numeric)
    if is_log:
        values = np.exp(values)
    figure = go.Figure(
        go.Box(
            y=rows["customer_segment"],
            lowerfence=values["p5"],
            q1=values["p25"],
            median=values["p50"],
            q3=values["p75"],
            upperfence=values["p95"],
            orientation="h",
            line={"color": theme.BLUE},
            fillcolor="#BFDCEE",
            showlegend=False,
        )
    )
    names = [
        f"<b>{segment}</b><br>median {formats.short(middle)}<br>n = {formats.count(size)}"
        for segment, middle, size in zip(
            rows["customer_segment"], values["p50"], rows["customer_count"], strict=True
        )
    ]
    figure.update_yaxes(
        autorange="reversed", tickvals=rows["customer_segment"].tolist(), ticktext=names
    )
    if is_log:
        figure.update_xaxes(type="log", **log_ticks(values["p5"].min(), values["p95"].max()))
    figure.update_xaxes(title=label)
    return present(
        figure,
        title=_spread_title(label, rows.assign(middle=values["p50"])),
        data=data,
        n=f"{formats.count(rows['customer_count'].sum())} customers",
        height=160 + 75 * max(3, len(rows)),
    )


def _spread_title(label: str, rows: pd.DataFrame) -> str:
    base = rows.iloc[0]
    top = rows.loc[rows["middle"].idxmax()]
    if top["customer_segment"] == base["customer_segment"] or not base["middle"] > 0:
        return (
            f"{label}: the {top['customer_segment']} median, {formats.short(top['middle'])}, leads"
        )
    ending = ", yet the two overlap" if top["p25"] < base["p75"] else ""
    return (
        f"{label}: the {top['customer_segment']} median is {top['middle'] / base['middle']:.1f} "
        f"times that of {base['customer_segment']}{ending}"
    )
