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
    """A figure with its change against the period before, each a column of a one-row query."""

    label: str
    form: Form
    query: str
    page: str


@dataclass(frozen=True)
class Figure:
    """A headline figure as it is shown."""

    label: str
    value: str
    note: str
    page: str


_CURRENT = "from {} where period = 'current'"
HEADLINES = (
    Headline(
        "Customers",
        formats.count,
        "select customer_count, customer_count_change_rate "
        + _CURRENT.format("analytics_customer_overview"),
        "descriptive",
    ),
    Headline(
        "Active customers",
        formats.count,
        "select active_customer_count, active_customer_count_change_rate "
        + _CURRENT.format("analytics_customer_overview"),
        "descriptive",
    ),
    Headline(
        "Deposits",
        formats.money,
        "select deposit_balance_amount, deposit_balance_amount_change_rate "
        + _CURRENT.format("analytics_customer_overview"),
        "descriptive",
    ),
    Headline(
        "Lent and owed",
        formats.money,
        "select owed_balance_amount, owed_balance_amount_change_rate "
        + _CURRENT.format("analytics_customer_overview"),
        "descriptive",
    ),
    Headline(
        "Money moved in 30 days",
        formats.money,
        "select volume_amount, volume_amount_change_rate "
        + _CURRENT.format("analytics_transaction_summary"),
        "descriptive",
    ),
    Headline(
        "Attempts declined",
        formats.percent,
        "select decline_rate, decline_rate_change_rate "
        + _CURRENT.format("analytics_transaction_summary"),
        "descriptive",
    ),
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
            note = "" if row[1] is None else f"{formats.change(row[1])} against the 30 days before"
            found.append(Figure(headline.label, headline.form(row[0]), note, headline.page))
    return found
