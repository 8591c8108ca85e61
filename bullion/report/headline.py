"""The front page's key figures: what a reader wants to know first, with their past and target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from bullion.charts import formats
from bullion.report.entries import Entry
from bullion.report.tables import rows_if_built

MONTHS = 13
_SUMMARY = "fact_customer_monthly_summary"
_TREND = "analytics_monthly_transaction_trend"


@dataclass(frozen=True)
class Headline:
    """A figure of today: the card of a chart, of a column of a table that has a row a period.

    ``monthly`` is what gives it for a month of ``past``, where the card has none; of a month that
    has begun only, none. ``is_rate``: its target is one of itself, else of its change in a year.
    """

    label: str
    column: str
    model: str
    chart: str
    monthly: str = ""
    past: str = ""
    is_rate: bool = False

    @property
    def query(self) -> str:
        """The value now, and what its target is of."""
        judged = f"now.{self.column}" if self.is_rate else f"earlier.{self.target_metric}"
        return (
            f"select now.{self.column}, {judged} from {self.model} as now"
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
        "customer_count",
        "analytics_customer_overview",
        "customer_kpis",
        monthly="count(*) filter (where not is_away)",
        past=_SUMMARY,
    ),
    Headline(
        "Deposits",
        "deposit_balance_amount",
        "analytics_customer_overview",
        "customer_kpis",
        monthly="sum(deposit_balance_amount)",
        past=_SUMMARY,
    ),
    Headline(
        "Lent and owed",
        "owed_balance_amount",
        "analytics_customer_overview",
        "customer_kpis",
        monthly="sum(owed_balance_amount)",
        past=_SUMMARY,
    ),
    Headline(
        "Money moved in 30 days",
        "volume_amount",
        "analytics_transaction_summary",
        "transaction_kpis",
        monthly="sum(volume_amount)",
        past=_TREND,
    ),
    Headline(
        "Attempts declined in 30 days",
        "decline_rate",
        "analytics_transaction_summary",
        "transaction_kpis",
        monthly="max(decline_rate)",
        past=_TREND,
        is_rate=True,
    ),
    Headline(
        "Owed by loans 30 days late",
        "portfolio_at_risk_30_rate",
        "analytics_loan_risk",
        "loan_risk",
        is_rate=True,
    ),
)


def headline_figures(connection: psycopg.Connection[Any], entries: Sequence[Entry]) -> list[Figure]:
    """The figures whose chart was drawn and whose table holds more than nothing."""
    shown = {entry.id: entry for entry in entries if entry.is_shown}
    targets = _targets(connection)
    found = []
    for headline in HEADLINES:
        entry = shown.get(headline.chart)
        card = entry.cards.get(headline.column) if entry else None
        row = next(iter(rows_if_built(connection, headline.query)), None) if card else None
        if entry is None or card is None or row is None or not row[0]:
            continue
        found.append(
            Figure(
                label=headline.label,
                value=card["value"],
                change=card["change"],
                judgement=card["judgement"],
                past=card["past"] or _past(connection, headline),
                target=_target(headline, targets.get(headline.target_metric), row[1]),
                address=entry.address,
            )
        )
    return found


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
    found = rows_if_built(connection, query)
    return {metric: (direction, value) for metric, direction, value in found}


def _past(connection: psycopg.Connection[Any], headline: Headline) -> list[float]:
    if not headline.past:
        return []
    return [float(value) for (value,) in rows_if_built(connection, headline.past_query)]
