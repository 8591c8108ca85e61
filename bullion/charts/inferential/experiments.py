"""Charts of randomised experiments, and of channels beside them."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from bullion.charts import formats, theme
from bullion.charts.intervals import complete, forest, forest_height
from bullion.charts.registry import chart
from bullion.charts.theme import empty_figure, present

_TESTS = "analytics_ab_test_channel_performance"
_POWER = "analytics_ab_test_channel_performance_power"
_MOST_ROWS = 24
# A curve is called enough from here on (dbt_project.yml, var target_power).
_TARGET_POWER = 0.8


@chart(
    id="ab_intervals",
    category="inferential",
    title="Experiments and channels",
    question="Did the experiment raise conversion, and which channels differ?",
    reading=(
        "A mark is the difference of two success rates in percentage points, its line the 95 % "
        "interval; one that does not reach the dashed line differs by more than chance, customers "
        "with many trials allowed for. Only the "
        "experiments were drawn by lot: what they show is an effect, what channels show may be "
        "who uses them."
    ),
    model=_TESTS,
    query=(
        f"select * from {_TESTS}"
        " order by is_randomised desc, test_name, reference_arm, comparison_arm"
    ),
)
def ab_intervals(data: pd.DataFrame) -> go.Figure:
    """Experiments first, then the channel pairs with the most trials."""
    known = complete(
        data,
        "test_name",
        "reference_arm",
        "comparison_arm",
        "is_randomised",
        "estimate",
        "reference_count",
        "comparison_count",
    )
    if known.empty:
        return empty_figure("Experiments and channels", "no two arms can be compared")
    drawn_by_lot = known["is_randomised"].astype(bool)
    experiments = known[drawn_by_lot].head(_MOST_ROWS // 2)
    channels = known[~drawn_by_lot]
    smallest = channels[["reference_count", "comparison_count"]].min(axis=1)
    channels = channels.loc[smallest.nlargest(_MOST_ROWS - len(experiments)).index.sort_values()]
    rows = pd.concat([experiments, channels], ignore_index=True)
    for column in ("estimate", "ci_low", "ci_high"):
        rows[column] = 100 * pd.to_numeric(rows[column])
    rows["label"] = [
        f"{'<b>Experiment</b>' if row.is_randomised else row.test_name.split(' by ')[0]}: "
        f"{row.comparison_arm} − {row.reference_arm}"
        for row in rows.itertuples()
    ]
    repeated = rows["label"].duplicated(keep=False)
    rows.loc[repeated, "label"] += " · " + rows["test_name"].astype(str)
    figure = forest(
        rows,
        labels="label",
        reference=0,
        log=False,
        text=lambda value: f"{value:+.2f} points",
        names=("higher", "lower", "may be chance"),
    )
    if len(experiments) and len(channels):
        figure.add_hline(y=len(experiments) - 0.5, line={"color": theme.GRID, "width": 2})
    figure.update_xaxes(title="Percentage points")
    trials = rows.drop_duplicates(["test_name", "reference_arm"])["reference_count"].sum()
    return present(
        figure,
        title=_experiment_title(known),
        data=data,
        n=f"{len(rows)} comparisons, {formats.short(trials)} trials of references",
        height=forest_height(len(rows)),
    )


def _experiment_title(data: pd.DataFrame) -> str:
    experiments = data[data["is_randomised"].astype(bool)]
    if experiments.empty:
        found = int(data["is_significant"].map(bool, na_action="ignore").eq(True).sum())
        return f"No experiment was run; {found} of {len(data)} channel pairs differ beyond chance"
    first = experiments.iloc[0]
    points = 100 * float(first["estimate"])
    if pd.isna(first["is_significant"]) or not first["is_significant"]:
        return (
            f"The {first['comparison_arm']} arm converts {points:+.1f} points, which may be chance"
        )
    word = "more" if points > 0 else "less"
    return (
        f"The {first['comparison_arm']} arm converts {abs(points):.1f} points {word} "
        f"({formats.percent(first['reference_rate'])} to "
        f"{formats.percent(first['comparison_rate'])}), more than chance"
    )


@chart(
    id="ab_power_curve",
    category="inferential",
    title="Power of the experiment",
    question="Which effect could the experiment have found, and which with fewer sessions?",
    reading=(
        "A curve is the chance that the test finds an effect, by how large the effect truly is. "
        "Where it crosses the dotted line, at 80 %, is the smallest effect that a sample of that "
        "size can be relied on to find; the dashed line is the effect that was planned for."
    ),
    model=_POWER,
    query=f"select * from {_POWER} order by test_name, sample_share desc, true_effect",
)
def ab_power_curve(data: pd.DataFrame) -> go.Figure:
    """One curve a share of the sample, of the first experiment pair."""
    known = complete(
        data,
        "test_name",
        "reference_arm",
        "comparison_arm",
        "sample_share",
        "true_effect",
        "planned_effect",
        "reference_count",
        "power",
    )
    if known.empty:
        return empty_figure("Power of the experiment", "no experiment has a plan")
    first = known.iloc[0]
    same = ["test_name", "reference_arm", "comparison_arm"]
    rows = known[(known[same] == first[same]).all(axis=1)]
    figure = go.Figure()
    shares = sorted(rows["sample_share"].unique(), reverse=True)[: len(theme.PALETTE)]
    for colour, share in zip(theme.PALETTE, shares, strict=False):
        mine = rows[rows["sample_share"] == share].sort_values("true_effect")
        sessions = formats.count(mine["reference_count"].iloc[0])
        figure.add_scatter(
            x=100 * pd.to_numeric(mine["true_effect"]),
            y=mine["power"],
            mode="lines+markers" if len(mine) == 1 else "lines",
            name=f"{sessions} an arm",
            line={"color": colour, "width": 3},
            hovertemplate=f"{sessions} sessions an arm<br>effect %{{x:.2f}} points: "
            "power %{y:.0%}<extra></extra>",
        )
    planned = 100 * float(first["planned_effect"])
    figure.add_vline(x=planned, line={"color": theme.MUTED, "dash": "dash", "width": 1.5})
    figure.add_hline(y=_TARGET_POWER, line={"color": theme.MUTED, "dash": "dot", "width": 1.5})
    figure.add_annotation(
        x=planned,
        y=0.04,
        text=f"planned: {planned:g} points",
        showarrow=False,
        xanchor="left",
        xshift=6,
        font={"size": 12, "color": theme.MUTED},
    )
    figure.update_xaxes(title="True effect, percentage points", rangemode="tozero")
    figure.update_yaxes(title="Power", tickformat=".0%", range=[0, 1.03])
    return present(
        figure,
        title=_power_title(rows, planned),
        data=data,
        n=f"{first['test_name']}: {formats.count(rows['reference_count'].max())} sessions in the "
        f"{first['reference_arm']} arm",
        height=520,
    )


def _power_title(rows: pd.DataFrame, planned: float) -> str:
    whole = rows[rows["sample_share"] == rows["sample_share"].max()]
    enough = whole[pd.to_numeric(whole["power"]) >= _TARGET_POWER]["true_effect"]
    at_plan = whole.loc[(whole["true_effect"] - planned / 100).abs().idxmin(), "power"]
    if enough.empty:
        return f"Too small: it would find its planned {planned:g} points {at_plan:.0%} of the time"
    often = "almost always" if at_plan > 0.99 else f"{at_plan:.0%} of the time"
    return (
        f"The experiment can find effects from {100 * enough.min():.1f} points on; it would have "
        f"found its planned {planned:g} points {often}"
    )
