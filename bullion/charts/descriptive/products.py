"""What the products bring: holders, growth, income."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from bullion.charts.formats import change, count, is_missing, money, percent
from bullion.charts.registry import chart
from bullion.charts.rows import distinct_labels, row_of_most
from bullion.charts.theme import MUTED, PALETTE, PAPER, present, top_and_other

OTHER = "Other"


@chart(
    id="product_portfolio",
    category="descriptive",
    title="Products by holders",
    question="Which products do customers hold, which of them grow, and which bring income?",
    reading="Each bar is the customers who hold a product, coloured by its kind. Beside it: how "
    "many more accounts are open than a year ago, where the product has accounts. Hover for "
    "balances and income, which is fees and interest earned less interest paid.",
    model="analytics_product_summary",
    query="select product_id, product_name, product_category, holder_count, account_growth_rate, "
    "deposit_balance_amount + invested_balance_amount + other_balance_amount as held_amount, "
    "owed_balance_amount, income_amount, income_share_rate, as_of, "
    "reporting_currency, without_rate_count "
    "from analytics_product_summary order by product_rank",
)
def product_portfolio(data: pd.DataFrame) -> go.Figure:
    """Bars of holders by product; the title sets the most held against the most earning."""
    data["product_category"] = data["product_category"].fillna("Unknown")
    sums = ["held_amount", "owed_balance_amount", "income_amount", "income_share_rate"]
    data["shown"] = distinct_labels(data, "product_name", "product_id")
    rows = top_and_other(data, "shown", "holder_count", sums, most=18)
    rows["product_category"] = rows["product_category"].fillna(OTHER)
    rows = rows.iloc[::-1]
    names = list(rows["shown"])
    largest = rows.groupby("product_category")["holder_count"].sum().sort_values(ascending=False)
    order = [name for name in largest.index if name != OTHER][: len(PALETTE) - 1]
    colours = dict(zip(order, PALETTE, strict=False))
    figure = go.Figure()
    for kind in [*order, OTHER]:
        of_kind = (
            rows["product_category"].eq(kind)
            if kind != OTHER
            else ~rows["product_category"].isin(order)
        )
        if not of_kind.any():
            continue
        part = rows[of_kind]
        figure.add_bar(
            y=[names[place] for place in range(len(rows)) if of_kind.iloc[place]],
            x=part["holder_count"],
            orientation="h",
            name=str(kind),
            marker_color=colours.get(kind, PALETTE[-1]),
            text=[
                "" if is_missing(rate) else change(rate, 0) for rate in part["account_growth_rate"]
            ],
            textposition="outside",
            textfont={"size": 11, "color": MUTED},
            cliponaxis=False,
            customdata=[
                f"{money(row.held_amount)} held, {money(row.owed_balance_amount)} owed"
                f"<br>{money(row.income_amount)} income in 12 months"
                f" ({percent(row.income_share_rate)} of all)"
                for row in part.itertuples()
            ],
            hovertemplate="<b>%{y}</b><br>%{x:,} holders<br>%{customdata}<extra></extra>",
        )
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(
        title="Holders",
        tickformat=",d",
        nticks=4,
        range=[0, 1.2 * max(1.0, float(rows["holder_count"].max()))],
    )
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=names, gridcolor=PAPER
    )
    n = f"{count(len(data))} products"
    return present(figure, _portfolio_said(data), data, n, height=200 + 24 * len(rows))


def _portfolio_said(data: pd.DataFrame) -> str:
    held, best = row_of_most(data, "holder_count"), row_of_most(data, "income_amount")
    if held is None:
        return "No product has a known number of holders"
    said = f"{held['shown']} has the most holders ({count(held['holder_count'])})"
    if best is None or best["income_amount"] <= 0:
        return said
    share = f"{percent(best['income_share_rate'], 0)} of income"
    if best.name == held.name:
        return f"{said} and brings {share}"
    return f"{said}; {best['shown']} brings {share}"
