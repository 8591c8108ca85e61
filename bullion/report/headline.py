"""The front page's figures: what a reader wants to know first, from the analytics tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from bullion.charts import formats

Form = Callable[[Any], str]


@dataclass(frozen=True)
class Headline:
    """A figure of today with its change: a column of a table that has a row a period, and in the
    row of an earlier period the change since."""

    label: str
    form: Form
    column: str
    model: str
    page: str = "descriptive"

    @property
    def query(self) -> str:
        """The value now, and its relative change since a year ago."""
        return (
            f"select now.{self.column}, earlier.{self.column}_change_rate from {self.model} as now"
            f" left join {self.model} as earlier on earlier.period = 'prior_year'"
            " where now.period = 'current'"
        )


@dataclass(frozen=True)
class Figure:
    """A headline figure as it is shown."""

    label: str
    value: str
    note: str
    page: str


HEADLINES = (
    Headline("Customers", formats.count, "customer_count", "analytics_customer_overview"),
    Headline(
        "Active customers", formats.count, "active_customer_count", "analytics_customer_overview"
    ),
    Headline("Deposits", formats.money, "deposit_balance_amount", "analytics_customer_overview"),
    Headline(
        "Investments (AUM)",
        formats.money,
        "invested_balance_amount",
        "analytics_customer_overview",
    ),
    Headline("Lent and owed", formats.money, "owed_balance_amount", "analytics_customer_overview"),
    Headline(
        "Money moved in 30 days", formats.money, "volume_amount", "analytics_transaction_summary"
    ),
    Headline("Attempts declined", formats.percent, "decline_rate", "analytics_transaction_summary"),
)


def headline_figures(connection: psycopg.Connection[Any]) -> list[Figure]:
    """The figures whose tables are built and hold a row; the others are left out."""
    found = []
    for headline in HEADLINES:
        try:
            with connection.transaction():
                row = connection.execute(headline.query).fetchone()
        except psycopg.errors.UndefinedTable:
            continue
        if row is not None and row[0] is not None:
            note = "" if row[1] is None else f"{formats.change(row[1])} against a year ago"
            found.append(Figure(headline.label, headline.form(row[0]), note, headline.page))
    return found
