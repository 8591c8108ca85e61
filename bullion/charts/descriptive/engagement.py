"""How customers use the digital channels: daily to monthly users, devices."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from bullion.charts.formats import compared, count, is_missing, label, percent
from bullion.charts.registry import chart
from bullion.charts.theme import BLUE, GREEN, GREY, ORANGE, PALETTE, TEXT, present

SPANS = (
    ("monthly_customer_count", "In the month", BLUE),
    ("mean_weekly_customer_count", "In a week", GREEN),
    ("mean_daily_customer_count", "On a day", ORANGE),
)
MOST_DEVICES = 6


@chart(
    id="engagement_activity",
    category="descriptive",
    title="Digital users by day, week and month",
    question="How many customers use the digital channels, and how often do they come back?",
    reading="Lines: different customers with a session in the month, in seven days and on "
    "a day (the latter two on average over the month). Below, stickiness: the share of a "
    "month's users who are there on an average day; higher means that they come more "
    "often. A month that is not over is left out.",
    model="analytics_customer_engagement_metrics",
    query="select month_start, is_complete, mean_daily_customer_count, "
    "mean_weekly_customer_count, monthly_customer_count, stickiness_rate, session_count, "
    "as_of from analytics_customer_engagement_metrics order by month_start",
)
def engagement_activity(data: pd.DataFrame) -> go.Figure:
    """Three lines of users; beneath them stickiness."""
    rows = _finished(data)
    figure = make_subplots(
        rows=2,
        cols=1,
        shared_xaxes=True,
        row_heights=[0.66, 0.34],
        vertical_spacing=0.12,
        subplot_titles=["<b>Customers</b>", "<b>Stickiness</b>"],
    )
    for column, name, colour in SPANS:
        figure.add_scatter(
            x=rows["month_start"],
            y=rows[column],
            name=name,
            mode="lines+markers" if len(rows) < 2 else "lines",
            line={"color": colour, "width": 2.5},
            hovertemplate=f"%{{x|%B %Y}}<br>{name.lower()}: %{{y:,.0f}} customers<extra></extra>",
            row=1,
            col=1,
        )
    figure.add_scatter(
        x=rows["month_start"],
        y=rows["stickiness_rate"],
        mode="lines+markers" if len(rows) < 2 else "lines",
        line={"color": GREY, "width": 2.5},
        hovertemplate="%{x|%B %Y}<br>%{y:.1%} of the month's users on a day<extra></extra>",
        showlegend=False,
        row=2,
        col=1,
    )
    figure.update_annotations(x=0, xanchor="left", font={"size": 13, "color": TEXT})
    figure.update_yaxes(title="Customers", tickformat=",", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(
        title="Daily of monthly", tickformat=".0%", rangemode="tozero", nticks=4, row=2, col=1
    )
    figure.update_xaxes(type="date")
    n = f"{count(rows['session_count'].sum())} sessions in {count(len(rows))} months"
    return present(figure, _users_said(rows), data, n, height=540)


def _finished(data: pd.DataFrame) -> pd.DataFrame:
    """The months that are over; all of them where none is."""
    rows = data.dropna(subset=["month_start"])
    over = rows[rows["is_complete"].fillna(True).astype(bool)]
    return rows if over.empty else over


def _users_said(rows: pd.DataFrame) -> str:
    known = rows.dropna(subset=["monthly_customer_count"])
    if known.empty:
        return "Digital users by day, week and month"
    last = known.iloc[-1]
    users = count(last["monthly_customer_count"])
    said = f"{users} customers used the digital channels in {last['month_start']:%B %Y}"
    before = known[known["month_start"] == last["month_start"] - pd.DateOffset(years=1)]
    if len(before) and before.iloc[0]["monthly_customer_count"] > 0:
        rate = last["monthly_customer_count"] / before.iloc[0]["monthly_customer_count"] - 1
        said += f", {compared(rate, 'a year before', countable=True)}"
    if not is_missing(last["stickiness_rate"]):
        said += f"; on a day {percent(last['stickiness_rate'])} of them did"
    return said


@chart(
    id="engagement_by_device",
    category="descriptive",
    title="Sessions by device",
    question="Which devices do customers use, and how does that shift?",
    reading="The height of each band is the number of sessions on a device in a month; "
    "all bands together are all sessions. A month that is not over is left out.",
    model="analytics_engagement_by_device",
    query="select month_start, device_type, is_complete, session_count, "
    "session_share_rate, as_of from analytics_engagement_by_device order by month_start, "
    "device_type",
)
def engagement_by_device(data: pd.DataFrame) -> go.Figure:
    """Stacked areas of sessions, the largest device at the bottom."""
    rows = _finished(data).assign(session_count=lambda d: d["session_count"].fillna(0))
    rows["device_type"] = rows["device_type"].fillna("Unknown")
    sizes = rows.groupby("device_type")["session_count"].sum().sort_values(ascending=False)
    if len(sizes) > MOST_DEVICES:
        small = sizes.index[MOST_DEVICES - 1 :]
        other = f"Other ({len(small):,})"
        rows["device_type"] = rows["device_type"].where(~rows["device_type"].isin(small), other)
        order = [*sizes.index[: MOST_DEVICES - 1], other]
    else:
        order = list(sizes.index)
    wide = rows.pivot_table(
        index="month_start",
        columns="device_type",
        values="session_count",
        aggfunc="sum",
        fill_value=0,
    ).reindex(columns=order, fill_value=0)
    share = wide.div(wide.sum(axis=1).where(lambda total: total > 0), axis=0)
    figure = go.Figure()
    for name, colour in zip(order, PALETTE, strict=False):
        figure.add_scatter(
            x=wide.index,
            y=wide[name],
            name=label(name),
            mode="lines+markers" if len(wide) < 2 else "lines",
            line={"color": colour, "width": 1},
            fillcolor=colour,
            stackgroup="sessions",
            customdata=[percent(part) for part in share[name]],
            hovertemplate=f"<b>{label(name)}</b>, %{{x|%B %Y}}<br>%{{y:,}} sessions "
            "(%{customdata})<extra></extra>",
        )
    figure.update_yaxes(title="Sessions a month", tickformat=",", rangemode="tozero")
    figure.update_xaxes(type="date")
    n = f"{count(wide.to_numpy().sum())} sessions in {count(len(wide))} months"
    return present(figure, _devices_said(share), data, n)


def _devices_said(share: pd.DataFrame) -> str:
    known = share.dropna(how="all")
    if known.empty:
        return "Sessions by device"
    first, last = known.iloc[0], known.iloc[-1]
    most = str(last.idxmax())
    said = f"{most} carries {percent(last[most], 0)} of sessions"
    if len(known) == 1:
        return said
    moved = last[most] - first[most]
    if abs(moved) < 0.01:
        return f"{said}, as much as in {known.index[0]:%B %Y}"
    way = "up" if moved > 0 else "down"
    return f"{said}, {way} from {percent(first[most], 0)} in {known.index[0]:%B %Y}"
