"""T21: the days on which business was odd."""

from __future__ import annotations

from bullion.verify.registry import Bank, SetTruth, Truth

# Of ordinary days at most so many may be flagged, by the chance that the score's threshold allows.
LARGEST_FALSE_SHARE = 0.002


def finds_odd_days(found: frozenset[str], planted: frozenset[str], bank: Bank) -> bool:
    """Every planted day is flagged, and next to no other."""
    return planted <= found and len(found - planted) <= LARGEST_FALSE_SHARE * bank.days


TRUTHS: list[Truth] = [
    SetTruth(
        id="T21",
        name="odd days",
        model="analytics_daily_transaction_trend",
        query="""
            select transaction_date
            from analytics_daily_transaction_trend
            where is_anomaly
        """,
        planted=lambda entry: entry["estimand"],
        rule=finds_odd_days,
    ),
]
