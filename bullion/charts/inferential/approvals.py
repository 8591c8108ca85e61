"""The odds of approval by what the bank knows of an applicant."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from bullion.charts import formats, theme
from bullion.charts.intervals import complete, forest, forest_height
from bullion.charts.registry import chart
from bullion.charts.theme import empty_figure, present

_MODEL = "analytics_credit_approval_hypothesis_test"
_MOST_ROWS = 32


@chart(
    id="odds_ratio_forest",
    category="inferential",
    title="Odds of approval",
    question="What raises or lowers the odds that an application is approved?",
    reading=(
        "A mark is how many times the odds of approval of its factor's commonest group a group "
        "has (for age and marital status, of the group approved most often), its line the 95 % "
        "interval; one that does not reach 1 differs by more than chance. Bold: each figure by "
        "itself, the others held equal; else groups are compared as they are, so that one may "
        "stand for another."
    ),
    model=_MODEL,
    query=f"""
        select true as is_adjusted, factor, level, reference_level, predictor_rank as factor_rank,
            1 as level_rank, odds_ratio as estimate, odds_ratio_low as ci_low,
            odds_ratio_high as ci_high, application_count as n, as_of
        from {_MODEL}_adjusted
        union all
        select false, factor, level, reference_level, factor_rank, level_rank, odds_ratio,
            odds_ratio_low, odds_ratio_high, level_count, as_of
        from {_MODEL}
        where not has_empty_cell
        order by is_adjusted desc, factor_rank, level_rank
    """,
)
def odds_ratio_forest(data: pd.DataFrame) -> go.Figure:
    """Adjusted odds ratios first, then each level against its reference."""
    rows = complete(data, "is_adjusted", "factor", "level", "estimate", "n")
    if rows.empty:
        return empty_figure("Odds of approval", "no groups of applicants can be compared")
    rows["is_adjusted"] = rows["is_adjusted"].astype(bool)
    if len(rows) > _MOST_ROWS:
        largest = rows["n"].where(~rows["is_adjusted"], float("inf")).nlargest(_MOST_ROWS)
        rows = rows.loc[largest.index.sort_values()].reset_index(drop=True)
    rows["label"] = [_label(row) for row in rows.itertuples()]
    rows.loc[rows["label"].duplicated(), "label"] += " (again)"
    rows["detail"] = [
        "" if pd.isna(reference) else f"against {reference}<br>"
        for reference in rows["reference_level"]
    ]
    figure = forest(
        rows,
        labels="label",
        reference=1,
        log=True,
        text=lambda value: f"{value:.2f}",
        names=("higher odds", "lower odds", "may be chance"),
    )
    adjusted = int(rows["is_adjusted"].sum())
    if 0 < adjusted < len(rows):
        figure.add_hline(y=adjusted - 0.5, line={"color": theme.GREY, "width": 1.5})
    figure.update_xaxes(title="Odds ratio")
    return present(
        figure,
        title=_odds_title(rows),
        data=data,
        n=_said_n(rows),
        height=forest_height(len(rows)),
    )


def _label(row: Any) -> str:
    """What stands at the left: bold where the others are held equal."""
    text = f"{row.factor}: {row.level}"
    return f"<b>{text}</b>" if row.is_adjusted else text


def _said_n(rows: pd.DataFrame) -> str:
    adjusted = rows[rows["is_adjusted"]]
    if adjusted.empty:
        return f"{formats.count(rows['n'].sum())} decided applications of these groups"
    return f"bold: {formats.count(adjusted['n'].max())} decided applications above the score gate"


def _odds_title(rows: pd.DataFrame) -> str:
    adjusted = rows[rows["is_adjusted"]]
    if len(adjusted):
        first = adjusted.iloc[0]
        return (
            f"{first['factor']}, {first['level']}: the odds of approval are "
            f"{first['estimate']:.1f} times as high, all else equal"
        )
    far = rows.loc[rows["ci_low"].gt(1) | rows["ci_high"].lt(1)]
    if far.empty:
        return "No group of applicants is approved more or less often by more than chance"
    most = far.loc[far["estimate"].idxmax()]
    return (
        f"{most['factor']} {most['level']} has {most['estimate']:.1f} times the odds of approval "
        f"of {most['reference_level']}"
    )
