"""How the accounts stand: rates at risk, products and their states, how balances are spread."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from bullion.charts.descriptive.indicators import GAUGE_HEIGHT, Figure, gauge_grid, rows_of_grid
from bullion.charts.formats import count, is_missing, label, money, percent, short
from bullion.charts.registry import chart
from bullion.charts.rows import current_and_year_ago, distinct_labels, row_of_most
from bullion.charts.theme import (
    BLUE,
    GREY,
    MUTED,
    ORANGE,
    PAPER,
    SKY,
    TEXT,
    YELLOW,
    present,
    top_and_other,
)

GAUGES = (
    Figure("utilization_rate", "Credit lines in use", ".1%"),
    Figure("past_due_rate", "Loans past due", ".1%"),
    Figure("past_due_30_rate", "Loans past due 30 days", ".1%"),
    Figure("dormant_rate", "Accounts dormant", ".1%"),
    Figure("quiet_rate", "Accounts gone quiet", ".1%"),
)
STATUS_COLOURS = {
    "Active": BLUE,
    "Dormant": YELLOW,
    "Closed": GREY,
    "Unknown": ORANGE,
    "Other": SKY,
}
# Panels of a figure; a product category more and they are not read.
MAX_PANELS = 6


@chart(
    id="account_gauges",
    category="descriptive",
    title="Accounts at risk and asleep",
    question="How far are credit lines drawn, and how many accounts are late, dormant or quiet?",
    reading="Each gauge is a share: of credit limits, of loans, of open accounts, of accounts "
    "other than loans and insurance. The line across it marks a year ago. Quiet means that the "
    "holder has moved no money for 90 days, dormant that the bank has declared it so. Scales "
    "differ.",
    model="analytics_account_summary",
    query="select * from analytics_account_summary order by period_rank",
)
def account_gauges(data: pd.DataFrame) -> go.Figure:
    """Gauges of the current period, each with a line at the value of a year ago."""
    now, before = current_and_year_ago(data)
    figure = gauge_grid(GAUGES, now, before)
    parts = []
    if not is_missing(now["past_due_rate"]):
        late = percent(now["past_due_rate"])
        parts.append(f"{late} of loans are past due, {percent(now['past_due_30_rate'])} by 30 days")
    if not is_missing(now["utilization_rate"]):
        parts.append(f"credit lines are drawn to {percent(now['utilization_rate'])}")
    said = "; ".join(parts) or (
        f"{count(now['open_account_count'])} accounts are open, no loan or credit line among them"
    )
    n = (
        f"{count(now['open_account_count'])} open accounts, {count(now['loan_account_count'])} "
        f"loans, {count(now['credit_line_count'])} credit lines"
    )
    return present(
        figure, said[0].upper() + said[1:], data, n, 120 + GAUGE_HEIGHT * rows_of_grid(GAUGES)
    )


@chart(
    id="accounts_by_product",
    category="descriptive",
    title="Accounts by product and status",
    question="Which products do the accounts belong to, and how many of them are closed?",
    reading="Each bar is all accounts ever opened of a product, divided by what has become of "
    "them; the percentage is how many are closed.",
    model="analytics_account_by_product",
    query="select product_rank, product_id, product_name, account_status, account_count, as_of "
    "from analytics_account_by_product order by product_rank, account_status",
)
def accounts_by_product(data: pd.DataFrame) -> go.Figure:
    """Stacked bars: products by all their accounts, coloured by status."""
    data["product"] = distinct_labels(data, "product_name", "product_id")
    data["account_status"] = data["account_status"].fillna("Unknown")
    data["shown"] = data["account_status"].where(
        data["account_status"].isin(set(STATUS_COLOURS)), "Other"
    )
    wide = (
        data.pivot_table(index="product", columns="shown", values="account_count", aggfunc="sum")
        .fillna(0)
        .reset_index()
    )
    parts = [column for column in wide.columns if column != "product"]
    wide["accounts"] = wide[parts].sum(axis=1)
    rows = top_and_other(wide, "product", "accounts", parts)
    closed = rows["Closed"] if "Closed" in rows else pd.Series(0.0, index=rows.index)
    rows["closed_rate"] = closed / rows["accounts"].where(rows["accounts"] > 0)
    rows = rows.iloc[::-1]
    names = list(rows["product"])
    figure = go.Figure()
    for status in [
        *(s for s in STATUS_COLOURS if s in parts),
        *(["Other"] if "Other" in parts else []),
    ]:
        figure.add_bar(
            y=names,
            x=rows[status],
            orientation="h",
            name=status,
            marker_color=STATUS_COLOURS[status],
            hovertemplate=f"<b>%{{y}}</b><br>%{{x:,}} {status.lower()}<extra></extra>",
        )
    figure.add_scatter(
        y=names,
        x=rows["accounts"],
        mode="text",
        text=[f" {percent(rate, 0)}" if rate > 0 else "" for rate in rows["closed_rate"]],
        textposition="middle right",
        textfont={"size": 11, "color": MUTED},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    figure.update_xaxes(
        title="Accounts (% closed)",
        tickformat=",d",
        nticks=4,
        range=[0, 1.25 * max(1.0, float(rows["accounts"].max()))],
    )
    figure.update_yaxes(type="category", gridcolor=PAPER)
    total = wide["accounts"].sum()
    return present(
        figure, _products_said(rows), data, f"{count(total)} accounts ever opened", height=540
    )


def _products_said(rows: pd.DataFrame) -> str:
    products = rows[~rows["product"].str.startswith("Other (")]
    most, gone = row_of_most(products, "accounts"), row_of_most(products, "closed_rate")
    if most is None:
        return "No product has a known number of accounts"
    said = f"{most['product']} has the most accounts ({count(most['accounts'])})"
    if gone is None or gone["closed_rate"] == 0:
        return said
    closed = f"{percent(gone['closed_rate'], 0)} are closed"
    if gone.name == most.name:
        return f"{said}; of these {closed}"
    return f"{said}; {gone['product']} has lost the largest share: {closed}"


@chart(
    id="balance_distribution",
    category="descriptive",
    title="How balances are spread",
    question="How large are the balances of each kind of account, and how unequal?",
    reading="Bars: accounts by the size of their balance (what is held, or for a debt what is "
    "owed); each step to the right is about twice the money. Above them, line: from the 5th to "
    "the 95th percentile; box: the middle half; stroke: the median.",
    model="analytics_account_balance_distribution",
    query="select product_category, bin_number, lower_amount, upper_amount, "
    "bins.account_count, owing_account_count, profile.account_count as category_account_count, "
    "mean_amount, percentile_05_amount, percentile_25_amount, percentile_50_amount, "
    "percentile_75_amount, percentile_95_amount, bins.as_of, "
    "bins.reporting_currency, bins.without_rate_count "
    "from (select product_category, bin_number, lower_amount, upper_amount, account_count, "
    "owing_account_count, as_of, reporting_currency, without_rate_count "
    "from analytics_account_balance_distribution) as bins "
    "left join (select product_category, account_count, mean_amount, percentile_05_amount, "
    "percentile_25_amount, percentile_50_amount, percentile_75_amount, percentile_95_amount "
    "from analytics_account_balance_distribution_profile) as profile using (product_category) "
    "order by product_category, bin_number",
)
def balance_distribution(data: pd.DataFrame) -> go.Figure:
    """A histogram a product category on one log scale, its percentiles as a box above it."""
    data["product_category"] = data["product_category"].fillna("Unknown")
    totals = data.groupby("product_category")["account_count"].sum().sort_values(ascending=False)
    holds = data.groupby("product_category")["bin_number"].max().gt(0)
    if holds.any():
        totals = totals[holds.loc[totals.index]]
    shown = list(totals.index[:MAX_PANELS])
    figure = make_subplots(
        rows=len(shown),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.3 / max(3, len(shown)) / 1.6,
        subplot_titles=[f"<b>{label(name)}</b>, {count(totals[name])} accounts" for name in shown],
    )
    for place, name in enumerate(shown, start=1):
        rows = data[data["product_category"] == name]
        _add_panel(figure, rows, place)
    figure.update_annotations(x=0, xanchor="left", font={"size": 13, "color": TEXT})
    numbers = pd.to_numeric(data["bin_number"]).dropna()
    first, last = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 1)
    decades = [edge for edge in range(1, last + 2, 3) if edge >= first]
    figure.update_xaxes(
        range=[first - 0.6, last + 0.6],
        tickvals=[edge - 0.5 for edge in decades],
        ticktext=[short(10.0 ** ((edge - 1) // 3), 1) for edge in decades],
        showgrid=True,
    )
    figure.update_xaxes(title="Balance, on a log scale", row=len(shown), col=1)
    figure.update_yaxes(title="Accounts", title_font_size=11, nticks=4, tickformat=",d")
    figure.update_layout(showlegend=False, bargap=0.06)
    n = f"{count(totals.sum())} open accounts of kinds that hold or owe money"
    if len(totals) > len(shown):
        n += f", {len(totals) - len(shown)} smaller kinds not drawn"
    return present(figure, _spread_said(data, shown), data, n, height=150 + 130 * len(shown))


def _add_panel(figure: go.Figure, rows: pd.DataFrame, place: int) -> None:
    figure.add_bar(
        x=rows["bin_number"],
        y=rows["account_count"],
        marker_color=BLUE,
        customdata=[
            f"{money(row.lower_amount)} to {money(row.upper_amount)}"
            f"<br>{count(row.owing_account_count)} of them owed"
            for row in rows.itertuples()
        ],
        hovertemplate="%{y:,} accounts<br>%{customdata}<extra></extra>",
        row=place,
        col=1,
    )
    top = float(rows["account_count"].max())
    first = rows.iloc[0]
    at = {p: _place(first[f"percentile_{p:02d}_amount"]) for p in (5, 25, 50, 75, 95)}
    if any(value is None for value in at.values()):
        return
    said = "<br>".join(f"{p}th percentile {money(first[f'percentile_{p:02d}_amount'])}" for p in at)
    height = 1.22 * top
    for ends, width, colour in (((5, 95), 2, TEXT), ((25, 75), 9, ORANGE)):
        figure.add_scatter(
            x=[at[end] for end in ends],
            y=[height, height],
            mode="lines",
            line={"color": colour, "width": width},
            text=[said, said],
            hovertemplate="%{text}<extra></extra>",
            row=place,
            col=1,
        )
    figure.add_scatter(
        x=[at[50]],
        y=[height],
        mode="markers+text",
        marker={"symbol": "line-ns", "size": 13, "line": {"width": 3, "color": TEXT}},
        text=[f"median {money(first['percentile_50_amount'])}"],
        textposition="top center",
        textfont={"size": 11, "color": MUTED},
        customdata=[said],
        hovertemplate="%{customdata}<extra></extra>",
        row=place,
        col=1,
    )
    figure.update_yaxes(range=[0, 1.6 * max(1.0, top)], row=place, col=1)


def _place(amount: float) -> float | None:
    """Where an amount lies between the middles of the bins: bin k covers k - 0.5 to k + 0.5."""
    if is_missing(amount):
        return None
    if amount < 1:
        return float(amount) - 0.5
    decade = math.floor(math.log10(amount))
    lead = amount / 10.0**decade
    for step, (low, high) in enumerate(((1, 2), (2, 5), (5, 10))):
        if lead < high:
            within = math.log(max(lead, 1.0) / low) / math.log(high / low)
            return 3 * decade + step + 0.5 + within
    return 3 * (decade + 1) + 0.5


def _spread_said(data: pd.DataFrame, shown: list[str]) -> str:
    profile = data.drop_duplicates("product_category").set_index("product_category").loc[shown]
    ratio = profile["mean_amount"] / profile["percentile_50_amount"].where(
        profile["percentile_50_amount"] > 0
    )
    if ratio.dropna().empty:
        return f"{count(data['account_count'].sum())} accounts by the size of their balance"
    name = ratio.idxmax()
    middle, mean = profile.loc[name, "percentile_50_amount"], profile.loc[name, "mean_amount"]
    said = f"Half of the {label(name)} accounts are below {money(middle)}"
    if ratio[name] > 1.5:
        return f"{said}, the mean is {money(mean)}: a few large balances pull it up"
    return f"{said}, and the mean is close to that: {money(mean)}"
