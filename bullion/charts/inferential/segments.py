"""How customer segments differ: differences with intervals, and spreads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bullion.charts.floors import LEAST_UNITS, differ
from bullion.charts.formats import count, label, listed, name, number, p_value, short
from bullion.charts.forms.distribution import boxes
from bullion.charts.forms.dot_intervals import Estimates, dot_intervals
from bullion.charts.registry import chart
from bullion.charts.rows import MAX_CATEGORIES, complete, is_true, keys_of, numbers, row_of_most
from bullion.charts.source import Source
from bullion.charts.view import Strength, View

_COMPARISON = "analytics_customer_segment_statistical_comparison"
_DISTRIBUTION = "analytics_customer_segment_statistical_comparison_distribution"
_MOST_SEGMENTS = 4
_PERCENTILES = ("p5", "p25", "p50", "p75", "p95")
# What a box needs, each known.
_BOX = (
    "measure_label",
    "measure_rank",
    "customer_segment",
    "segment_rank",
    "customer_count",
    "is_log",
    *_PERCENTILES,
)
# What an estimate of the forest needs.
_ESTIMATE = (
    "measure",
    "measure_label",
    "measure_rank",
    "reference_rank",
    "comparison_rank",
    "reference_segment",
    "comparison_segment",
    "cohens_d",
)


@chart(
    id="segment_forest",
    category="inferential",
    title="Differences between segments",
    question="In which respects do segments differ by more than chance?",
    reading="A panel is a segment against the ordinary one. A mark is how far its mean lies from "
    "that segment's, in standard deviations of customers (Cohen's d); its line is the 95 % "
    "interval. A filled mark stands after all pairs and measures are tested together (q < 0.05), a "
    "hollow one may be chance.",
    model=_COMPARISON,
    source=Source(
        relation=_COMPARISON,
        columns=(
            *_ESTIMATE,
            "reference_count",
            "comparison_count",
            "cohens_d_low",
            "cohens_d_high",
            "mean_ratio",
            "q_value",
            "is_significant",
            "as_of",
            "reporting_currency",
            "without_rate_count",
        ),
        where="reference_rank = %(first)s",
        parameters={"first": 1},
        order=("measure_rank", "comparison_rank"),
        filters={"measure": "measure"},
    ),
    subject="customers",
    relation="deviation",
    form="dot_intervals",
    weight=6,
    audience="analyst",
    size="tall",
    needs=("customers", "transactions"),
    window="12 months",
    explains=("segment_mix",),
    keywords=("Cohen's d", "effect size", "Welch", "multiple testing", "spend"),
    uses_truth=("T23",),
)
def segment_forest(data: pd.DataFrame) -> View | None:
    """A panel a segment, a row a measure, against the first segment."""
    rows = complete(data, *_ESTIMATE)
    if rows.empty:
        return None
    rows = numbers(rows, "cohens_d", "cohens_d_low", "cohens_d_high", "mean_ratio", "q_value")
    rows = rows[rows["reference_rank"] == rows["reference_rank"].min()]
    ranks = sorted(rows["comparison_rank"].unique())[:_MOST_SEGMENTS]
    measures = rows.drop_duplicates("measure_rank").nsmallest(MAX_CATEGORIES, "measure_rank")
    rows = rows[rows["measure"].isin(measures["measure"]) & rows["comparison_rank"].isin(ranks)]
    rows = rows.drop_duplicates(["comparison_rank", "measure"])
    rows = rows.assign(found=is_true(rows["is_significant"]))
    panels = [_panel(rows[rows["comparison_rank"] == rank]) for rank in ranks]
    base = str(rows["reference_segment"].iloc[0])
    said = _difference_said(base, rows)
    return dot_intervals(panels, kind="number", axis="Standard deviations", reference=0.0).view(
        said,
        f"{count(rows['reference_count'].max())} {name(base)} customers and those of the segments",
        Strength.WEAK if rows["found"].any() else Strength.PLAIN,
        keys=("measure", "comparison_segment"),
    )


def _panel(rows: pd.DataFrame) -> Estimates:
    first = rows.iloc[0]
    return Estimates(
        [label(value, 26) for value in rows["measure_label"]],
        rows["cohens_d"].tolist(),
        rows["cohens_d_low"].tolist(),
        rows["cohens_d_high"].tolist(),
        [_said(row) for row in rows.itertuples()],
        title=f"{label(first['comparison_segment'])}, {count(rows['comparison_count'].max())} "
        "customers",
        found=rows["found"].tolist(),
        keys=keys_of(rows, "measure", "comparison_segment"),
        texts=[
            f"{_times(row)}" if row.found and not pd.isna(row.mean_ratio) else ""
            for row in rows.itertuples()
        ],
    )


def _times(row: Any) -> str:
    return f"{number(row.mean_ratio, 1)} times"


def _said(row: Any) -> str:
    """A row of the comparison in words."""
    ratio = "" if pd.isna(row.mean_ratio) else f"{_times(row)} as much<br>"
    return (
        f"<b>{label(row.comparison_segment)} against {label(row.reference_segment)}</b><br>"
        f"{label(row.measure_label, 40)}<br>{ratio}d = {number(row.cohens_d)} "
        f"({number(row.cohens_d_low)} to {number(row.cohens_d_high)}), "
        f"{p_value(row.q_value, 'q')}"
    )


def _difference_said(base: str, rows: pd.DataFrame) -> str:
    """The farthest difference in plain units, and in what else the segments differ."""
    found = rows[rows["found"]]
    if found.empty:
        return f"No segment differs from {name(base)} by more than chance"
    largest = found.assign(size=found["cohens_d"].abs()).sort_values("size", ascending=False)
    measures = [str(each)[0].lower() + str(each)[1:] for each in largest["measure_label"].unique()]
    first = row_of_most(found.dropna(subset=["mean_ratio"]), "mean_ratio")
    if first is None:
        return f"Segments differ from {name(base)} in {listed(measures[:3])}"
    what = str(first["measure_label"])
    what = what[0].lower() + what[1:]
    rest = [each for each in measures if each != what][:2]
    said = (
        f"{name(first['comparison_segment'])}: {what} is {number(first['mean_ratio'], 1)} times "
        f"that of {name(base)}"
    )
    return f"{said}; segments differ in {listed(rest)} too" if rest else said


@chart(
    id="segment_box",
    category="inferential",
    title="Spread of monthly spend by segment",
    question="How differently do customers of one segment spend, next to how segments differ?",
    reading="A box holds the middle half of a segment's customers, the stroke in it is the median; "
    "whiskers reach from the 5th to the 95th percentile. The scale is logarithmic: equal steps are "
    "equal ratios.",
    model=_DISTRIBUTION,
    source=Source(
        relation=_DISTRIBUTION,
        columns=("measure", *_BOX, "as_of", "reporting_currency", "without_rate_count"),
        order=("measure_rank", "segment_rank"),
        filters={"segment": "customer_segment", "measure": "measure"},
    ),
    subject="customers",
    relation="distribution",
    form="distribution",
    weight=5,
    audience="analyst",
    needs=("customers", "transactions"),
    window="12 months",
    explains=("segment_forest",),
    keywords=("box plot", "quartiles", "median", "spend"),
)
def segment_box(data: pd.DataFrame) -> View | None:
    """One box a segment of the first measure, on its own scale (logarithms are undone)."""
    known = complete(data, *_BOX)
    if known.empty:
        return None
    first = known[known["measure_rank"] == known["measure_rank"].min()]
    rows = first.nlargest(MAX_CATEGORIES, "customer_count").sort_values("segment_rank")
    rows = rows.reset_index(drop=True)
    measure, is_log = str(rows["measure_label"].iloc[0]), bool(rows["is_log"].iloc[0])
    values = rows[list(_PERCENTILES)].apply(pd.to_numeric).astype("float64")
    if is_log:
        values = np.exp(values)
    if not (values["p95"] > 0).any():
        return None
    names = [
        f"<b>{label(row.customer_segment)}</b><br>median {short(middle)}<br>"
        f"n = {count(row.customer_count)}"
        for row, middle in zip(rows.itertuples(), values["p50"], strict=True)
    ]
    hovers = [
        f"<b>{label(row.customer_segment)}</b><br>median {short(each.p50)}<br>middle half "
        f"{short(each.p25)} to {short(each.p75)}<br>5th to 95th percentile {short(each.p5)} to "
        f"{short(each.p95)}"
        for row, each in zip(rows.itertuples(), values.itertuples(), strict=True)
    ]
    picture = boxes(
        names,
        values.to_numpy().tolist(),
        hovers,
        keys_of(rows, "customer_segment"),
        axis=measure,
        log=is_log,
    )
    rows = rows.assign(middle=values["p50"], low=values["p25"], high=values["p75"])
    said = _spread_said(measure, rows[rows["customer_count"].ge(LEAST_UNITS)])
    total = count(rows["customer_count"].sum())
    return picture.view(
        said or f"{measure} of {total} customers by segment",
        f"{total} customers",
        Strength.WEAK if said else Strength.PLAIN,
        keys=("customer_segment",),
    )


def _spread_said(measure: str, rows: pd.DataFrame) -> str:
    if len(rows) < 2 or not differ(rows["middle"]) or not (rows["middle"] > 0).all():
        return ""
    base, top = rows.iloc[0], rows.loc[rows["middle"].idxmax()]
    if top.name == base.name:
        low = rows.loc[rows["middle"].idxmin()]
        return (
            f"{measure}: the {name(base['customer_segment'])} median, {short(base['middle'])}, is "
            f"the highest, that of {name(low['customer_segment'])}, {short(low['middle'])}, the "
            "lowest"
        )
    ending = ", yet the two overlap" if top["low"] < base["high"] else ""
    return (
        f"{measure}: the {name(top['customer_segment'])} median is {short(top['middle'])}, that of "
        f"{name(base['customer_segment'])} {short(base['middle'])}{ending}"
    )
