"""The front page's key figures: what a reader wants to know first, with their past and target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg

from bullion.charts import formats
from bullion.report.entries import Entry

MONTHS = 13
Form = Callable[[Any], str]
_SUMMARY = "fact_customer_monthly_summary"
_TREND = "analytics_monthly_transaction_trend"


@dataclass(frozen=True)
class Headline:
    """A figure of today with its change: a column of a table that has a row a period, and in the
    row of an earlier period the change since.

    ``monthly`` is what gives it for a month of ``past``; of a month that has begun only, none.
    ``is_rate``: it is a fraction, whose change is one of points.
    """

    label: str
    form: Form
    column: str
    model: str
    chart: str
    more_is: Literal["good", "bad"] = "good"
    monthly: str = ""
    past: str = ""
    is_rate: bool = False

    @property
    def query(self) -> str:
        """The value now and a year ago, and its relative change where the table has one."""
        change = f"{self.column}_change_rate"
        moved = (
            f"now.{self.column} - earlier.{self.column}" if self.is_rate else f"earlier.{change}"
        )
        return (
            f"select now.{self.column}, {moved} from {self.model} as now"
            f" left join {self.model} as earlier on earlier.period = 'prior_year'"
            " where now.period = 'current'"
        )

    @property
    def past_query(self) -> str:
        """The last months, oldest first."""
        return (
            f"select value from (select month_start, {self.monthly} as value from {self.past}"
            " where month_start < date_trunc('month', (select max(as_of) from"
            " analytics_customer_overview) + interval '1 day')"
            f" group by month_start order by month_start desc limit {MONTHS}) as months"
            " where value is not null order by month_start"
        )

    @property
    def target_metric(self) -> str:
        """What ref_kpi_targets calls it: the rate itself, of an amount its change in a year."""
        return self.column if self.is_rate else f"{self.column}_change_rate"


@dataclass(frozen=True)
class Figure:
    """A headline figure as it is shown. ``judgement``: good, bad or neither."""

    label: str
    value: str
    change: str
    judgement: str
    past: Sequence[float]
    target: str
    address: str


HEADLINES = (
    Headline(
        "Customers",
        formats.count,
        "customer_count",
        "analytics_customer_overview",
        "customer_kpis",
        monthly="count(*) filter (where not is_away)",
        past=_SUMMARY,
    ),
    Headline(
        "Deposits",
        formats.money,
        "deposit_balance_amount",
        "analytics_customer_overview",
        "customer_kpis",
        monthly="sum(deposit_balance_amount)",
        past=_SUMMARY,
    ),
    Headline(
        "Lent and owed",
        formats.money,
        "owed_balance_amount",
        "analytics_customer_overview",
        "customer_kpis",
        monthly="sum(owed_balance_amount)",
        past=_SUMMARY,
    ),
    Headline(
        "Money moved in 30 days",
        formats.money,
        "volume_amount",
        "analytics_transaction_summary",
        "transaction_kpis",
        monthly="sum(volume_amount)",
        past=_TREND,
    ),
    Headline(
        "Attempts declined in 30 days",
        formats.percent,
        "decline_rate",
        "analytics_transaction_summary",
        "transaction_kpis",
        more_is="bad",
        monthly="max(decline_rate)",
        past=_TREND,
        is_rate=True,
    ),
    Headline(
        "Owed by loans 30 days late",
        formats.percent,
        "portfolio_at_risk_30_rate",
        "analytics_loan_risk",
        "loan_risk",
        more_is="bad",
        is_rate=True,
    ),
)


def headline_figures(connection: psycopg.Connection[Any], entries: Sequence[Entry]) -> list[Figure]:
    """The figures whose chart was drawn and whose table holds more than nothing.

    What a chart's own cards say of a figure goes before what is reckoned here.
    """
    shown = {entry.id: entry for entry in entries if entry.is_shown}
    targets = _targets(connection)
    found = []
    for headline in HEADLINES:
        entry = shown.get(headline.chart)
        row = _row(connection, headline.query) if entry else None
        if entry is None or row is None or not row[0]:
            continue
        card = entry.cards.get(headline.column, {})
        target = targets.get(headline.target_metric)
        judged = row[0] if headline.is_rate else row[1]
        found.append(
            Figure(
                label=headline.label,
                value=card.get("value") or headline.form(row[0]),
                change=_change(headline, row[1], card),
                judgement=card["judgement"] if card.get("change") else _judged(headline, row[1]),
                past=card.get("past") or _past(connection, headline),
                target=_target(headline, target, judged),
                address=entry.address,
            )
        )
    return found


def _change(headline: Headline, moved: Any, card: Mapping[str, Any]) -> str:
    if card.get("change"):
        return str(card["change"])
    if moved is None:
        return ""
    return formats.points(moved) if headline.is_rate else formats.change(moved)


def _judged(headline: Headline, moved: Any) -> str:
    if moved is None or abs(float(moved)) < 0.0005:
        return "neither"
    return "good" if (float(moved) > 0) == (headline.more_is == "good") else "bad"


def _target(headline: Headline, target: tuple[Any, ...] | None, value: Any) -> str:
    """The target and on which side of it the bank is, in words."""
    if target is None or value is None:
        return ""
    direction, wanted = target
    met = value >= wanted if direction == "up" else value <= wanted
    word = "at least" if direction == "up" else "at most"
    said = formats.percent(wanted) if headline.is_rate else f"{formats.change(wanted)} a year"
    return f"{'On' if met else 'Off'} target: {word} {said}"


def _targets(connection: psycopg.Connection[Any]) -> dict[str, tuple[Any, ...]]:
    query = "select metric, direction, target_value from ref_kpi_targets"
    return {metric: (direction, value) for metric, direction, value in _rows(connection, query)}


def _past(connection: psycopg.Connection[Any], headline: Headline) -> list[float]:
    if not headline.past:
        return []
    return [float(value) for (value,) in _rows(connection, headline.past_query)]


def _row(connection: psycopg.Connection[Any], query: str) -> tuple[Any, ...] | None:
    return next(iter(_rows(connection, query)), None)


def _rows(connection: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    """The rows; none where a table is not built."""
    try:
        with connection.transaction():
            return connection.execute(query).fetchall()
    except psycopg.errors.UndefinedTable:
        return []
