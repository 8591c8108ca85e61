"""The funnel plot of churn rates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bullion.charts.floors import enough
from bullion.charts.formats import SPACE, count, counted, label, listed, name, number, percent
from bullion.charts.forms.parts import Picture, blank, hover, value_axis, words_of
from bullion.charts.registry import chart
from bullion.charts.rows import complete, keys_of, numbers
from bullion.charts.source import Source
from bullion.charts.themes import now
from bullion.charts.ticks import log_ticks
from bullion.charts.view import Strength, View

_MODEL = "analytics_churn_rate_confidence_intervals"
_MOST_LEVELS = 60
_FEWEST_LEVELS = 5
_INSIDE, _OUTSIDE = "Inside", "Outside 99.8 %"
_LIMITS = (
    ("limit_998", f"99.8{SPACE}% limits", "solid"),
    ("limit_95", f"95{SPACE}% limits", "dash"),
)


@chart(
    id="churn_funnel_plot",
    category="inferential",
    title="Churn by state",
    question="Does any group lose customers at a rate that chance does not explain?",
    reading="A mark is a group's yearly loss, against how many customers it had. Small groups "
    "scatter widely by chance alone: the inner funnel holds 95 % of them, so that one in twenty "
    "lies outside it for no reason, the outer 99.8 %. Only what lies outside the outer one, filled "
    "and named, calls for an explanation; ranking the rest says nothing.",
    model=_MODEL,
    source=Source(
        relation=_MODEL,
        columns=(
            "rate_basis",
            "dimension",
            "dimension_rank",
            "level",
            "exposure_count",
            "churn_count",
            "churn_rate",
            "ci_low",
            "ci_high",
            "overall_rate",
            "limit_95_low",
            "limit_95_high",
            "limit_998_low",
            "limit_998_high",
            "z_score",
            "funnel_zone",
            "as_of",
        ),
        where="rate_basis = %(basis)s",
        parameters={"basis": "12-month cohort"},
        order=("dimension_rank", "exposure_count"),
        filters={"dimension": "dimension"},
    ),
    subject="customers",
    relation="deviation",
    form="lines",
    weight=6,
    audience="analyst",
    needs=("customers", "customer_retention"),
    window="12 months",
    keywords=("churn", "attrition", "funnel plot", "control limits", "state", "league table"),
)
def churn_funnel_plot(data: pd.DataFrame) -> View | None:
    """The dimension with the most levels; limits as the model has them at each exposure."""
    wanted = [f"{limit}_{end}" for limit, *_ in _LIMITS for end in ("low", "high")]
    figures = ("exposure_count", "churn_count", "churn_rate", "overall_rate", "z_score", *wanted)
    known = complete(data, "dimension", "level", "funnel_zone", *figures)
    if known.empty:
        return None
    known = numbers(known, *figures)
    dimension = str(known["dimension"].value_counts().index[0])
    rows = known[known["dimension"] == dimension].nlargest(_MOST_LEVELS, "exposure_count")
    rows = rows[rows["exposure_count"] > 0].sort_values("exposure_count").drop_duplicates("level")
    left, people = rows["churn_count"].sum(), rows["exposure_count"].sum()
    if rows.empty:
        return None
    strong = enough(people, left) and len(rows) >= _FEWEST_LEVELS
    outside = rows[rows["funnel_zone"] != _INSIDE]
    n = f"{counted(people, 'customer')}, {count(left)} left"
    if not strong:
        said = f"{count(left)} of {counted(people, 'customer')} left within the year"
    else:
        said = _funnel_said(dimension, rows)
    picture = _funnel(rows, outside)
    return picture.view(
        said,
        n,
        Strength.WEAK if strong else Strength.PLAIN,
        keys=("dimension", "level"),
    )


def _funnel(rows: pd.DataFrame, outside: pd.DataFrame) -> Picture:
    theme = now()
    figure = blank()
    sizes = rows["exposure_count"]
    for limit, shown, dash in _LIMITS:
        for end in ("low", "high"):
            figure.add_scatter(
                x=sizes.tolist(),
                y=_smooth(sizes, rows[f"{limit}_{end}"]).tolist(),
                mode="lines",
                name=f"{shown}{_outside(rows) if limit == 'limit_95' else ''}",
                legendgroup=limit,
                showlegend=end == "high",
                line={"color": theme.neutral, "dash": dash, "width": 1.5},
                hoverinfo="skip",
            )
    overall = float(rows["overall_rate"].iloc[0])
    figure.add_shape(
        type="line",
        x0=0,
        x1=1,
        xref="x domain",
        y0=overall,
        y1=overall,
        line={"color": theme.muted, "width": 1},
    )
    figure.add_annotation(
        x=0,
        xref="x domain",
        xanchor="left",
        y=overall,
        yanchor="bottom",
        text=f"all {percent(overall)}",
        font={"color": theme.muted},
    )
    for is_far, shown in ((False, "Groups"), (True, f"Outside 99.8{SPACE}%")):
        mine = rows[(rows["funnel_zone"] == _OUTSIDE) == is_far]
        if mine.empty:
            continue
        near = mine["funnel_zone"].eq(_INSIDE)
        figure.add_scatter(
            x=mine["exposure_count"].tolist(),
            y=mine["churn_rate"].tolist(),
            mode="markers+text",
            name=shown,
            text=[
                "" if inside else label(level, 14)
                for inside, level in zip(near, mine["level"], strict=True)
            ],
            textposition="top center",
            marker={
                "color": theme.notice if is_far else theme.paper,
                "size": 10,
                "line": {"width": 2, "color": theme.notice if is_far else theme.accents[0]},
            },
            cliponaxis=False,
            **hover(keys_of(mine, "dimension", "level"), [_said(r) for r in mine.itertuples()]),
        )
    top = 1.15 * max(rows["churn_rate"].max(), rows["limit_998_high"].quantile(0.5), 0.01)
    figure.update_xaxes(
        type="log",
        title={"text": "Customers at the start of the year"},
        **log_ticks(sizes.min(), sizes.max()),
    )
    value_axis(figure, "y", 0.0, top, "percent", "Left within the year")
    figure.update_yaxes(range=[-0.02 * top, top])
    figure.update_layout(margin_b=48)
    words = words_of(
        [
            (name(row.level), f"{percent(row.churn_rate)} of {count(row.exposure_count)}")
            for row in pd.concat([outside, rows[::-1]]).drop_duplicates("level").itertuples()
        ]
    )
    return Picture(figure, 470, words)


def _outside(rows: pd.DataFrame) -> str:
    """How many lie outside the inner limits, and how many chance alone puts there."""
    near = int((rows["funnel_zone"] != _INSIDE).sum())
    return f": {near} of {len(rows)} outside, by chance {number(0.05 * len(rows), 1)}"


def _smooth(sizes: pd.Series, limits: pd.Series) -> pd.Series:
    """The limits as a curve: the exact ones jump, since people are whole."""
    if sizes.nunique() < _FEWEST_LEVELS:
        return limits
    root = 1 / np.sqrt(sizes.to_numpy())
    fit = np.polynomial.Polynomial.fit(root, limits.to_numpy(), 2)
    return pd.Series(fit(root), index=limits.index).clip(lower=0, upper=1)


def _said(r: Any) -> str:
    return (
        f"<b>{label(r.level)}</b><br>{count(r.churn_count)} of {count(r.exposure_count)} left: "
        f"{percent(r.churn_rate)}<br>95{SPACE}% interval {percent(r.ci_low)} to "
        f"{percent(r.ci_high)}"
    )


def _funnel_said(dimension: str, rows: pd.DataFrame) -> str:
    overall = percent(rows["overall_rate"].iloc[0])
    far = rows[rows["funnel_zone"] == _OUTSIDE].sort_values("z_score", ascending=False)
    word = dimension.lower()
    if len(far):
        names = [name(value) for value in far["level"]]
        more = names[:3] + ([f"{len(names) - 3} more"] if len(names) > 3 else [])
        verb = "loses" if len(names) == 1 else "lose"
        return (
            f"{dimension}: {listed(more)} {verb} customers at another rate than the bank's "
            f"{overall}, beyond chance"
        )
    near, groups = int((rows["funnel_zone"] != _INSIDE).sum()), len(rows)
    expected = number(0.05 * groups, 1)
    said = f"{overall} of customers left in a year, and no {word} stands out"
    return (
        f"{said}: {near} of {groups} lie outside the 95{SPACE}% limits, where chance alone would "
        f"put {expected}"
    )
