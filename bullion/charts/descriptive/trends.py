"""How business goes over time: every day with the odd ones, every month against the year before."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from bullion.charts.formats import change, compared, count, is_missing, money
from bullion.charts.registry import chart
from bullion.charts.theme import BLUE, GREY, MUTED, ORANGE, PAPER, TEXT, present

# Odd days that are written out, of the ups and of the downs; the others are marked only.
MOST_NAMED_DAYS = 3
# Two written days are this part of the picture's width apart, on a phone the width of a label.
LABEL_WIDTH = 0.22


@chart(
    id="daily_trend",
    category="descriptive",
    title="Every day, and the odd ones",
    question="How does business go from day to day, and which days were odd?",
    reading="Light: what customers tried to do each day. Dark: the mean of the 30 days "
    "before. Orange: days far from what is usual for the season, the weekday and the day "
    "of the month, with how far; an outage, a campaign or an error in the data may be "
    "behind them.",
    model="analytics_daily_transaction_trend",
    query="select transaction_date, attempt_count, mean_30_day_attempt_count, "
    "expected_count, deviation_rate, robust_z_score, is_anomaly, as_of from "
    "analytics_daily_transaction_trend order by transaction_date",
)
def daily_trend(data: pd.DataFrame) -> go.Figure:
    """An area of daily counts, the mean of 30 days as a line, odd days marked and named."""
    rows = data.dropna(subset=["transaction_date"])
    figure = go.Figure()
    figure.add_scatter(
        x=rows["transaction_date"],
        y=rows["attempt_count"],
        name="A day",
        mode="lines",
        line={"color": "#7FB2D6", "width": 1},
        fill="tozeroy",
        fillcolor="rgba(0, 114, 178, 0.12)",
        hovertemplate="%{x|%a %e %b %Y}<br>%{y:,} attempts<extra></extra>",
    )
    figure.add_scatter(
        x=rows["transaction_date"],
        y=rows["mean_30_day_attempt_count"],
        name="Mean of 30 days",
        mode="lines",
        line={"color": BLUE, "width": 2.5},
        hovertemplate="%{x|%e %b %Y}<br>%{y:,.0f} a day over 30 days<extra></extra>",
    )
    odd = rows[rows["is_anomaly"].fillna(False).astype(bool)].dropna(subset=["attempt_count"])
    texts, sides = _names_of_odd_days(rows, odd)
    figure.add_scatter(
        x=odd["transaction_date"],
        y=odd["attempt_count"],
        name="Odd day",
        mode="markers+text",
        marker={"color": ORANGE, "size": 10, "line": {"color": PAPER, "width": 1}},
        text=texts,
        textposition=sides,
        textfont={"size": 12, "color": TEXT},
        customdata=[
            f"{change(rate, 0)} against {count(usual)} expected"
            for rate, usual in zip(odd["deviation_rate"], odd["expected_count"], strict=True)
        ],
        hovertemplate="<b>%{x|%a %e %b %Y}</b><br>%{y:,} attempts<br>%{customdata}<extra></extra>",
    )
    most = float(rows["attempt_count"].max()) if rows["attempt_count"].notna().any() else 1.0
    figure.update_yaxes(title="Attempts a day", range=[0, 1.18 * most], tickformat=",")
    figure.update_xaxes(type="date")
    n = f"{count(rows['attempt_count'].sum())} attempts on {count(len(rows))} days"
    return present(figure, _days_said(odd), data, n, height=480)


def _names_of_odd_days(rows: pd.DataFrame, odd: pd.DataFrame) -> tuple[list[str], list[str]]:
    """The text of each odd day and its place: of the farthest ones that leave each other room.

    The others have an empty text. Near the picture's edges a text stands on the inner side.
    """
    first, last = rows["transaction_date"].min(), rows["transaction_date"].max()
    length = max((last - first).days, 1) if len(rows) else 1
    texts, sides = dict.fromkeys(odd.index, ""), dict.fromkeys(odd.index, "top center")
    known = odd.dropna(subset=["deviation_rate"])
    for is_up in (True, False):
        taken: list[float] = []
        days = known[(known["deviation_rate"] > 0) == is_up]
        for index in days["robust_z_score"].abs().sort_values(ascending=False).index:
            day, rate = days.loc[index, "transaction_date"], days.loc[index, "deviation_rate"]
            middle = (day - first).days / length
            side = "center"
            if middle < LABEL_WIDTH / 2:
                side, middle = "right", middle + LABEL_WIDTH / 2
            elif middle > 1 - LABEL_WIDTH / 2:
                side, middle = "left", middle - LABEL_WIDTH / 2
            sides[index] = f"{'top' if is_up else 'bottom'} {side}"
            has_room = all(abs(middle - other) >= LABEL_WIDTH for other in taken)
            if has_room and len(taken) < MOST_NAMED_DAYS:
                taken.append(middle)
                texts[index] = f"{_day(day)}<br>{change(rate, 0)}"
    return list(texts.values()), list(sides.values())


def _days_said(odd: pd.DataFrame) -> str:
    known = odd.dropna(subset=["deviation_rate"])
    if known.empty:
        return "No day was far from what is usual" if odd.empty else f"{count(len(odd))} odd days"
    days = "day stands out" if len(odd) == 1 else "days stand out"
    parts = []
    for name, place in (
        ("busiest", known["deviation_rate"].idxmax()),
        ("quietest", known["deviation_rate"].idxmin()),
    ):
        rate = float(known.loc[place, "deviation_rate"])
        if (rate > 0) == (name == "busiest"):
            parts.append(f"{name} {_day(known.loc[place, 'transaction_date'])} ({change(rate, 0)})")
    return f"{count(len(odd))} {days}: {', '.join(parts)}"


@chart(
    id="monthly_trend",
    category="descriptive",
    title="Money moved by month",
    question="How does business grow from month to month and from year to year?",
    reading="Bars: money that came in, went out or moved between accounts of one customer in "
    "each month, each movement once; loans written off are losses and no movement. A pale last "
    "bar is a month that is not over. Line: how much more or less that is than in the same month "
    "a year before, free of the season.",
    model="analytics_monthly_transaction_trend",
    query="select month_start, year, is_complete, transaction_count, inflow_amount, "
    "outflow_amount, internal_transfer_amount, volume_amount, volume_year_change_rate, "
    "year_to_date_volume_amount, year_to_date_change_rate, as_of, "
    "reporting_currency, without_rate_count from "
    "analytics_monthly_transaction_trend order by month_start",
)
def monthly_trend(data: pd.DataFrame) -> go.Figure:
    """Stacked bars of money in, out and within; beneath them the change on the year as a line."""
    rows = data.dropna(subset=["month_start"])
    over = rows["is_complete"].fillna(True).astype(bool)
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        row_heights=[0.64, 0.36],
        vertical_spacing=0.12,
        subplot_titles=["<b>Money moved</b>", "<b>Change on the year before</b>"],
    )
    within = rows["internal_transfer_amount"]
    for amounts, name, colour in (
        (rows["outflow_amount"] - within, "Money out", ORANGE),
        (rows["inflow_amount"] - within, "Money in", BLUE),
        (within, "Between own accounts", GREY),
    ):
        if name == "Between own accounts" and not within.any():
            continue
        figure.add_bar(
            x=rows["month_start"],
            y=amounts,
            name=name,
            marker={"color": colour, "opacity": [1.0 if whole else 0.45 for whole in over]},
            hovertemplate=f"%{{x|%B %Y}}<br>{name}: %{{y:,.0f}}<extra></extra>",
            row=1,
            col=1,
        )
    figure.add_scatter(
        x=rows["month_start"],
        y=rows["volume_year_change_rate"],
        mode="lines+markers",
        line={"color": GREY, "width": 2},
        marker={"size": 6},
        hovertemplate="%{x|%B %Y}<br>%{y:+.1%} on the year before<extra></extra>",
        showlegend=False,
        row=2,
        col=1,
    )
    figure.update_annotations(x=0, xanchor="left", font={"size": 13, "color": TEXT})
    figure.update_layout(barmode="stack", bargap=0.15, legend={"traceorder": "reversed"})
    figure.update_yaxes(title="Amount a month", tickformat="~s", nticks=6, row=1, col=1)
    figure.update_yaxes(
        title="Change",
        tickformat="+.0%",
        zeroline=True,
        zerolinecolor=MUTED,
        nticks=5,
        row=2,
        col=1,
    )
    # An axis of dates also where no month has a year before it.
    figure.update_xaxes(type="date")
    n = f"{count(rows['transaction_count'].sum())} transactions in {count(len(rows))} months"
    return present(figure, _months_said(rows), data, n, height=560)


def _months_said(rows: pd.DataFrame) -> str:
    years = rows.dropna(subset=["year", "year_to_date_volume_amount"])
    if years.empty:
        return "Money moved by month"
    last = years.iloc[-1]
    whole = last["month_start"].month == 12 and bool(last["is_complete"])
    year = f"{int(last['year'])}{'' if whole else ' so far'}"
    said = f"{year} moved {money(last['year_to_date_volume_amount'])}"
    if not is_missing(last["year_to_date_change_rate"]):
        than = "the year before" if whole else "the same days of the year before"
        said += f", {compared(last['year_to_date_change_rate'], than, countable=False)}"
    return said


def _day(value: pd.Timestamp) -> str:
    return f"{value.day} {value:%b %Y}"
