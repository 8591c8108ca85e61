"""The funnel plot of churn rates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from bullion.charts import formats, theme
from bullion.charts.intervals import complete, log_ticks
from bullion.charts.registry import chart
from bullion.charts.theme import empty_figure, error_bars, present

_MODEL = "analytics_churn_rate_confidence_intervals"
_MOST_LEVELS = 60
_MOST_NAMES = 8
_ZONES = (
    ("Inside", theme.GREY, "circle", "inside"),
    ("Outside 95 %", theme.ORANGE, "diamond", "outside 95 %"),
    ("Outside 99.8 %", theme.BAD, "square", "outside 99.8 %"),
)


@chart(
    id="churn_funnel_plot",
    category="inferential",
    title="Churn by state",
    question="Does any group lose customers at a rate that chance does not explain?",
    reading=(
        "A mark is a group's yearly loss with its 95 % interval, against how many customers it "
        "had. Small groups scatter widely by chance alone: the inner funnel holds 95 % of them, "
        "the outer 99.8 %. Only what lies outside calls for an explanation; ranking the rest says "
        "nothing."
    ),
    model=_MODEL,
    query=(
        f"select * from {_MODEL} where rate_basis = '12-month cohort'"
        " order by dimension_rank, exposure_count"
    ),
)
def churn_funnel_plot(data: pd.DataFrame) -> go.Figure:
    """The dimension with the most levels; limits as the model has them at each exposure."""
    known = complete(
        data,
        "dimension",
        "level",
        "exposure_count",
        "churn_count",
        "churn_rate",
        "overall_rate",
        "limit_95_low",
        "limit_95_high",
        "limit_998_low",
        "limit_998_high",
        "funnel_zone",
        "z_score",
    )
    if known.empty:
        return empty_figure("Churn by state", "no group was at risk for a year")
    dimension = known["dimension"].value_counts().index[0]
    rows = known[known["dimension"] == dimension].nlargest(_MOST_LEVELS, "exposure_count")
    rows = rows.sort_values("exposure_count")
    figure = go.Figure()
    for low, high, dash, name in (
        ("limit_998_low", "limit_998_high", "solid", "99.8 % limits"),
        ("limit_95_low", "limit_95_high", "dash", "95 % limits"),
    ):
        for column in (low, high):
            figure.add_scatter(
                x=rows["exposure_count"],
                y=rows[column],
                mode="lines",
                name=name,
                legendgroup=name,
                showlegend=column == high,
                line={"color": theme.SKY, "dash": dash, "width": 1.5},
                hoverinfo="skip",
            )
    figure.add_hline(y=float(rows["overall_rate"].iloc[0]), line={"color": theme.MUTED, "width": 1})
    for zone, colour, symbol, name in _ZONES:
        mine = rows[rows["funnel_zone"] == zone]
        figure.add_scatter(
            x=mine["exposure_count"],
            y=mine["churn_rate"],
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": symbol, "size": 9},
            error_y={
                **error_bars(mine, "churn_rate"),
                "color": colour,
                "thickness": 0.8,
                "width": 0,
            },
            customdata=[
                f"<b>{row.level}</b><br>{formats.count(row.churn_count)} of "
                f"{formats.count(row.exposure_count)} left: {formats.percent(row.churn_rate)} "
                f"({formats.percent(row.ci_low)} to {formats.percent(row.ci_high)})"
                for row in mine.itertuples()
            ],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=len(mine) > 0,
        )
    named = rows.loc[rows["z_score"].abs().nlargest(_MOST_NAMES).index]
    named = pd.concat([named[named["funnel_zone"] != "Inside"], rows.tail(2)]).drop_duplicates(
        "level"
    )
    for row in named.itertuples():
        figure.add_annotation(
            x=np.log10(max(float(row.exposure_count), 1)),
            y=row.churn_rate,
            text=str(row.level),
            showarrow=False,
            xshift=8,
            xanchor="left",
            font={"size": 12, "color": theme.TEXT},
        )
    sizes = pd.to_numeric(rows["exposure_count"]).clip(lower=1)
    # Intervals of the smallest groups would press all others to the floor.
    top = 1.15 * max(rows["churn_rate"].max(), rows["limit_998_high"].quantile(0.8), 0.01)
    figure.update_xaxes(
        type="log",
        title="Customers at the start of the year",
        **log_ticks(sizes.min(), sizes.max()),
    )
    figure.update_yaxes(title="Left within the year", tickformat=".0%", range=[-0.02 * top, top])
    return present(
        figure,
        title=_funnel_title(str(dimension), rows),
        data=data,
        n=f"{formats.count(rows['exposure_count'].sum())} customers, "
        f"{formats.count(rows['churn_count'].sum())} left",
        height=520,
    )


def _funnel_title(dimension: str, rows: pd.DataFrame) -> str:
    overall = formats.percent(rows["overall_rate"].iloc[0])
    outside = rows[rows["funnel_zone"] == "Outside 99.8 %"]
    if outside.empty:
        return (
            f"{overall} of customers left in a year, and no {dimension.lower()} stands out: they "
            "differ as chance would have them"
        )
    names = outside.sort_values("z_score", ascending=False)["level"].astype(str).tolist()
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (
        f"{dimension} {', '.join(names[:3])}{more} loses customers at another rate than the "
        f"bank's {overall}"
    )
