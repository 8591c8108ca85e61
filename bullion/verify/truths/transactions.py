"""T21: the days on which business was odd. T22: how often each channel declines."""

from __future__ import annotations

from bullion.verify.bank import PlantedBank
from bullion.verify.registry import Check, ScalarTruth, SetTruth, Truth, elements, number

# Of ordinary days at most so many may be flagged, by the chance that the score's threshold allows.
LARGEST_FALSE_SHARE = 0.002
# Of a decline rate: 1.3 times 0.045 points at the branches, 0.05 points elsewhere.
LARGEST_DECLINE_ERRORS = {
    "ATM": 0.00065,
    "Branch": 0.00059,
    "Mobile": 0.00065,
    "Online": 0.00065,
    "POS": 0.00065,
}


def finds_odd_days(found: frozenset[str], planted: frozenset[str], bank: PlantedBank) -> bool:
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
        planted=elements(),
        rule=finds_odd_days,
    ),
    *(
        ScalarTruth(
            id="T22",
            name=f"decline rate, {channel}",
            model="analytics_transaction_by_channel",
            query=f"""
                select
                    decline_rate as estimate,
                    decline_standard_error as standard_error,
                    decline_ci_low as ci_low,
                    decline_ci_high as ci_high
                from analytics_transaction_by_channel
                where channel = '{channel}'
            """,
            planted=number(channel),
            largest_se=largest_se,
        )
        for channel, largest_se in LARGEST_DECLINE_ERRORS.items()
    ),
    Check(
        id="T22",
        name="equal decline rates",
        model="analytics_transaction_channel_tests",
        query="""
            select p_value
            from analytics_transaction_channel_tests
            where measure = 'decline'
        """,
        banks="null",
    ),
]
