"""How customers use the digital channels: daily to monthly users, devices."""

from __future__ import annotations

import pandas as pd

from bullion.charts.descriptive.campaigns import BY_MONTH, begun_by_month
from bullion.charts.floors import LEAST_UNITS, enough, rates_differ
from bullion.charts.formats import (
    change,
    compared,
    count,
    counted,
    is_missing,
    label,
    month,
    name,
    percent,
)
from bullion.charts.forms.lines import Line, Panel, lines
from bullion.charts.forms.notes import Note
from bullion.charts.registry import chart
from bullion.charts.rows import is_true, keys_of
from bullion.charts.source import Source
from bullion.charts.view import Strength, View

SPANS = (
    ("monthly_customer_count", "In the month", "in the month", 0),
    ("mean_weekly_customer_count", "In a week", "in a week", 2),
    ("mean_daily_customer_count", "On a day", "on a day", 1),
)
MOST_DEVICES = 5


@chart(
    id="engagement_activity",
    category="descriptive",
    title="Digital users by day, week and month",
    question="How many customers use the digital channels, and how often do they come back?",
    reading="Lines: different customers with a session in the month, in seven days and on a day "
    "(the latter two on average over the month). Below, stickiness: the share of a month's users "
    "who are there on an average day; higher means that they come more often. A month that is not "
    "over is left out. Triangles: months in which campaigns began, where these are few.",
    model="analytics_customer_engagement_metrics",
    source=Source(
        sql=f"""
            select
                metrics.month_start, is_complete, mean_daily_customer_count,
                mean_weekly_customer_count, monthly_customer_count, stickiness_rate,
                session_count, campaigns.campaign_count, metrics.as_of
            from analytics_customer_engagement_metrics as metrics
            {BY_MONTH} on campaigns.month_start = metrics.month_start
        """,
        order=("month_start",),
        filters={"date": "month_start"},
        recut="filterable",
    ),
    subject="digital",
    relation="change over time",
    form="lines",
    weight=6,
    needs=("digital_engagement",),
    window="all whole months",
    keywords=("DAU", "WAU", "MAU", "stickiness", "sessions", "app"),
)
def engagement_activity(data: pd.DataFrame) -> View | None:
    """Three lines of users; beneath them stickiness."""
    rows = _finished(data)
    if not rows["session_count"].sum():
        return None
    keys, at = keys_of(rows, "month_start"), rows["month_start"].tolist()
    users = [
        Line(
            shown,
            at,
            rows[column].tolist(),
            [
                f"<b>{month(start)}</b><br>{counted(value, 'customer')} {said}"
                for start, value in zip(at, rows[column], strict=True)
            ],
            role,
            keys=keys,
            end=said,
        )
        for column, shown, said, role in SPANS
    ]
    sticky = Line(
        "Stickiness",
        at,
        rows["stickiness_rate"].tolist(),
        [
            f"<b>{month(start)}</b><br>{percent(value)} of the month's users on a day"
            for start, value in zip(at, rows["stickiness_rate"], strict=True)
        ],
        "neutral",
        keys=keys,
        end=percent(rows["stickiness_rate"].dropna().iloc[-1])
        if rows["stickiness_rate"].notna().any()
        else "",
    )
    panels = [
        Panel(
            users, "count", "Customers", f"Users{_grown(rows)}", 260, events=begun_by_month(rows)
        ),
        Panel([sticky], "percent", "Share", "Of them, there on an average day", 130),
    ]
    strong = enough(rows["monthly_customer_count"].max())
    sessions = f"{counted(rows['session_count'].sum(), 'session')} in {counted(len(rows), 'month')}"
    return lines(panels).view(
        _users_said(rows) if strong else sessions,
        sessions,
        Strength.STRONG if strong else Strength.PLAIN,
        keys=("month_start",),
    )


def _finished(data: pd.DataFrame) -> pd.DataFrame:
    """The months that are over; all of them where none is."""
    rows = data.dropna(subset=["month_start"])
    over = rows[rows["is_complete"].isna() | is_true(rows["is_complete"])]
    return (rows if over.empty else over).reset_index(drop=True)


def _last_month(rows: pd.DataFrame) -> tuple[pd.Series, float | None]:
    """The last month, and the change on the year before where both have enough users."""
    last = rows.dropna(subset=["monthly_customer_count"]).iloc[-1]
    before = rows[rows["month_start"] == last["month_start"] - pd.DateOffset(years=1)]
    earlier = before["monthly_customer_count"].max()
    if not (enough(last["monthly_customer_count"]) and enough(earlier)):
        return last, None
    return last, float(last["monthly_customer_count"]) / float(earlier) - 1


def _grown(rows: pd.DataFrame) -> str:
    if not rows["monthly_customer_count"].notna().any():
        return ""
    rate = _last_month(rows)[1]
    return "" if rate is None else f", {change(rate)} on a year before"


def _users_said(rows: pd.DataFrame) -> str:
    last, rate = _last_month(rows)
    users = count(last["monthly_customer_count"])
    said = f"{users} customers used the digital channels in {month(last['month_start'])}"
    if rate is not None:
        said += f", {compared(rate, 'a year before', countable=True)}"
    if not is_missing(last["stickiness_rate"]) and last.name == rows.index[-1]:
        said += f"; on a day {percent(last['stickiness_rate'])} of them did"
    return said


@chart(
    id="engagement_by_device",
    category="descriptive",
    title="Sessions by device",
    question="Which devices do customers use, and how does that shift?",
    reading="Each line is a device's share of the sessions of a month; all together are 100 %. "
    "Hover for the number of sessions. A month that is not over is left out.",
    model="analytics_engagement_by_device",
    source=Source(
        relation="analytics_engagement_by_device",
        columns=(
            "month_start",
            "device_type",
            "is_complete",
            "session_count",
            "session_share_rate",
            "as_of",
        ),
        order=("month_start", "device_type"),
        filters={"date": "month_start", "device": "device_type"},
        recut="filterable",
    ),
    subject="digital",
    relation="part to whole",
    form="lines",
    weight=5,
    needs=("digital_engagement",),
    window="all whole months",
    keywords=("mobile", "app", "desktop", "tablet", "share"),
)
def engagement_by_device(data: pd.DataFrame) -> View | None:
    """A line a device: its share of the sessions of each month."""
    wide = _sessions(data)
    totals = wide.sum(axis=1)
    wide, totals = wide[totals > 0], totals[totals > 0]
    if wide.empty:
        return None
    share = wide.div(totals, axis=0)
    at = list(wide.index)
    drawn = [
        Line(
            name(device),
            at,
            share[device].tolist(),
            [
                f"<b>{label(device)}, {month(start)}</b><br>{percent(part)} of sessions, {count(n)}"
                for start, part, n in zip(at, share[device], wide[device], strict=True)
            ],
            place,
            keys=[[f"{start:%Y-%m-%d}", str(device)] for start in at],
            end=f"{label(device, 12)} {percent(share[device].iloc[-1], 0)}",
        )
        for place, device in enumerate(wide.columns)
    ]
    most = share.iloc[-1].idxmax()
    full = share[totals >= LEAST_UNITS][most]
    notes = [Note(percent(full.iloc[0], 0), x=at[0], y=full.iloc[0])] if len(full) else []
    panel = Panel(drawn, "percent", "Share of sessions", height=340, notes=notes)
    total = totals.sum()
    strong = len(wide.columns) > 1 and enough(total)
    n = f"{counted(total, 'session')} in {counted(len(wide), 'month')}"
    return lines([panel]).view(
        _devices_said(share, totals) if strong else n,
        n,
        Strength.WEAK if strong else Strength.PLAIN,
        keys=("month_start", "device_type"),
    )


def _sessions(data: pd.DataFrame) -> pd.DataFrame:
    """Sessions by month (rows) and device (columns), the largest first, small ones as one."""
    rows = _finished(data).assign(session_count=lambda d: d["session_count"].fillna(0))
    rows["device_type"] = rows["device_type"].fillna("Unknown")
    sizes = rows.groupby("device_type")["session_count"].sum().sort_values(ascending=False)
    order = list(sizes.index)
    if len(sizes) > MOST_DEVICES:
        small = sizes.index[MOST_DEVICES - 1 :]
        other = f"Other ({len(small):,})"
        rows["device_type"] = rows["device_type"].where(~rows["device_type"].isin(small), other)
        order = [*sizes.index[: MOST_DEVICES - 1], other]
    wide = rows.pivot_table(
        index="month_start", columns="device_type", values="session_count", aggfunc="sum"
    )
    return wide.reindex(columns=order).astype("float64").fillna(0.0)


def _devices_said(share: pd.DataFrame, totals: pd.Series) -> str:
    """The largest share now against the first month of enough sessions."""
    most = share.iloc[-1].idxmax()
    said = f"{name(most)} carries {percent(share.iloc[-1][most], 0)} of sessions"
    full = share[totals >= LEAST_UNITS]
    if len(full) < 2 or totals.iloc[-1] < LEAST_UNITS:
        return said
    first, last = full.iloc[0][most], share.iloc[-1][most]
    begun = month(full.index[0])
    if not rates_differ(last, totals.iloc[-1], first, totals[full.index[0]]):
        return f"{said}, as in {begun} but for chance"
    way = "up" if last > first else "down"
    return f"{said}, {way} from {percent(first, 0)} in {begun}"
