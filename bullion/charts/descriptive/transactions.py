"""What business is done: key figures, channels, categories."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from bullion.charts.descriptive.indicators import (
    INDICATOR_HEIGHT,
    Figure,
    indicator_grid,
    rows_of_grid,
)
from bullion.charts.formats import compared, count, is_missing, label, money, percent
from bullion.charts.registry import chart
from bullion.charts.rows import current_and_year_ago
from bullion.charts.theme import (
    BLUE,
    ORANGE,
    PAPER,
    PURPLE,
    SEQUENTIAL,
    TEXT,
    error_bars,
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
MOST_CHANNELS = 8


@chart(
    id="transaction_kpis",
    category="descriptive",
    title="Transactions in figures",
    question="How many transactions are there, how much do they move, how many go wrong?",
    reading="Large: the last 30 days. Small, with the arrow: the change against the same "
    "30 days a year ago; green is for the better, red for the worse, grey neither. Money moved "
    "counts each movement once, also between two accounts of a customer, and no loan written off. "
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
        said += f", {compared(moved, 'a year ago', countable=False)}"
    if not is_missing(now["decline_rate"]):
        said += f"; {percent(now['decline_rate'])} of attempts were declined"
    height = 120 + INDICATOR_HEIGHT * rows_of_grid(KEY_FIGURES)
    return present(figure, said, data, "last 30 days against a year ago", height)


@chart(
    id="channel_mix",
    category="descriptive",
    title="Channels: business, declines and fraud",
    question="Through which channels does business come, and where does it go wrong most often?",
    reading="Above: each channel's share of transactions and of the money moved. Below: "
    "the share of attempts declined and the share that was fraud, with 95 % intervals "
    "that allow for customers who try often; where two do not overlap, the channels differ "
    "beyond chance.",
    model="analytics_transaction_by_channel",
    query="select channel, transaction_count, transaction_share_rate, volume_amount, "
    "volume_share_rate, decided_attempt_count, decline_rate, decline_ci_low, "
    "decline_ci_high, attempt_count, fraud_rate, fraud_ci_low, fraud_ci_high, as_of, "
    "reporting_currency, without_rate_count from "
    "analytics_transaction_by_channel order by transaction_count desc, channel",
)
def channel_mix(data: pd.DataFrame) -> go.Figure:
    """Three panels on one axis of channels: shares as bars, two rates as points with intervals."""
    total = data["transaction_count"].sum()
    shares = ["transaction_share_rate", "volume_share_rate"]
    rows = top_and_other(data, "channel", "transaction_count", shares, MOST_CHANNELS).iloc[::-1]
    names = [label(name) for name in rows["channel"]]
    figure = make_subplots(
        rows=3,
        cols=1,
        row_heights=[0.46, 0.27, 0.27],
        vertical_spacing=0.13,
        subplot_titles=[
            "<b>Share of business</b>",
            "<b>Declined, of attempts</b>",
            "<b>Fraud, of attempts</b>",
        ],
    )
    for column, name, colour in (
        ("volume_share_rate", "of the money", ORANGE),
        ("transaction_share_rate", "of transactions", BLUE),
    ):
        figure.add_bar(
            y=names,
            x=rows[column],
            orientation="h",
            name=f"Share {name}",
            marker_color=colour,
            hovertemplate=f"<b>%{{y}}</b><br>%{{x:.1%}} {name}<extra></extra>",
            row=1,
            col=1,
        )
    for place, (measure, n, said, colour) in enumerate(
        (
            ("decline", "decided_attempt_count", "declined", PURPLE),
            ("fraud", "attempt_count", "fraudulent", ORANGE),
        ),
        start=2,
    ):
        figure.add_scatter(
            y=names,
            x=rows[f"{measure}_rate"],
            error_x=error_bars(rows, f"{measure}_rate", f"{measure}_ci_low", f"{measure}_ci_high"),
            mode="markers",
            marker={"size": 9, "color": colour},
            customdata=[count(value) for value in rows[n]],
            hovertemplate=f"<b>%{{y}}</b><br>%{{x:.2%}} of %{{customdata}} attempts {said}"
            "<extra></extra>",
            showlegend=False,
            row=place,
            col=1,
        )
    figure.update_annotations(x=0, xanchor="left", font={"size": 13, "color": TEXT})
    figure.update_layout(barmode="group", legend={"traceorder": "reversed"})
    figure.update_yaxes(type="category", gridcolor=PAPER)
    figure.update_xaxes(tickformat=".0%", rangemode="tozero", nticks=6, row=1, col=1)
    figure.update_xaxes(tickformat=".1%", rangemode="tozero", nticks=6, row=2, col=1)
    figure.update_xaxes(tickformat=".2%", rangemode="tozero", nticks=6, row=3, col=1)
    figure.update_xaxes(title="Share of attempts", row=3, col=1)
    return present(
        figure, _channels_said(rows), data, f"{count(total)} transactions, all years", height=720
    )


def _channels_said(rows: pd.DataFrame) -> str:
    said = []
    if rows["volume_share_rate"].notna().any():
        most = rows.loc[rows["volume_share_rate"].idxmax()]
        said.append(f"{most['channel']} moves {percent(most['volume_share_rate'], 0)} of the money")
    rates = rows.dropna(subset=["decline_rate"])
    if len(rates) > 1:
        worst, best = (
            rates.loc[rates["decline_rate"].idxmax()],
            rates.loc[rates["decline_rate"].idxmin()],
        )
        said.append(
            f"{worst['channel']} declines {percent(worst['decline_rate'])} of attempts, "
            f"{best['channel']} {percent(best['decline_rate'])}"
        )
    return "; ".join(said) or "Business by channel"


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
    "as_of, reporting_currency, without_rate_count "
    "from analytics_transaction_by_category where purchase_count > 0 order by "
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
