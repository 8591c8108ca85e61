"""What shape values have: lifetime values against two fits, amounts in Q-Q plots."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from bullion.charts.formats import count, is_missing, money, p_value, short
from bullion.charts.registry import chart
from bullion.charts.theme import BLUE, GREEN, GREY, MUTED, ORANGE, SKY, TEXT, present


@chart(
    id="clv_histogram",
    category="inferential",
    title="Customer lifetime value",
    question="What is a customer worth, and is that value spread normally or lognormally?",
    reading="Bars are customers by lifetime value, the last one all above. The lines are how many "
    "a normal and a lognormal distribution with the same mean and spread would put in each bar. "
    "The band is the 95 % interval of the mean.",
    model="analytics_customer_lifetime_value_distribution",
    query="""
        select
            bins.bin_number, bins.lower_amount, bins.upper_amount, bins.customer_count,
            bins.normal_expected_count, bins.lognormal_expected_count,
            bins.normal_density, bins.lognormal_density,
            profile.customer_count as all_count, profile.estimate, profile.ci_low,
            profile.ci_high, profile.winsorised_mean, profile.median_value, bins.as_of,
            bins.reporting_currency, bins.without_rate_count
        from analytics_customer_lifetime_value_distribution as bins
        left join analytics_customer_lifetime_value_distribution_profile as profile
            on profile.customer_segment = 'All' and profile.value_scale = 'raw'
        order by bins.bin_number
    """,
)
def clv_histogram(data: pd.DataFrame) -> go.Figure:
    """Bars with both expected counts as lines, and the mean with its interval."""
    rows = data.dropna(subset=["lower_amount"])
    widths = (rows["upper_amount"] - rows["lower_amount"]).dropna()
    width = float(widths.iloc[0]) if len(widths) else 1.0
    middle = rows["lower_amount"] + width / 2
    names = [
        f"{money(row.lower_amount)} and above"
        if is_missing(row.upper_amount)
        else f"{money(row.lower_amount)} to {money(row.upper_amount)}"
        for row in rows.itertuples()
    ]
    figure = go.Figure()
    figure.add_bar(
        x=middle,
        y=rows["customer_count"],
        width=0.92 * width,
        name="Customers",
        marker_color=SKY,
        marker_opacity=0.55,
        text=names,
        textposition="none",
        hovertemplate="<b>%{text}</b><br>%{y:,} customers<extra></extra>",
    )
    closed = rows["upper_amount"].notna()
    for column, name, colour, dash in (
        ("lognormal_density", "Lognormal fit", GREEN, "solid"),
        ("normal_density", "Normal fit", ORANGE, "dash"),
    ):
        figure.add_scatter(
            x=middle[closed],
            y=rows.loc[closed, column] * width * rows["customer_count"].sum(),
            mode="lines",
            name=name,
            line={"color": colour, "width": 2.5, "dash": dash, "shape": "spline"},
            hovertemplate=f"{name}: %{{y:,.0f}} customers<extra></extra>",
        )
    first = data.iloc[0]
    if not (is_missing(first["ci_low"]) or is_missing(first["ci_high"])):
        figure.add_vrect(
            x0=first["ci_low"], x1=first["ci_high"], fillcolor=BLUE, opacity=0.25, line_width=0
        )
    if not is_missing(first["estimate"]):
        figure.add_vline(x=first["estimate"], line={"color": BLUE, "width": 2})
        figure.add_annotation(
            text=f"<b>Mean {money(first['estimate'])}</b>{_interval(first)}",
            x=first["estimate"],
            y=1,
            yref="paper",
            xanchor="left",
            yanchor="top",
            xshift=6,
            align="left",
            showarrow=False,
            font={"color": TEXT},
        )
    figure.update_layout(bargap=0)
    figure.update_xaxes(title="Lifetime value (last bar: and above)", tickformat="~s", nticks=8)
    figure.update_yaxes(title="Customers", tickformat=",d", rangemode="tozero")
    said, n = _clv_said(data, first), f"{count(first['all_count'])} customers"
    return present(figure, said, data, n, height=500)


def _interval(row: pd.Series) -> str:
    if is_missing(row["ci_low"]) or is_missing(row["ci_high"]):
        return ""
    return f"<br>95 % interval {money(row['ci_low'])} to {money(row['ci_high'])}"


def _clv_said(data: pd.DataFrame, first: pd.Series) -> str:
    mean, middle = first["estimate"], first["median_value"]
    known = "" if is_missing(mean) or is_missing(middle) else f" is worth {money(middle)}"
    distances = {
        name: (data["customer_count"] - data[column]).abs().sum()
        for name, column in (
            ("lognormal", "lognormal_expected_count"),
            ("normal", "normal_expected_count"),
        )
        if data[column].notna().any()
    }
    shape = min(distances, key=lambda name: distances[name]) if distances else ""
    if not known:
        return f"Lifetime values are nearer to {shape}" if shape else "Lifetime values by size"
    gap = mean / middle - 1 if middle else 0
    side = "above" if gap > 0 else "below"
    tail = f", the mean lies {abs(gap):.0%} {side} it" if abs(gap) >= 0.02 else ", as the mean says"
    fit = f": values are {shape} rather than {_other(shape)}" if shape else ""
    return f"The customer in the middle{known}{tail}{fit}"


def _other(shape: str) -> str:
    return "normal" if shape == "lognormal" else "lognormal"


@chart(
    id="qq_plots",
    category="inferential",
    title="Normality of purchase amounts",
    question="Are amounts normal, as they are or as logarithms?",
    reading="Amounts less the mean of their category and segment, in standard deviations, against "
    "where a normal distribution would have them. Points on the line are normal; a bend upwards "
    "at the right end is a long tail of large amounts.",
    model="analytics_transaction_amount_normality_test_points",
    query="""
        select
            points.transaction_type, points.amount_scale, points.point_number,
            points.attempt_count, points.probability, points.normal_quantile,
            points.sample_value, points.standardised_value, tests.skewness,
            tests.excess_kurtosis, tests.departure, tests.p_value, points.as_of
        from analytics_transaction_amount_normality_test_points as points
        inner join analytics_transaction_amount_normality_test as tests
            on tests.transaction_type = points.transaction_type
                and tests.amount_scale = points.amount_scale
                and tests.basis = 'within_cells'
        order by points.attempt_count desc, points.transaction_type,
            points.amount_scale desc, points.point_number
    """,
)
def qq_plots(data: pd.DataFrame) -> go.Figure:
    """Two panels, raw and log, of the commonest transaction type."""
    types = data["transaction_type"].dropna()
    kind = types.iloc[0] if len(types) else None
    rows = data[data["transaction_type"] == kind] if kind else data
    panels = {"raw": "As they are", "log": "Logarithms"}
    figure = make_subplots(
        rows=1, cols=2, subplot_titles=list(panels.values()), horizontal_spacing=0.12
    )
    verdicts = {}
    for column, (scale, colour) in enumerate((("raw", ORANGE), ("log", BLUE)), start=1):
        points = rows[rows["amount_scale"] == scale].dropna(
            subset=["normal_quantile", "standardised_value"]
        )
        if points.empty:
            continue
        reach = [points["normal_quantile"].min(), points["normal_quantile"].max()]
        figure.add_scatter(
            x=reach,
            y=reach,
            mode="lines",
            line={"color": GREY, "width": 1.5, "dash": "dash"},
            name="Normal",
            showlegend=False,
            hoverinfo="skip",
            row=1,
            col=column,
        )
        figure.add_scatter(
            x=points["normal_quantile"],
            y=points["standardised_value"],
            mode="markers",
            marker={"color": colour, "size": 6, "opacity": 0.75},
            name=panels[scale],
            showlegend=False,
            customdata=points[["probability"]],
            hovertemplate="<b>%{customdata[0]:.3%} of the amounts</b><br>lie up to %{y:.2f} "
            "standard deviations,<br>%{x:.2f} if they were normal<extra></extra>",
            row=1,
            col=column,
        )
        verdicts[scale] = points.iloc[0]
        figure.add_annotation(
            text=_shape(points.iloc[0]),
            x=0.03,
            y=0.97,
            xref="x domain" if column == 1 else "x2 domain",
            yref="y domain" if column == 1 else "y2 domain",
            xanchor="left",
            yanchor="top",
            align="left",
            showarrow=False,
            font={"size": 11, "color": MUTED},
        )
        figure.update_xaxes(title="Normal, in SD", row=1, col=column)
    figure.update_yaxes(title="Amounts, in SD", row=1, col=1)
    name = _plural(kind)
    n = f"{short(data['attempt_count'].max())} attempted {name}, frauds left out"
    return present(figure, _qq_said(verdicts, name), data, n, height=480)


def _plural(kind: str | None) -> str:
    return "transactions" if kind is None else f"{kind.lower()}s"


def _shape(row: pd.Series) -> str:
    parts = [
        f"{name} {row[column]:.2f}"
        for name, column in (("skewness", "skewness"), ("kurtosis", "excess_kurtosis"))
        if not is_missing(row[column])
    ]
    return "<br>".join([*parts, p_value(row["p_value"])])


def _qq_said(verdicts: dict[str, pd.Series], name: str) -> str:
    # What nobody would see is called normal, whatever a test of very many amounts says.
    normal = {
        scale: row["departure"] == "Negligible"
        for scale, row in verdicts.items()
        if not is_missing(row["departure"])
    }
    if set(normal) != {"raw", "log"}:
        return f"Shape of the amounts of {name}"
    if normal["log"]:
        also = "so are the amounts" if normal["raw"] else "the amounts themselves are not"
        return f"Logarithms of {name} are normal, {also}"
    if normal["raw"]:
        return f"Amounts of {name} are normal, their logarithms are not"
    return f"Neither amounts of {name} nor their logarithms are normal"
