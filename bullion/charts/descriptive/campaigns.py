"""Campaigns beneath the lines of time: when they began, as columns of a chart's rows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bullion.charts.formats import count, day, label, month

# Joined by a source to its days or months; both begin at the column of 12 blanks.
BY_DAY = """left join (
                select
                    start_date,
                    string_agg(campaign_name, ', ' order by campaign_name) as campaign_names
                from dim_campaign
                where not is_deleted and not is_inferred
                group by start_date
            ) as campaigns"""
BY_MONTH = """left join (
                select
                    date_trunc('month', start_date)::date as month_start,
                    count(*) as campaign_count
                from dim_campaign
                where not is_deleted and not is_inferred
                group by 1
            ) as campaigns"""


def begun_by_day(rows: pd.DataFrame) -> list[tuple[Any, str]]:
    """The days of ``transaction_date`` on which campaigns began, and what a hover says of them."""
    known = rows.dropna(subset=["campaign_names"])
    return [
        (f"{at:%Y-%m-%d}", f"<b>{day(at)}</b><br>begun: {label(names, 60)}")
        for at, names in zip(known["transaction_date"], known["campaign_names"], strict=True)
    ]


def begun_by_month(rows: pd.DataFrame) -> list[tuple[Any, str]]:
    """The months of ``month_start`` in which campaigns began, and what a hover says of them."""
    known = rows.dropna(subset=["campaign_count"])
    return [
        (f"{at:%Y-%m-%d}", f"<b>{month(at)}</b><br>{_campaigns(n)} began")
        for at, n in zip(known["month_start"], known["campaign_count"], strict=True)
    ]


def _campaigns(n: float) -> str:
    return f"{count(n)} {'campaign' if n == 1 else 'campaigns'}"
