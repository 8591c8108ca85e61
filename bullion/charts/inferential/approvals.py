"""The odds of approval by what the bank knows of an applicant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bullion.charts.floors import LEAST_UNITS
from bullion.charts.formats import MISSING, SPACE, count, is_missing, label, name, number
from bullion.charts.forms.dot_intervals import Estimates, dot_intervals
from bullion.charts.registry import chart
from bullion.charts.rows import complete, is_true, keys_of, numbers
from bullion.charts.source import Source
from bullion.charts.view import Strength, View

_MODEL = "analytics_credit_approval_hypothesis_test"
_MOST_ROWS = 16
_SAME = ("factor", "level")


@chart(
    id="odds_ratio_forest",
    category="inferential",
    title="Odds of approval",
    question="What raises or lowers the odds that an application is approved?",
    reading="A mark is how many times the odds of approval of its reference group a group has, the "
    "others held equal, its line the 95 % interval; a filled one differs by more than chance after "
    "all are tested together (q < 0.05). Hollow and grey, on the same row: "
    "the groups compared as they are, so that one may stand for another. Hover for the reference "
    "group.",
    model=_MODEL,
    source=Source(
        sql=f"""
            select
                true as is_adjusted, factor, level, reference_level,
                predictor_rank as factor_rank, 1 as level_rank, odds_ratio as estimate,
                odds_ratio_low as ci_low, odds_ratio_high as ci_high, application_count as n,
                is_significant, as_of
            from {_MODEL}_adjusted
            union all
            select
                false, factor, level, reference_level, factor_rank, level_rank, odds_ratio,
                odds_ratio_low, odds_ratio_high, level_count, is_significant, as_of
            from {_MODEL}
            where not has_empty_cell
        """,
        order=("is_adjusted desc", "factor_rank", "level_rank"),
        filters={"factor": "factor"},
    ),
    subject="lending",
    relation="deviation",
    form="dot_intervals",
    weight=6,
    audience="analyst",
    needs=("credit_applications", "customers"),
    lacks="credit applications with their decisions, and customers",
    window="all years",
    keywords=("logistic regression", "odds ratio", "fair lending", "credit score", "approval"),
    uses_truth=("T05",),
)
def odds_ratio_forest(data: pd.DataFrame) -> View | None:
    """The adjusted odds ratios, each with the crude one; the crude ones where none is adjusted."""
    rows = complete(data, "is_adjusted", "factor", "level", "estimate", "n")
    rows = numbers(rows, "estimate", "ci_low", "ci_high", "n")
    rows = rows[rows["estimate"] > 0].assign(is_adjusted=is_true(rows["is_adjusted"]))
    adjusted = rows[rows["is_adjusted"]].drop_duplicates(list(_SAME))
    crude = rows[~rows["is_adjusted"]].drop_duplicates(list(_SAME))
    shown = adjusted if len(adjusted) else crude
    shown = shown[shown["n"].ge(LEAST_UNITS)].head(_MOST_ROWS).reset_index(drop=True)
    if shown.empty:
        return None
    twins = crude.set_index(list(_SAME))["estimate"].to_dict() if len(adjusted) else {}
    shown["crude"] = [twins.get((row.factor, row.level), np.nan) for row in shown.itertuples()]
    shown["found"] = is_true(shown["is_significant"])
    shown["shown"] = [f"{label(row.factor)}<br>{label(row.level)}" for row in shown.itertuples()]
    shown.loc[shown["shown"].duplicated(), "shown"] += " (again)"
    panel = Estimates(
        shown["shown"].tolist(),
        shown["estimate"].tolist(),
        shown["ci_low"].tolist(),
        shown["ci_high"].tolist(),
        [_said(row) for row in shown.itertuples()],
        found=shown["found"].tolist(),
        keys=keys_of(shown, *_SAME),
        twins=shown["crude"].tolist() if shown["crude"].notna().any() else (),
        texts=[number(value, 2) for value in shown["estimate"]],
    )
    picture = dot_intervals(
        [panel],
        kind="number",
        axis="Odds ratio, others held equal" if len(adjusted) else "Odds ratio",
        reference=1.0,
        log=True,
        twin_name="compared as they are",
        row=42,
    )
    n = (
        f"{count(adjusted['n'].max())} decided applications above the score gate"
        if len(adjusted)
        else f"{count(shown['n'].sum())} decided applications of these groups"
    )
    strong = bool(shown["found"].any())
    return picture.view(
        _odds_said(shown, len(adjusted) > 0),
        n,
        Strength.WEAK if strong else Strength.PLAIN,
        keys=_SAME,
    )


def _said(r: Any) -> str:
    against = "" if is_missing(r.reference_level) else f" against {label(r.reference_level)}"
    crude = number(r.crude)
    return (
        f"<b>{label(r.factor)}: {label(r.level)}</b>{against}<br>{number(r.estimate)} times the "
        f"odds<br>95{SPACE}% interval {number(r.ci_low)} to {number(r.ci_high)}"
        + ("" if crude == MISSING else f"<br>{crude} times, compared as they are")
    )


def _odds_said(rows: pd.DataFrame, is_adjusted: bool) -> str:
    """The strongest: the largest ratio, whichever way it goes."""
    found = rows[rows["found"]]
    if found.empty:
        return "No group of applicants is approved more or less often by more than chance"
    most = found.loc[np.log(found["estimate"]).abs().idxmax()]
    against = "" if is_missing(most["reference_level"]) else f" of {name(most['reference_level'])}"
    equal = ", all else equal" if is_adjusted else ""
    who = f"{name(most['factor'])}, {name(most['level'])}"
    if not against:
        return f"{who}: the odds of approval are {number(most['estimate'])} times as high{equal}"
    return f"{who}: {number(most['estimate'])} times the odds of approval{against}{equal}"
