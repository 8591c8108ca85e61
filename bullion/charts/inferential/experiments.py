"""Randomised experiments: what they found, and what they could have found."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd

from bullion.charts.floors import enough
from bullion.charts.formats import (
    SPACE,
    count,
    counted,
    is_missing,
    label,
    name,
    number,
    p_value,
    percent,
    points,
)
from bullion.charts.forms.dot_intervals import Estimates, dot_intervals
from bullion.charts.forms.lines import Line, Panel, lines
from bullion.charts.forms.notes import Note
from bullion.charts.registry import chart
from bullion.charts.rows import complete, is_true, keys_of, numbers
from bullion.charts.source import Source
from bullion.charts.view import Strength, View

_TESTS = "analytics_ab_test_channel_performance"
_POWER = "analytics_ab_test_channel_performance_power"
_MOST_ROWS = 8
_MOST_CURVES = 4
# A curve is called enough from here on (dbt_project.yml, var target_power).
_TARGET_POWER = 0.8
_COLUMNS = (
    "test_name",
    "reference_arm",
    "comparison_arm",
    "outcome",
    "is_randomised",
    "reference_count",
    "reference_rate",
    "comparison_count",
    "comparison_rate",
    "estimate",
    "ci_low",
    "ci_high",
    "q_value",
    "is_significant",
    "planned_effect",
    "as_of",
)
_KEYS = ("test_name", "reference_arm", "comparison_arm")


@chart(
    id="ab_intervals",
    category="inferential",
    title="The experiment",
    question="Did the experiment raise conversion, and by as much as was planned?",
    reading="A mark is the difference of two success rates in percentage points, its line the 95 % "
    "interval; a filled one differs by more than chance after all tests are taken together "
    "(q < 0.05), customers with many trials allowed for. The dotted line is the effect that was "
    "planned for, the dashed one no effect. Who met which arm was drawn by lot: the difference is "
    "an effect of it.",
    model=_TESTS,
    source=Source(
        relation=_TESTS,
        columns=_COLUMNS,
        where="is_randomised",
        order=("test_name", "reference_arm", "comparison_arm"),
        filters={"experiment": "test_name"},
    ),
    subject="marketing",
    relation="deviation",
    form="dot_intervals",
    weight=7,
    audience="analyst",
    needs=("digital_engagement",),
    lacks="digital engagement with the experiment and its arm",
    window="the time of the experiment",
    keywords=("A/B test", "conversion", "randomised", "lift", "treatment"),
    uses_truth=("T12",),
)
def ab_intervals(data: pd.DataFrame) -> View | None:
    """A row an experiment: the difference with its interval, the planned effect as a line."""
    rows = complete(data, *_KEYS, "estimate", "reference_count", "comparison_count")
    if rows.empty:
        return None
    wanted = ("estimate", "ci_low", "ci_high", "planned_effect")
    rows = numbers(rows, *wanted).drop_duplicates(list(_KEYS)).head(_MOST_ROWS)
    rows = rows.assign(found=is_true(rows["is_significant"]))
    first = rows.iloc[0]
    # Arms alone are enough where there is one experiment.
    single = rows["test_name"].nunique() == 1
    names = [
        label(f"{row.comparison_arm} − {row.reference_arm}", 24)
        if single
        else label(f"{row.test_name}: {row.comparison_arm} − {row.reference_arm}", 30)
        for row in rows.itertuples()
    ]
    notes = []
    planned = first["planned_effect"]
    if not is_missing(planned):
        side: Literal["left", "right"] = "left" if planned > first["estimate"] else "right"
        notes.append(
            Note(f"planned {points(planned)}", 100 * planned, kind="target", at="start", side=side)
        )
    panel = Estimates(
        names,
        (100 * rows["estimate"]).tolist(),
        (100 * rows["ci_low"]).tolist(),
        (100 * rows["ci_high"]).tolist(),
        [_said(row) for row in rows.itertuples()],
        found=rows["found"].tolist(),
        keys=keys_of(rows, *_KEYS),
        texts=[
            f"{percent(row.reference_rate)} to {percent(row.comparison_rate)}"
            f" ({points(row.estimate)})"
            for row in rows.itertuples()
        ],
        notes=notes,
    )
    picture = dot_intervals([panel], kind="points", axis="Percentage points", reference=0.0)
    arms = (first["reference_count"], first["comparison_count"])
    strong = all(map(enough, arms))
    n = f"{name(first['test_name'], 40)}: {count(arms[0])} and {counted(arms[1], 'trial')}"
    return picture.view(
        _experiment_said(first)
        if strong
        else f"The arms have {counted(sum(arms), 'trial')} so far",
        n,
        Strength.STRONG if strong and first["found"] else Strength.PLAIN,
        keys=_KEYS,
    )


def _said(r: Any) -> str:
    return (
        f"<b>{label(r.test_name, 40)}</b><br>{label(r.comparison_arm)} "
        f"{percent(r.comparison_rate)} of {count(r.comparison_count)}, "
        f"{label(r.reference_arm)} {percent(r.reference_rate)} of {count(r.reference_count)}"
        f"<br>{points(r.estimate)}, 95{SPACE}% interval {points(r.ci_low)} to "
        f"{points(r.ci_high)}, {p_value(r.q_value, 'q')}"
    )


def _experiment_said(first: pd.Series) -> str:
    moved = float(first["estimate"])
    size = points(moved).lstrip("+−")
    way = "more" if moved > 0 else "less"
    rates = f"{percent(first['reference_rate'])} to {percent(first['comparison_rate'])}"
    said = f"The {name(first['comparison_arm'])} arm converts {size} {way} ({rates})"
    return f"{said}, more than chance" if first["found"] else f"{said}, which may be chance"


@chart(
    id="channel_differences",
    category="inferential",
    title="Channels compared",
    question="Which channels differ in approvals, declines and contacts by more than chance?",
    reading="A panel is an outcome, a mark the difference of two channels' success rates in "
    "percentage points, its line the 95 % interval. A filled mark stands after all pairs are "
    "tested together (q < 0.05), a hollow one may be chance. Nobody was sent to a channel by lot: "
    "a difference may be one of who uses it.",
    model=_TESTS,
    source=Source(
        relation=_TESTS,
        columns=_COLUMNS,
        where="not is_randomised",
        order=("test_name", "reference_arm", "comparison_arm"),
        filters={"comparison": "test_name"},
    ),
    subject="payments",
    relation="deviation",
    form="dot_intervals",
    weight=4,
    audience="analyst",
    size="tall",
    needs=("transactions", "credit_applications", "customer_interactions"),
    window="all years",
    explains=("channel_mix",),
    keywords=("channel", "pairwise", "approval", "decline", "contact"),
)
def channel_differences(data: pd.DataFrame) -> View | None:
    """A panel an outcome, a row a pair of channels."""
    rows = complete(data, *_KEYS, "estimate", "reference_count", "comparison_count")
    if rows.empty:
        return None
    rows = numbers(rows, "estimate", "ci_low", "ci_high").drop_duplicates(list(_KEYS))
    rows = rows.assign(
        found=is_true(rows["is_significant"]),
        least=rows[["reference_count", "comparison_count"]].min(axis=1),
    )
    tests = list(dict.fromkeys(rows["test_name"]))[:4]
    panels = []
    for test in tests:
        mine = rows[rows["test_name"] == test]
        mine = mine.loc[mine["least"].nlargest(10).index.sort_values()]
        outcome = mine["outcome"].iloc[0]
        panels.append(
            Estimates(
                [label(f"{r.comparison_arm} − {r.reference_arm}", 24) for r in mine.itertuples()],
                (100 * mine["estimate"]).tolist(),
                (100 * mine["ci_low"]).tolist(),
                (100 * mine["ci_high"]).tolist(),
                [_said(row) for row in mine.itertuples()],
                title=label(test if is_missing(outcome) else outcome, 40),
                found=mine["found"].tolist(),
                keys=keys_of(mine, *_KEYS),
                texts=[points(value).removesuffix(" points") for value in mine["estimate"]],
            )
        )
    found, every = int(rows["found"].sum()), len(rows)
    picture = dot_intervals(
        panels,
        kind="points",
        axis="Percentage points",
        reference=0.0,
        shared=False,
        legend=(f"more than chance: {found} of {every} pairs", "may be chance"),
    )
    said = (
        f"{found} of {every} pairs of channels differ by more than chance"
        if found
        else "The two channels compared do not differ by more than chance"
        if every == 1
        else f"None of {every} pairs of channels differs by more than chance"
    )
    widest = rows[rows["found"]]
    if found and widest["estimate"].abs().max() > 0:
        top = widest.loc[widest["estimate"].abs().idxmax()]
        ahead, behind = top["comparison_arm"], top["reference_arm"]
        if top["estimate"] < 0:
            ahead, behind = behind, ahead
        size = points(abs(top["estimate"])).lstrip("+")
        outcome = top["outcome"] if not is_missing(top["outcome"]) else top["test_name"]
        what = str(outcome)[0].lower() + str(outcome)[1:]
        said += f", the widest gap {size}: {name(what, 40)}, {name(ahead)} over {name(behind)}"
    n = f"{counted(every, 'comparison')} of {counted(len(tests), 'outcome')}"
    return picture.view(said, n, Strength.WEAK if found else Strength.PLAIN, keys=_KEYS)


@chart(
    id="ab_power_curve",
    category="inferential",
    title="Power of the experiment",
    question="Which effect could the experiment have found, and which with fewer sessions?",
    reading="A curve is the chance that the test finds an effect, by how large the effect truly "
    "is. Where it crosses the dotted line, at 80 %, is the smallest effect that a sample of that "
    "size can be relied on to find. Upright: the effect that was planned for, and the one that was "
    "seen.",
    model=_POWER,
    source=Source(
        sql=f"""
            select
                power.test_name, power.reference_arm, power.comparison_arm, power.sample_share,
                power.effect_step, power.true_effect, power.planned_effect, power.reference_rate,
                power.reference_count, power.comparison_count, power.power,
                tests.estimate as observed_effect, power.as_of
            from {_POWER} as power
            left join {_TESTS} as tests
                on tests.test_name = power.test_name
                    and tests.reference_arm = power.reference_arm
                    and tests.comparison_arm = power.comparison_arm
        """,
        order=("test_name", "sample_share desc", "true_effect"),
        filters={"experiment": "test_name"},
    ),
    subject="marketing",
    relation="correlation",
    form="lines",
    weight=3,
    audience="statistician",
    needs=("digital_engagement",),
    lacks="digital engagement with the experiment and its arm",
    window="the time of the experiment",
    explains=("ab_intervals",),
    keywords=("power", "sample size", "minimal detectable effect", "A/B test"),
)
def ab_power_curve(data: pd.DataFrame) -> View | None:
    """One curve a share of the sample, of the first experiment pair."""
    known = complete(
        data,
        *_KEYS,
        "sample_share",
        "true_effect",
        "planned_effect",
        "reference_count",
        "power",
    )
    if known.empty:
        return None
    known = numbers(known, "true_effect", "power", "planned_effect", "observed_effect")
    first = known.iloc[0]
    rows = known[(known[list(_KEYS)] == first[list(_KEYS)]).all(axis=1)]
    shares = sorted(rows["sample_share"].unique(), reverse=True)[:_MOST_CURVES]
    drawn = [
        _curve(rows[rows["sample_share"] == share].sort_values("true_effect"), place)
        for place, share in enumerate(shares)
    ]
    planned, seen = first["planned_effect"], first["observed_effect"]
    notes = [
        Note(f"{percent(_TARGET_POWER, 0)} power", y=_TARGET_POWER, kind="target", at="start"),
        Note(f"planned {points(planned)}", x=100 * planned, at="start"),
    ]
    if not is_missing(seen):
        notes.append(Note(f"seen {points(seen)}", x=100 * seen, kind="notice"))
    panel = Panel(drawn, "percent", "Chance of finding it", height=360, notes=notes, high=1.0)
    said = _power_said(rows[rows["sample_share"] == shares[0]], float(planned))
    return lines([panel], x="points", axis="True effect, percentage points").view(
        said,
        f"{name(first['test_name'], 40)}: {counted(rows['reference_count'].max(), 'session')} in "
        f"the {name(first['reference_arm'])} arm",
        Strength.WEAK,
        keys=("sample_share", "effect_step"),
    )


def _curve(rows: pd.DataFrame, place: int) -> Line:
    sessions = count(rows["reference_count"].iloc[0])
    return Line(
        f"{sessions} sessions an arm",
        (100 * rows["true_effect"]).tolist(),
        rows["power"].tolist(),
        [
            f"<b>{sessions} sessions an arm</b><br>effect {points(row.true_effect)}: power "
            f"{percent(row.power)}"
            for row in rows.itertuples()
        ],
        place,
        keys=keys_of(rows, "sample_share", "effect_step"),
        end=sessions,
    )


def _power_said(whole: pd.DataFrame, planned: float) -> str:
    at_plan = whole.loc[(whole["true_effect"] - planned).abs().idxmin(), "power"]
    size = points(planned).lstrip("+")
    found = whole[whole["power"] >= _TARGET_POWER]["true_effect"]
    if found.empty:
        return f"Too small: it would find its planned {size} {percent(at_plan)} of the time"
    least = number(100 * found.min(), 1 if found.min() >= 0.01 else 2)
    return (
        f"The experiment can be relied on to find effects from {least} points on; its planned "
        f"{size} it would have found {percent(at_plan)} of the time"
    )
