"""Who the customers are: key figures, segments, ages, states."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from bullion.charts.contrast import ink_on
from bullion.charts.descriptive.indicators import (
    INDICATOR_HEIGHT,
    Figure,
    indicator_grid,
    rows_of_grid,
)
from bullion.charts.formats import compared, count, is_missing, label, money, percent
from bullion.charts.registry import chart
from bullion.charts.rows import current_and_year_ago, row_of_least, row_of_most
from bullion.charts.theme import (
    BLUE,
    ORANGE,
    PALETTE,
    PAPER,
    SEQUENTIAL,
    empty_figure,
    present,
    top_and_other,
)

# A pie of more slices is not read.
MAX_SLICES = 6
# A share of fewer people is not called a finding.
LEAST_PEOPLE = 30

KEY_FIGURES = (
    Figure("customer_count", "Customers"),
    Figure("active_customer_count", "Active in 30 days"),
    Figure("digital_active_customer_count", "Digitally active in 30 days"),
    Figure("new_customer_count", "New in 30 days"),
    Figure("lost_customer_count", "Lost in 30 days", more_is="bad"),
    Figure("deposit_balance_amount", "Deposits"),
    Figure("invested_balance_amount", "Investments (AUM)"),
    Figure("owed_balance_amount", "Debts", more_is="neither"),
    Figure("products_per_customer", "Products a customer", ".2f"),
    Figure("income_amount", "Income in 12 months"),
    Figure("mean_lifetime_value_amount", "Mean lifetime value", more_is="neither"),
    Figure("mean_credit_score", "Mean credit score", more_is="neither"),
)


@chart(
    id="customer_kpis",
    category="descriptive",
    title="Customers in figures",
    question="How many customers has the bank, what do they hold, and how has that changed?",
    reading="Large: today. Small, with the arrow: the change against the same 30 days a year ago; "
    "green is for the better, red for the worse, grey neither. Active is a transaction that the "
    "customer initiated, digitally active a session. Income is fees less refunds, and loan "
    "interest less what deposits earn. Score and lifetime value have no change where no extract "
    "of a year ago states them.",
    model="analytics_customer_overview",
    query="select * from analytics_customer_overview order by period_rank",
)
def customer_kpis(data: pd.DataFrame) -> go.Figure:
    """Indicators of the current period, each with its change against a year ago."""
    now, before = current_and_year_ago(data)
    figure = indicator_grid(KEY_FIGURES, now, before)
    said = f"The bank has {count(now['customer_count'])} customers"
    if before is not None and not is_missing(before["customer_count_change_rate"]):
        rate = before["customer_count_change_rate"]
        said += f", {compared(rate, 'a year ago', countable=True)}"
    if before is not None and not is_missing(before["deposit_balance_amount_change_rate"]):
        change = float(before["deposit_balance_amount_change_rate"])
        grown = "grew" if change >= 0 else "fell"
        said += f"; their deposits {grown} by {percent(abs(change))}"
    height = 120 + INDICATOR_HEIGHT * rows_of_grid(KEY_FIGURES)
    return present(figure, said, data, "change against the 30 days of a year ago", height)


@chart(
    id="segment_mix",
    category="descriptive",
    title="Customers by segment",
    question="Which segments make up the customer base, and which of them hold the money?",
    reading="Each slice is a segment's share of the customers; hover for its share of deposits, "
    "income a head and churn over a year.",
    model="analytics_customer_by_segment",
    query="select customer_segment, customer_count, customer_share_rate, deposit_share_rate, "
    "deposit_balance_amount, income_per_customer_amount, churn_rate, at_risk_count, as_of, "
    "reporting_currency, without_rate_count "
    "from analytics_customer_by_segment order by segment_rank",
)
def segment_mix(data: pd.DataFrame) -> go.Figure:
    """A donut of customers; its title sets the largest share of customers against deposits."""
    total = data["customer_count"].sum()
    rows = top_and_other(
        data, "customer_segment", "customer_count", ["deposit_balance_amount"], MAX_SLICES
    )
    hover = [
        f"{percent(row.deposit_share_rate)} of deposits<br>"
        f"{money(row.income_per_customer_amount)} income a customer in 12 months<br>"
        f"{percent(row.churn_rate)} of {count(row.at_risk_count)} left within a year"
        for row in rows.itertuples()
    ]
    figure = go.Figure(
        go.Pie(
            labels=[label(name) for name in rows["customer_segment"]],
            values=rows["customer_count"],
            customdata=hover,
            hole=0.58,
            sort=False,
            direction="clockwise",
            marker={"colors": PALETTE, "line": {"color": PAPER, "width": 2}},
            texttemplate="%{percent:.0%}",
            textposition="inside",
            insidetextorientation="horizontal",
            textfont={"color": "white", "size": 14},
            hovertemplate="<b>%{label}</b><br>%{value:,} customers (%{percent})"
            "<br>%{customdata}<extra></extra>",
        )
    )
    figure.add_annotation(
        text=f"<b>{count(total)}</b><br>customers", showarrow=False, font={"size": 17}
    )
    return present(figure, _segments_said(data), data, f"{count(total)} customers")


def _segments_said(data: pd.DataFrame) -> str:
    largest = row_of_most(data, "customer_count")
    if largest is None:
        return "No segment has a known number of customers"
    said = (
        f"{label(largest['customer_segment'])} is "
        f"{percent(largest['customer_share_rate'], 0)} of customers"
    )
    if is_missing(largest["deposit_share_rate"]):
        return said
    said += f" and holds {percent(largest['deposit_share_rate'], 0)} of deposits"
    surplus = data.assign(surplus=data["deposit_share_rate"] - data["customer_share_rate"])
    richest = row_of_most(surplus, "surplus")
    if richest is not None and richest.name != largest.name and richest["surplus"] > 0.01:
        said += (
            f"; {label(richest['customer_segment'])}, "
            f"{percent(richest['customer_share_rate'], 0)} of customers, "
            f"holds {percent(richest['deposit_share_rate'], 0)}"
        )
    return said


@chart(
    id="age_pyramid",
    category="descriptive",
    title="Customers by age",
    question="How old are the customers, and at which ages have people left?",
    reading="To the right the customers of today, to the left those who have left in all years, "
    "by age today. The percentage is how many of everyone of that age have left.",
    model="analytics_customer_by_age_group",
    query="select band_number, age_band, relationship, is_customer, customer_count, as_of "
    "from analytics_customer_by_age_group order by band_number, relationship",
)
def age_pyramid(data: pd.DataFrame) -> go.Figure:
    """Back-to-back bars: customers to the right, those who left to the left."""
    data["side"] = data["is_customer"].map({True: "stay", False: "left"}).fillna("left")
    data["age_band"] = data["age_band"].astype("object").where(data["age_band"].notna(), "Unknown")
    bands = (
        data.pivot_table(
            index="age_band", columns="side", values="customer_count", aggfunc="sum", fill_value=0
        )
        .reindex(columns=["stay", "left"], fill_value=0)
        .join(data.groupby("age_band")["band_number"].min())
        .reset_index()
    )
    bands["people"] = bands["stay"] + bands["left"]
    bands = top_and_other(bands, "age_band", "people", ["stay", "left"])
    bands = bands.sort_values("band_number", na_position="last", kind="stable")
    bands["left_rate"] = bands["left"] / bands["people"].where(bands["people"] > 0)
    names = [label(name) for name in bands["age_band"]]
    figure = go.Figure()
    figure.add_bar(
        y=names,
        x=-bands["left"],
        orientation="h",
        name="Left",
        marker_color=ORANGE,
        text=[percent(rate, 0) if rate > 0 else "" for rate in bands["left_rate"]],
        textposition="outside",
        textfont={"size": 11},
        customdata=bands["left"],
        hovertemplate="<b>%{y}</b><br>%{customdata:,} have left (%{text})<extra></extra>",
    )
    figure.add_bar(
        y=names,
        x=bands["stay"],
        orientation="h",
        name="Customers",
        marker_color=BLUE,
        text=[count(stay) for stay in bands["stay"]],
        textposition="outside",
        textfont={"size": 11},
        hovertemplate="<b>%{y}</b><br>%{x:,} customers<extra></extra>",
    )
    most = max(1, float(bands["stay"].max()))
    least = max(1, float(bands["left"].max()))
    figure.update_layout(barmode="overlay", bargap=0.2)
    figure.update_xaxes(
        title="People, by age in years",
        range=[-(least + 0.22 * (most + least)), most + 0.24 * (most + least)],
        **_mirrored(least, most),
    )
    figure.update_yaxes(type="category", gridcolor=PAPER)
    n = f"{count(bands['stay'].sum())} customers, {count(bands['left'].sum())} who left"
    return present(figure, _ages_said(bands), data, n)


def _mirrored(left: float, right: float) -> dict[str, list[object]]:
    """Ticks whose labels count up on both sides of zero: 1, 2 or 5 times a power of ten apart."""
    steps = (lead * 10.0**power for power in range(16) for lead in (1, 2, 5))
    step = next(step for step in steps if (left + right) / step <= 4)
    ticks = [step * k for k in range(-int(left // step), int(right // step) + 1)]
    return {"tickvals": list(ticks), "ticktext": [count(abs(tick)) for tick in ticks]}


def _ages_said(bands: pd.DataFrame) -> str:
    largest = row_of_most(bands, "stay")
    if largest is None or not bands["stay"].sum():
        return f"All {count(bands['left'].sum())} people of the bank have left"
    share = largest["stay"] / bands["stay"].sum()
    said = f"The largest group of customers is {_of_age(largest['age_band'])} ({percent(share, 0)})"
    known = bands[bands["people"] >= LEAST_PEOPLE]
    top, bottom = row_of_most(known, "left_rate"), row_of_least(known, "left_rate")
    if top is None or bottom is None or top["left_rate"] == bottom["left_rate"]:
        return said
    return (
        f"{said}; of those {_of_age(top['age_band'])} {percent(top['left_rate'], 0)} have left, "
        f"of those {_of_age(bottom['age_band'])} {percent(bottom['left_rate'], 0)}"
    )


def _of_age(band: str) -> str:
    return f"aged {band[0].lower()}{band[1:]}".replace("-", "–")


@chart(
    id="customers_by_state",
    category="descriptive",
    title="Customers by state",
    question="Where do the customers live, and where is the bank strong for its population?",
    reading="Each tile is a state, roughly in its place; its number is the customers who live "
    "there. The darker, the more of them for each 100,000 adults; pale tiles without a number "
    "have none.",
    model="analytics_customer_by_geography",
    query="select state, state_name, customer_count, customers_per_100k_adults, tile_row, "
    "tile_column, as_of from analytics_customer_by_geography order by state_rank",
)
def customers_by_state(data: pd.DataFrame) -> go.Figure:
    """A tile grid of the United States; bars where the bank's states are others."""
    data = data[data["customer_count"].gt(0) | data["tile_row"].notna()]
    if data.empty:
        return empty_figure("Customers by state", "no state has a customer")
    people = data["customer_count"].sum()
    placed = data.dropna(subset=["tile_row", "tile_column"])
    n = f"{count(people)} customers"
    if placed["customer_count"].sum() == 0:
        return present(_state_bars(data), _states_said(data), data, n)
    elsewhere = people - placed["customer_count"].sum()
    if elsewhere > 0:
        n += f", of whom {count(elsewhere)} live elsewhere or where is not known"
    tiles = placed.drop_duplicates(["tile_row", "tile_column"])
    density = tiles["customers_per_100k_adults"].where(tiles["customer_count"] > 0, 0)
    most = float(density.max()) or 1.0
    figure = go.Figure(
        go.Heatmap(
            x=tiles["tile_column"],
            y=tiles["tile_row"],
            z=density,
            customdata=[
                f"<b>{row.state_name}</b><br>{count(row.customer_count)} customers"
                f"<br>{_density(row.customers_per_100k_adults)}"
                for row in tiles.itertuples()
            ],
            hovertemplate="%{customdata}<extra></extra>",
            colorscale=SEQUENTIAL,
            zmin=0,
            xgap=2,
            ygap=2,
            colorbar={
                "orientation": "h",
                "thickness": 10,
                "len": 0.6,
                "y": -0.12,
                "yanchor": "top",
            },
        )
    )
    figure.add_scatter(
        x=tiles["tile_column"],
        y=tiles["tile_row"],
        mode="text",
        text=[
            f"<b>{row.state}</b><br>{count(row.customer_count)}"
            if row.customer_count > 0
            else str(row.state)
            for row in tiles.itertuples()
        ],
        textfont={"size": 11, "color": [ink_on(value / most) for value in density.fillna(0)]},
        hoverinfo="skip",
        showlegend=False,
    )
    figure.update_xaxes(
        title="Customers; colour: per 100,000 adults",
        title_font_size=12,
        showticklabels=False,
        ticks="",
        title_standoff=6,
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(visible=False, autorange="reversed")
    return present(figure, _states_said(data), data, n, height=540)


def _density(rate: float) -> str:
    if is_missing(rate):
        return "adult population not known"
    return f"{rate:.2f} for each 100,000 adults"


def _state_bars(data: pd.DataFrame) -> go.Figure:
    rows = top_and_other(data, "state_name", "customer_count").iloc[::-1]
    figure = go.Figure(
        go.Bar(
            y=[label(name) for name in rows["state_name"]],
            x=rows["customer_count"],
            orientation="h",
            marker_color=BLUE,
            hovertemplate="<b>%{y}</b><br>%{x:,} customers<extra></extra>",
        )
    )
    figure.update_xaxes(title="Customers", rangemode="tozero")
    figure.update_yaxes(type="category", gridcolor=PAPER)
    return figure


def _states_said(data: pd.DataFrame) -> str:
    most = row_of_most(data, "customer_count")
    if most is None:
        return "No state has a known number of customers"
    said = f"{label(most['state_name'])} has the most customers ({count(most['customer_count'])})"
    top = row_of_most(data, "customers_per_100k_adults")
    if top is None:
        return said
    rate = f"{top['customers_per_100k_adults']:.1f} per 100,000 adults"
    if top.name == most.name:
        return f"{said}, and the most for its population: {rate}"
    return f"{said}, {label(top['state_name'])} the most for its population: {rate}"
