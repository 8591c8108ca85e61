"""What business is done: key figures, categories."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from bullion.charts.descriptive.indicators import (
    INDICATOR_HEIGHT,
    Figure,
    indicator_grid,
    rows_of_grid,
)
from bullion.charts.formats import count, is_missing, label, money, percent
from bullion.charts.registry import chart
from bullion.charts.rows import current_and_year_ago
from bullion.charts.theme import (
    PAPER,
    SEQUENTIAL,
    present,
    top_and_other,
)

KEY_FIGURES = (
    Figure("transaction_count", "Transactions"),
    Figure("volume_amount", "Money moved"),
    Figure("inflow_amount", "Money in"),
    Figure("outflow_amount", "Money out", more_is="neither"),
    Figure("mean_amount", "Mean amount", ",.0f", more_is="neither"),
    Figure("median_amount", "Median amount", ",.0f", more_is="neither"),
    Figure("decline_rate", "Attempts declined", ".2%", more_is="bad"),
    Figure("fraud_rate", "Attempts fraudulent", ".3%", more_is="bad"),
)


@chart(
    id="transaction_kpis",
    category="descriptive",
    title="Transactions in figures",
    question="How many transactions are there, how much do they move, how many go wrong?",
    reading="Large: the last 30 days. Small, with the arrow: the change against the same "
    "30 days a year ago; green is for the better, red for the worse, grey neither. "
    "Declined and fraudulent are shares of what customers tried.",
    model="analytics_transaction_summary",
    query="select * from analytics_transaction_summary order by period_rank",
)
def transaction_kpis(data: pd.DataFrame) -> go.Figure:
    """Indicators of the current period, each with its change against a year ago."""
    now, before = current_and_year_ago(data)
    figure = indicator_grid(KEY_FIGURES, now, before)
    said = f"{money(now['volume_amount'])} moved in {count(now['transaction_count'])} transactions"
    moved = None if before is None else before["volume_amount_change_rate"]
    if moved is not None and not is_missing(moved):
        more = "more" if float(moved) >= 0 else "less"
        said += f", {percent(abs(float(moved)))} {more} than a year ago"
    if not is_missing(now["decline_rate"]):
        said += f"; {percent(now['decline_rate'])} of attempts were declined"
    height = 120 + INDICATOR_HEIGHT * rows_of_grid(KEY_FIGURES)
    return present(figure, said, data, "last 30 days against a year ago", height)


@chart(
    id="category_treemap",
    category="descriptive",
    title="Spending by merchant category",
    question="What do customers spend their money on?",
    reading="The larger the tile, the more money was spent in completed purchases of the "
    "category; the darker, the more a purchase costs. Written: the share of all spending, and "
    "what a purchase costs on average.",
    model="analytics_transaction_by_category",
    query="select merchant_category, purchase_amount, purchase_count, mean_ticket_amount, "
    "as_of from analytics_transaction_by_category where purchase_count > 0 order by "
    "purchase_amount desc, merchant_category",
)
def category_treemap(data: pd.DataFrame) -> go.Figure:
    """Tiles of money spent, coloured by the mean ticket."""
    rows = top_and_other(data, "merchant_category", "purchase_amount", ["purchase_count"])
    rows["mean_ticket_amount"] = rows["purchase_amount"] / rows["purchase_count"].where(
        rows["purchase_count"] > 0
    )
    total = rows["purchase_amount"].sum()
    share = rows["purchase_amount"] / (total or 1)
    figure = go.Figure(
        go.Treemap(
            # Words beneath one another fit the narrow tiles of a phone.
            labels=[label(name).replace(" ", "<br>") for name in rows["merchant_category"]],
            ids=[str(place) for place in range(len(rows))],
            parents=[""] * len(rows),
            values=rows["purchase_amount"].fillna(0),
            text=[
                f"{percent(part, 0)}<br>{count(ticket)} each"
                for part, ticket in zip(share, rows["mean_ticket_amount"], strict=True)
            ],
            textinfo="label+text",
            customdata=[
                f"<b>{label(name)}</b><br>{money(amount)} in {count(purchases)} purchases<br>"
                f"{percent(part)} of spending, {money(ticket)} a purchase"
                for name, amount, purchases, part, ticket in zip(
                    rows["merchant_category"],
                    rows["purchase_amount"],
                    rows["purchase_count"],
                    share,
                    rows["mean_ticket_amount"],
                    strict=True,
                )
            ],
            hovertemplate="%{customdata}<extra></extra>",
            marker={
                "colors": rows["mean_ticket_amount"].fillna(0),
                "colorscale": SEQUENTIAL,
                "cmin": 0,
                "line": {"color": PAPER, "width": 2},
                "pad": {"t": 0, "l": 0, "r": 0, "b": 0},
            },
            root={"color": PAPER},
            tiling={"pad": 2},
        )
    )
    figure.update_layout(
        uniformtext={"minsize": 11, "mode": "hide"}, margin={"l": 8, "r": 8, "b": 8}
    )
    return present(
        figure,
        _categories_said(rows, share),
        data,
        f"{count(rows['purchase_count'].sum())} purchases",
    )


def _categories_said(rows: pd.DataFrame, share: pd.Series) -> str:
    named = rows[~rows["merchant_category"].str.startswith("Other (")]
    if named.empty or share.isna().all():
        return "Spending by merchant category"
    first = named.head(3)
    together = float(share.loc[first.index].sum())
    said = f"{_listed(list(first['merchant_category']))} take {percent(together, 0)} of spending"
    tickets = named["mean_ticket_amount"].dropna()
    if tickets.empty:
        return said
    dearest = named.loc[tickets.idxmax()]
    return (
        f"{said}; a purchase costs most in {dearest['merchant_category']} ({money(tickets.max())})"
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
