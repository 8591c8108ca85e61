"""T05, T12, T23: comparisons of groups, planted in decisions, an experiment and spend."""

from __future__ import annotations

from bullion.verify.registry import Check, ScalarTruth, Truth, number

_SEGMENTS = "analytics_customer_segment_statistical_comparison"
_EXPERIMENTS = "analytics_ab_test_channel_performance"
_APPROVALS = "analytics_credit_approval_hypothesis_test_adjusted"

# 1.3 times the standard error on the default bank. Monthly spend: that of the joint bank, where
# archetypes spread how often customers buy (DECISIONS.md). Purchase amount: that of the design.
_LARGEST_SPEND_ERROR = {"Affluent": 0.051, "Premium": 0.072, "Business": 0.080}
_LARGEST_AMOUNT_ERROR = {"Affluent": 0.031, "Premium": 0.044, "Business": 0.049}


def _segment_truths(measure: str, words: str, largest: dict[str, float]) -> list[Truth]:
    return [
        ScalarTruth(
            id="T23",
            name=f"{words}, {segment} to Mass Market, log ratio",
            model=_SEGMENTS,
            query=f"""
                select estimate, standard_error, ci_low, ci_high, degrees_of_freedom, p_value
                from {_SEGMENTS}
                where measure = '{measure}'
                    and reference_segment = 'Mass Market'
                    and comparison_segment = '{segment}'
            """,
            planted=number(segment),
            largest_se=error,
            null_value=0.0,
        )
        for segment, error in largest.items()
    ]


TRUTHS: list[Truth] = [
    ScalarTruth(
        id="T05",
        name="approval, log odds ratio per 50 points of score",
        model=_APPROVALS,
        query=f"""
            select estimate, standard_error, ci_low, ci_high, p_value
            from {_APPROVALS}
            where predictor = 'credit_score'
        """,
        planted=number("log_odds_ratio_per_50_points"),
        largest_se=0.0455,
        null_value=0.0,
    ),
    ScalarTruth(
        id="T12",
        name="conversion, treatment less control",
        model=_EXPERIMENTS,
        query=f"""
            select estimate, standard_error, ci_low, ci_high, p_value
            from {_EXPERIMENTS}
            where is_randomised
        """,
        planted=number("difference"),
        largest_se=0.0040,
        null_value=0.0,
    ),
    Check(
        id="T12",
        name="sample ratio of the experiment",
        model=_EXPERIMENTS,
        query=f"""
            select sample_ratio_p_value as p_value
            from {_EXPERIMENTS}
            where is_randomised
        """,
    ),
    *_segment_truths("log_monthly_spend", "monthly spend", _LARGEST_SPEND_ERROR),
    *_segment_truths("log_purchase_ticket", "purchase amount", _LARGEST_AMOUNT_ERROR),
]
