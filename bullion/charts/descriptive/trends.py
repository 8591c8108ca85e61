"""How business goes over time: every day with the odd ones, every month and year."""

from __future__ import annotations

import pandas as pd

from bullion.charts.descriptive.campaigns import (
    BY_DAY,
    BY_MONTH,
    begun_by_day,
    begun_by_month,
)
from bullion.charts.floors import LEAST_UNITS, enough
from bullion.charts.formats import (
    change,
    compared,
    count,
    counted,
    currency_of,
    day,
    is_missing,
    money,
    month,
)
from bullion.charts.forms.lines import Line, Panel, Points, lines
from bullion.charts.registry import chart
from bullion.charts.rows import is_true, keys_of, numbers
from bullion.charts.source import Source
from bullion.charts.view import Strength, View

# Odd days that are written out, of the ups and of the downs; the others are marked only.
MOST_NAMED_DAYS = 3
# Two written days are this part of the picture's width apart, on a phone the width of a label.
LABEL_WIDTH = 0.28


@chart(
    id="daily_trend",
    category="descriptive",
    title="Every day, and the odd ones",
    question="How does business go from day to day, and which days were odd?",
    reading="Thin: what customers tried to do each day. Thick: the mean of the 30 days before. "
    "Marked: days far from what is usual for the season, the weekday and the day of the month, "
    "with how far; an outage, a campaign or an error in the data may be behind them. Triangles "
    "below: days on which a campaign began, where these are few.",
    model="analytics_daily_transaction_trend",
    source=Source(
        sql=f"""
            select
                transaction_date, attempt_count, mean_30_day_attempt_count, expected_count,
                deviation_rate, robust_z_score, is_anomaly, campaigns.campaign_names, trend.as_of
            from analytics_daily_transaction_trend as trend
            {BY_DAY} on campaigns.start_date = trend.transaction_date
        """,
        order=("transaction_date",),
        filters={"date": "transaction_date"},
    ),
    subject="payments",
    relation="change over time",
    form="lines",
    weight=6,
    size="full",
    needs=("transactions",),
    window="all years",
    explains=("transaction_kpis", "monthly_trend"),
    keywords=("anomaly", "outlier", "outage", "holiday", "time series", "campaign"),
    uses_truth=("T21",),
)
def daily_trend(data: pd.DataFrame) -> View | None:
    """Daily counts as a thin line, the mean of 30 days as a thick one, odd days named."""
    rows = data.dropna(subset=["transaction_date"]).reset_index(drop=True)
    rows = numbers(rows, "attempt_count", "deviation_rate", "robust_z_score", "expected_count")
    total = rows["attempt_count"].sum()
    if not total:
        return None
    keys = keys_of(rows, "transaction_date")
    drawn = [
        Line(
            "A day",
            rows["transaction_date"].tolist(),
            rows["attempt_count"].tolist(),
            [
                f"<b>{day(at)}</b><br>{counted(value, 'attempt')}"
                for at, value in zip(rows["transaction_date"], rows["attempt_count"], strict=True)
            ],
            "neutral",
            thin=True,
            keys=keys,
        ),
        Line(
            "Mean of 30 days",
            rows["transaction_date"].tolist(),
            rows["mean_30_day_attempt_count"].tolist(),
            [
                f"<b>{day(row.transaction_date)}</b><br>"
                f"{count(row.mean_30_day_attempt_count)} a day over 30 days"
                for row in rows.itertuples()
            ],
            keys=keys,
            end="30-day<br>mean",
        ),
    ]
    odd = rows[is_true(rows["is_anomaly"])].dropna(subset=["attempt_count"])
    texts, sides = _names_of_odd_days(rows, odd)
    marks = Points(
        "Odd days",
        [f"{at:%Y-%m-%d}" for at in odd["transaction_date"]],
        odd["attempt_count"].tolist(),
        [
            f"<b>{day(row.transaction_date)}</b><br>{counted(row.attempt_count, 'attempt')}"
            f"<br>{change(row.deviation_rate, 0)} against {count(row.expected_count)} expected"
            for row in odd.itertuples()
        ],
        texts,
        sides,
        keys_of(odd, "transaction_date"),
    )
    panel = Panel(
        drawn,
        "count",
        "Attempts a day",
        _marked(len(odd)),
        height=380,
        points=[marks] if len(odd) else [],
        events=begun_by_day(rows),
        high=1.08 * float(rows["attempt_count"].max()),
    )
    # A day is compared with others: it has to have enough attempts.
    strong = len(rows) >= LEAST_UNITS and enough(rows["attempt_count"].median())
    return lines([panel]).view(
        _days_said(odd)
        if strong
        else f"{counted(total, 'attempt')} on {counted(len(rows), 'day')}",
        f"{counted(total, 'attempt')} on {counted(len(rows), 'day')}",
        Strength.WEAK if strong and len(odd) else Strength.PLAIN,
        keys=("transaction_date",),
    )


def _marked(days: int) -> str:
    if not days:
        return "No odd day"
    return "1 odd day is marked" if days == 1 else f"{count(days)} odd days are marked"


def _names_of_odd_days(rows: pd.DataFrame, odd: pd.DataFrame) -> tuple[list[str], list[str]]:
    """The text of each odd day and its place: the busiest and the quietest, and the farthest ones
    that leave each other room.

    The others have an empty text. Near the picture's edges a text stands on the inner side.
    """
    first, last = rows["transaction_date"].min(), rows["transaction_date"].max()
    length = max((last - first).days, 1) if len(rows) else 1
    texts, sides = dict.fromkeys(odd.index, ""), dict.fromkeys(odd.index, "top center")
    known = odd.dropna(subset=["deviation_rate"])
    for is_up in (True, False):
        taken: list[float] = []
        days = known[(known["deviation_rate"] > 0) == is_up]
        # The one that the finding names first.
        order = days["deviation_rate"].abs().sort_values(ascending=False).index[:1]
        rest = days["robust_z_score"].abs().sort_values(ascending=False).index
        for index in [*order, *(each for each in rest if each not in order)]:
            at, rate = days.loc[index, "transaction_date"], days.loc[index, "deviation_rate"]
            middle = (at - first).days / length
            side = "center"
            if middle < LABEL_WIDTH / 2:
                side, middle = "right", middle + LABEL_WIDTH / 2
            elif middle > 1 - LABEL_WIDTH / 2:
                side, middle = "left", middle - LABEL_WIDTH / 2
            sides[index] = f"{'top' if is_up else 'bottom'} {side}"
            has_room = all(abs(middle - other) >= LABEL_WIDTH for other in taken)
            if has_room and len(taken) < MOST_NAMED_DAYS:
                taken.append(middle)
                texts[index] = f"{day(at)}<br>{change(rate, 0)}"
    return list(texts.values()), list(sides.values())


def _days_said(odd: pd.DataFrame) -> str:
    known = odd.dropna(subset=["deviation_rate"])
    if odd.empty:
        return "No day was far from what is usual"
    named = "day stands out" if len(odd) == 1 else "days stand out"
    parts = []
    for word, is_up in (("busiest", True), ("quietest", False)):
        days = known[(known["deviation_rate"] > 0) == is_up]
        if len(days):
            farthest = days.loc[days["deviation_rate"].abs().idxmax()]
            rate = change(farthest["deviation_rate"], 0)
            parts.append(f"{word} {day(farthest['transaction_date'])} ({rate})")
    said = f"{count(len(odd))} {named}"
    return f"{said}: {', '.join(parts)}" if parts else said


@chart(
    id="monthly_trend",
    category="descriptive",
    title="Money moved by month",
    question="How does business grow from month to month and from year to year?",
    reading="Up: money that came in each month; down: money that went out; line: what stayed. "
    "Money between two accounts of one customer is in neither. A pale last bar is a month that is "
    "not over. Below: all money moved in a year, each movement once, with its change on the year "
    "before; loans written off are losses and no movement. Triangles: months in which campaigns "
    "began, where these are few.",
    model="analytics_monthly_transaction_trend",
    source=Source(
        sql=f"""
            select
                trend.month_start, year, is_complete, transaction_count, inflow_amount,
                outflow_amount, internal_transfer_amount, volume_amount, volume_year_change_rate,
                year_to_date_volume_amount, year_to_date_change_rate, campaigns.campaign_count,
                trend.as_of, reporting_currency, without_rate_count
            from analytics_monthly_transaction_trend as trend
            {BY_MONTH} on campaigns.month_start = trend.month_start
        """,
        order=("month_start",),
        filters={"date": "month_start"},
        recut="filterable",
    ),
    subject="payments",
    relation="change over time",
    form="lines",
    weight=8,
    size="full",
    needs=("transactions",),
    window="all years",
    explains=("transaction_kpis",),
    keywords=("inflow", "outflow", "net flow", "growth", "year on year", "volume"),
)
def monthly_trend(data: pd.DataFrame) -> View | None:
    """Bars of money in and out with the net as a line; beneath them the years."""
    amounts = ("inflow_amount", "outflow_amount", "internal_transfer_amount")
    rows = numbers(data.dropna(subset=["month_start"]), *amounts, "year_to_date_volume_amount")
    rows = rows.reset_index(drop=True)
    if rows.empty or not rows["transaction_count"].sum():
        return None
    currency = currency_of(data)
    within = rows["internal_transfer_amount"].fillna(0)
    came, went = rows["inflow_amount"] - within, rows["outflow_amount"] - within
    pale = [not is_missing(value) and not value for value in rows["is_complete"]]
    keys, at = keys_of(rows, "month_start"), rows["month_start"].tolist()
    hovers = [
        f"<b>{month(start)}</b><br>{money(into, currency)} in, {money(out, currency)} out"
        f"<br>{money(into - out, currency)} net, "
        f"{money(own, currency)} between accounts of one customer"
        for start, into, out, own in zip(at, came, went, within, strict=True)
    ]
    drawn = [
        Line("In", at, came.tolist(), hovers, 0, shape="bars", pale=pale, keys=keys, end="in"),
        Line("Out", at, (-went).tolist(), hovers, 1, shape="bars", pale=pale, keys=keys, end="out"),
        Line("Net", at, (came - went).tolist(), hovers, "ink", keys=keys, end="net"),
    ]
    years = rows.dropna(subset=["year", "year_to_date_volume_amount"])
    years = years.groupby("year").tail(1).tail(8)
    texts = [_of_year(row, "") for row in years.itertuples()]
    middles = [f"{int(year)}-07-01" for year in years["year"]]
    totals = Points(
        "Years",
        middles,
        years["year_to_date_volume_amount"].tolist(),
        [f"<b>{int(row.year)}</b><br>{_of_year(row, currency)}" for row in years.itertuples()],
        texts,
        keys=keys_of(years, "year"),
    )
    most = float(years["year_to_date_volume_amount"].max()) if len(years) else 1.0
    unit = f", {currency}" if currency else ""
    panels = [
        Panel(
            drawn,
            "money",
            f"A month{unit}",
            "In and out by month",
            300,
            events=begun_by_month(rows),
        ),
        Panel([], "money", f"A year{unit}", "Money moved by year", 150, [totals], high=1.35 * most),
    ]
    said = _months_said(years, currency)
    total = counted(rows["transaction_count"].sum(), "transaction")
    n = f"{total} in {counted(len(rows), 'month')}"
    strong = len(years) > 0 and enough(
        rows.loc[rows["year"].eq(years["year"].iloc[-1]), "transaction_count"].sum()
    )
    return lines(panels).view(
        said if strong else n,
        n,
        Strength.STRONG if strong else Strength.PLAIN,
        keys=("month_start",),
    )


def _of_year(row: object, currency: str) -> str:
    volume = money(row.year_to_date_volume_amount, currency)  # type: ignore[attr-defined]
    rate = row.year_to_date_change_rate  # type: ignore[attr-defined]
    return volume if is_missing(rate) else f"{volume}<br>{change(rate)}"


def _months_said(years: pd.DataFrame, currency: str) -> str:
    if years.empty:
        return ""
    last = years.iloc[-1]
    whole = last["month_start"].month == 12 and bool(
        not is_missing(last["is_complete"]) and last["is_complete"]
    )
    year = f"{int(last['year'])}{'' if whole else ' so far'}"
    said = f"{year} moved {money(last['year_to_date_volume_amount'], currency)}"
    if not is_missing(last["year_to_date_change_rate"]):
        than = "the year before" if whole else "the same days of the year before"
        said += f", {compared(last['year_to_date_change_rate'], than, countable=False)}"
    return said
