"""A bank's rows for every chart, as its source gives them: enough of each for a finding."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

AS_OF = pd.Timestamp("2025-12-31 23:59:59")
MONEY = {"reporting_currency": "USD", "without_rate_count": 0}
PERIODS = {"period": ["current", "prior", "prior_year"], "period_rank": [1, 2, 3]}
MONTHS = pd.date_range("2022-01-01", "2025-12-01", freq="MS")
SEGMENTS = ["Mass Market", "Affluent", "Premium", "Business"]


def periods(**columns: Sequence[object]) -> pd.DataFrame:
    return pd.DataFrame({**PERIODS, **columns})


def _growing(first: float, last: float) -> list[object]:
    return [last, (first + last) / 2, first]


def _grown(columns: dict[str, tuple[float, float]]) -> dict[str, list[object]]:
    """Values of the three periods, and the change rates that the rows of earlier ones have."""
    found: dict[str, list[object]] = {}
    for name, (first, last) in columns.items():
        found[name] = _growing(first, last)
        found[f"{name}_change_rate"] = [None, 2 * last / (first + last) - 1, last / first - 1]
    return found


def customer_kpis() -> pd.DataFrame:
    grown = _grown(
        {
            "customer_count": (3800, 4127),
            "deposit_balance_amount": (80.9e6, 92.8e6),
            "owed_balance_amount": (101.9e6, 133.1e6),
            "invested_balance_amount": (11e6, 12e6),
            "income_amount": (5.1e6, 5.6e6),
            "new_customer_count": (48, 42),
            "lost_customer_count": (12, 14),
            "products_per_customer": (2.3, 2.4),
            "debt_to_deposit_ratio": (1.26, 1.434),
            "mean_lifetime_value_amount": (3100, 3060),
        }
    )
    return periods(
        **grown,
        active_rate=_growing(0.993, 0.9973),
        digital_active_rate=_growing(0.6, 0.66),
        active_rate_target=[0.95] * 3,
        products_per_customer_target=[2.5] * 3,
        customer_count_change_rate_target=[0.08] * 3,
        deposit_balance_amount_change_rate_target=[0.1] * 3,
        owed_balance_amount_change_rate_target=[None] * 3,
    )


def segment_mix() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_segment": SEGMENTS,
            "customer_count": [2520, 820, 420, 367],
            "customer_share_rate": [0.61, 0.2, 0.1, 0.09],
            "deposit_share_rate": [0.31, 0.27, 0.3, 0.12],
            "deposit_balance_amount": [28.8e6, 25.1e6, 27.8e6, 11.1e6],
            "income_per_customer_amount": [900.0, 1300.0, 2300.0, 2800.0],
            "churn_rate": [0.05, 0.04, 0.02, 0.03],
            "at_risk_count": [2300, 760, 400, 350],
        }
    )


def age_pyramid() -> pd.DataFrame:
    bands = ["Under 25", "25-34", "35-44", "45-54", "55-64", "65-74", "75 and over"]
    stays, left = [260, 700, 1100, 1000, 600, 300, 167], [20, 50, 90, 260, 50, 25, 12]
    rows = [
        (place, band, word, word != "Left", n)
        for place, band in enumerate(bands, 1)
        for word, n in (("Active", stays[place - 1]), ("Left", left[place - 1]))
    ]
    columns = ["band_number", "age_band", "relationship", "is_customer", "customer_count"]
    return pd.DataFrame(rows, columns=columns)


def customers_by_state() -> pd.DataFrame:
    names = {"CA": "California", "TX": "Texas", "NY": "New York", "DC": "District of Columbia"}
    counts, adults = [900, 700, 500, 39], [30e6, 22e6, 15e6, 0.55e6]
    return pd.DataFrame(
        {
            "state": list(names),
            "state_name": list(names.values()),
            "customer_count": counts,
            "adult_count": adults,
            "customers_per_100k_adults": [1e5 * n / a for n, a in zip(counts, adults, strict=True)],
            "tile_row": [4.0, 7.0, 2.0, 5.0],
            "tile_column": [1.0, 4.0, 9.0, 9.0],
        }
    )


def account_gauges() -> pd.DataFrame:
    return periods(
        open_account_count=[12000] * 3,
        loan_account_count=[1855] * 3,
        credit_line_count=[1700] * 3,
        at_hand_account_count=[9000] * 3,
        utilization_rate=_growing(0.21, 0.199),
        past_due_rate=_growing(0.08, 0.0863),
        past_due_30_rate=_growing(0.03, 0.029),
        dormant_rate=_growing(0.012, 0.011),
        quiet_rate=_growing(0.04, 0.042),
        utilization_rate_target=[None] * 3,
        past_due_rate_target=[0.06] * 3,
        past_due_30_rate_target=[None] * 3,
        dormant_rate_target=[None] * 3,
        quiet_rate_target=[None] * 3,
    )


def accounts_by_product() -> pd.DataFrame:
    rows = [
        (1, "PRD001", "Everyday Checking", "Deposit", "Active", 3288),
        (1, "PRD001", "Everyday Checking", "Deposit", "Closed", 300),
        (2, "PRD002", "Savings", "Deposit", "Active", 900),
        (2, "PRD002", "Savings", "Deposit", "Dormant", 60),
        (2, "PRD002", "Savings", "Deposit", "Closed", 220),
        (3, "PRD003", "Personal Loan", "Loan", "Active", 400),
        (3, "PRD003", "Personal Loan", "Loan", "Repaid", 280),
        (3, "PRD003", "Personal Loan", "Loan", "Written off", 51),
        (3, "PRD003", "Personal Loan", "Loan", "Closed", 9),
    ]
    columns = "product_rank product_id product_name product_category account_outcome account_count"
    return pd.DataFrame(rows, columns=columns.split())


def balance_distribution() -> pd.DataFrame:
    counts = {"Deposit": [5, 9, 30, 80, 200, 310, 90], "Loan": [1, 2, 10, 60, 90, 30, 7]}
    profile = {"mean": 5200.0, "05": 12.0, "25": 60.0, "50": 160.0, "75": 700.0, "95": 2400.0}
    rows = []
    for kind, each in counts.items():
        for place, n in enumerate(each):
            rows.append(
                {
                    "product_category": kind,
                    "bin_number": place,
                    "lower_amount": 0.0
                    if place == 0
                    else [1, 2, 5][(place - 1) % 3] * 10.0 ** ((place - 1) // 3),
                    "upper_amount": [1, 2, 5][place % 3] * 10.0 ** (place // 3),
                    "account_count": n,
                    "owing_account_count": 0,
                    "category_account_count": sum(each),
                    "mean_amount": profile["mean"],
                    **{
                        f"percentile_{at}_amount": value
                        for at, value in profile.items()
                        if at != "mean"
                    },
                }
            )
    return pd.DataFrame(rows)


def product_portfolio() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product_id": ["P1", "P2", "P3", "P4", "P5"],
            "product_name": ["Checking", "Savings", "Home Mortgage", "Fund", "Christmas Club"],
            "product_category": ["Deposit", "Deposit", "Loan", "Investment", "Deposit"],
            "product_rank": [1, 2, 3, 4, 5],
            "holder_count": [3288, 1400, 354, 500, 0],
            "account_growth_rate": [0.06, 0.02, 0.2, None, None],
            "held_amount": [40e6, 30e6, 0.0, 12e6, 0.0],
            "owed_balance_amount": [0.0, 0.0, 90e6, 0.0, 0.0],
            "income_amount": [0.4e6, -0.2e6, 4.1e6, 0.9e6, 0.0],
            "income_share_rate": [0.08, -0.04, 0.79, 0.17, 0.0],
        }
    )


def transaction_kpis() -> pd.DataFrame:
    grown = _grown(
        {
            "transaction_count": (25000, 26037),
            "volume_amount": (5.62e6, 5.69e6),
            "inflow_amount": (3e6, 3.02e6),
            "outflow_amount": (2.9e6, 2.8e6),
            "mean_amount": (224.0, 218.0),
            "median_amount": (61.0, 60.0),
        }
    )
    past = "0.031 0.030 0.029"
    return periods(
        **grown,
        attempt_count=[27000, 26500, 26000],
        decided_attempt_count=[26900, 26400, 25900],
        decline_rate=_growing(0.0271, 0.02947),
        fraud_rate=_growing(0.0021, 0.00196),
        decline_rate_target=[0.03] * 3,
        fraud_rate_target=[0.002] * 3,
        volume_amount_change_rate_target=[0.06] * 3,
        **{
            f"{name}_past": [past] * 3
            for name in (
                "transaction_count",
                "volume_amount",
                "inflow_amount",
                "outflow_amount",
                "decline_rate",
                "fraud_rate",
            )
        },
    )


def channel_mix() -> pd.DataFrame:
    decline = [0.0396, 0.0199, 0.0098, 0.025]
    return pd.DataFrame(
        {
            "channel": ["Online", "POS", "Branch", "ATM"],
            "transaction_count": [120000, 100000, 80000, 44834],
            "transaction_share_rate": [0.35, 0.29, 0.23, 0.13],
            "volume_amount": [15e6, 3e6, 2e6, 1e6],
            "volume_share_rate": [0.71, 0.14, 0.1, 0.05],
            "decided_attempt_count": [110000, 90000, 70000, 40000],
            "decline_rate": decline,
            "decline_ci_low": [rate - 0.001 for rate in decline],
            "decline_ci_high": [rate + 0.001 for rate in decline],
            "attempt_count": [110000, 90000, 70000, 40000],
            "fraud_rate": [0.002, 0.0015, 0.0, 0.001],
            "fraud_ci_low": [0.0015, 0.001, 0.0, 0.0005],
            "fraud_ci_high": [0.0025, 0.002, 0.0004, 0.0015],
            "decline_p_value": 1e-8,
            "fraud_p_value": 0.2,
        }
    )


def category_treemap() -> pd.DataFrame:
    amounts, counts = [17e5, 16e5, 15e5, 9e5], [30000, 6000, 20000, 12000]
    return pd.DataFrame(
        {
            "merchant_category": ["Retail", "Travel", "Online Shopping", "Groceries"],
            "purchase_amount": amounts,
            "purchase_count": counts,
            "mean_ticket_amount": [a / n for a, n in zip(amounts, counts, strict=True)],
        }
    )


def daily_trend() -> pd.DataFrame:
    days = pd.date_range("2025-08-01", periods=120)
    counts = 180 + 20 * np.sin(np.arange(120) / 3)
    odd = np.zeros(120, dtype=bool)
    odd[[20, 60, 110]] = True
    rates = np.where(odd, [0.7 if place == 60 else -0.51 for place in range(120)], 0.01)
    return pd.DataFrame(
        {
            "transaction_date": days,
            "attempt_count": np.round(counts * (1 + rates)).astype(int),
            "mean_30_day_attempt_count": counts,
            "expected_count": counts,
            "deviation_rate": rates,
            "robust_z_score": 10 * rates,
            "is_anomaly": odd,
            "campaign_names": ["Email 2025 no. 1" if place == 40 else None for place in range(120)],
        }
    )


def monthly_trend() -> pd.DataFrame:
    into = 1.0e6 + 2e4 * np.arange(len(MONTHS))
    frame = pd.DataFrame(
        {
            "month_start": MONTHS,
            "year": MONTHS.year,
            "is_complete": True,
            "transaction_count": 7000,
            "inflow_amount": into,
            "outflow_amount": 0.9 * into,
            "internal_transfer_amount": 0.1 * into,
            "volume_amount": 1.8 * into,
            "volume_year_change_rate": 0.1,
            "campaign_count": [3.0 if month.month == 5 else None for month in MONTHS],
        }
    )
    frame["year_to_date_volume_amount"] = frame.groupby("year")["volume_amount"].cumsum()
    before = frame["year_to_date_volume_amount"].shift(12)
    frame["year_to_date_change_rate"] = frame["year_to_date_volume_amount"] / before - 1
    return frame


def fraud_funnel() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stage": [
                "Alert raised",
                "Under review",
                "Confirmed fraud",
                "Prevented",
                "Lost",
                "Recovered",
            ],
            "stage_rank": range(1, 7),
            "alert_count": [3693, 3691, 1240, 40, 1200, 640],
            "conversion_rate": [1.0, 0.9995, 0.336, 0.03, 0.97, 0.5],
            "alert_share_rate": [1.0, 0.9995, 0.3358, 0.011, 0.325, 0.17],
            "stage_amount": [515e3, 514e3, 216e3, 7.8e3, 136e3, 72e3],
            "median_hours": [0.7, 5.7, 88.0, None, None, None],
        }
    )


def loan_payment_waterfall() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "bucket_number": range(1, 6),
            "delinquency_bucket": ["Current", "1-29 days", "30-59 days", "60-89 days", "90+"],
            "instalment_count": [71000, 8500, 2400, 400, 445],
            "scheduled_amount": [81e6, 7e6, 1.5e6, 0.3e6, 0.3e6],
            "paid_on_time_amount": [80e6, 0.07e6, 0.03e6, 0.0, 0.0],
            "paid_late_amount": [0.9e6, 6.9e6, 1.45e6, 0.25e6, 0.12e6],
            "short_amount": [0.0, 0.01e6, 0.002e6, 0.0, 0.0],
            "missed_amount": [0.1e6, 0.02e6, 0.018e6, 0.05e6, 0.18e6],
            "lower_days": [0, 1, 30, 60, 90],
            "loan_count": [1700, 100, 35, 8, 12],
            "outstanding_amount": [121e6, 7e6, 2.6e6, 0.7e6, 0.8e6],
            "portfolio_at_risk_rate": [1.0, 0.087, 0.031, 0.011, 0.006],
            "portfolio_at_risk_30_rate_target": 0.03,
        }
    )


def loan_risk() -> pd.DataFrame:
    rates = {
        "portfolio_at_risk_30_rate": (0.0299, 0.031),
        "portfolio_at_risk_60_rate": (0.012, 0.011),
        "portfolio_at_risk_90_rate": (0.005, 0.006),
        "net_charge_off_rate": (0.02, 0.054),
        "default_rate": (0.03, 0.034),
    }
    return periods(
        loan_count=[1855, 1800, 1500],
        cohort_count=[1435, 1400, 1200],
        outstanding_amount=_growing(101e6, 133e6),
        charge_off_amount=_growing(0.7e6, 0.88e6),
        **{name: _growing(*ends) for name, ends in rates.items()},
        **{f"{name}_target": [0.03] * 3 for name in rates if name != "portfolio_at_risk_60_rate"},
    )


def loan_vintages() -> pd.DataFrame:
    rows = [
        (year, age, 100 + year - 2018, int((100 + year - 2018) * rate), rate, rate / 2, rate * 1.8)
        for year in range(2018, 2026)
        for age in range(6, 6 * (2027 - year), 6)
        if (rate := 0.01 * age / 6 + 0.002 * (year - 2018)) < 1
    ]
    columns = (
        "vintage_year months_on_book loan_count default_count default_rate default_ci_low "
        "default_ci_high"
    )
    return pd.DataFrame(rows, columns=columns.split())


def engagement_activity() -> pd.DataFrame:
    users = 700 + 6 * np.arange(len(MONTHS))
    return pd.DataFrame(
        {
            "month_start": MONTHS,
            "is_complete": True,
            "mean_daily_customer_count": 0.09 * users,
            "mean_weekly_customer_count": 0.4 * users,
            "monthly_customer_count": users,
            "stickiness_rate": 0.09,
            "session_count": 3 * users,
            "campaign_count": [3.0 if month.month == 5 else None for month in MONTHS],
        }
    )


def engagement_by_device() -> pd.DataFrame:
    rows = [
        (month, device, True, n, n / 1000)
        for place, month in enumerate(MONTHS)
        for device, n in (
            ("Mobile App", 300 + 5 * place),
            ("Desktop Web", 500 - 4 * place),
            ("Tablet", 200 - place),
        )
    ]
    columns = ["month_start", "device_type", "is_complete", "session_count", "session_share_rate"]
    return pd.DataFrame(rows, columns=columns)


def segment_forest() -> pd.DataFrame:
    measures = {
        "spend": "Monthly purchase spend",
        "ticket": "Mean purchase amount",
        "n": "Purchases",
    }
    rows = []
    for rank, segment in enumerate(SEGMENTS[1:], 2):
        for place, (measure, words) in enumerate(measures.items(), 1):
            found, effect = measure != "n", (0.5 * rank if measure != "n" else 0.01)
            rows.append(
                {
                    "measure": measure,
                    "measure_label": words,
                    "measure_rank": place,
                    "reference_rank": 1,
                    "comparison_rank": rank,
                    "reference_segment": SEGMENTS[0],
                    "comparison_segment": segment,
                    "reference_count": 2720,
                    "comparison_count": 300,
                    "cohens_d": effect,
                    "cohens_d_low": effect - 0.15,
                    "cohens_d_high": effect + 0.15,
                    "mean_ratio": 1.0 + 0.8 * rank if found else None,
                    "q_value": 1e-9 if found else 0.7,
                    "is_significant": found,
                }
            )
    return pd.DataFrame(rows)


def segment_box() -> pd.DataFrame:
    middles = [186.0, 280.0, 420.0, 581.0]
    return pd.DataFrame(
        {
            "measure": "spend",
            "measure_label": "Monthly purchase spend",
            "measure_rank": 1,
            "customer_segment": SEGMENTS,
            "segment_rank": [1, 2, 3, 4],
            "customer_count": [2720, 820, 420, 340],
            "is_log": True,
            **{
                name: [math.log(times * middle) for middle in middles]
                for name, times in (
                    ("p5", 0.2),
                    ("p25", 0.5),
                    ("p50", 1.0),
                    ("p75", 2.0),
                    ("p95", 5.0),
                )
            },
        }
    )


def _pairs(rows: list[tuple[str, str, str, str, bool, float, float, bool]]) -> pd.DataFrame:
    columns = (
        "test_name reference_arm comparison_arm outcome is_randomised estimate half is_significant"
    )
    frame = pd.DataFrame(rows, columns=columns.split())
    return frame.assign(
        reference_count=7477,
        reference_rate=0.1031,
        comparison_count=7460,
        comparison_rate=0.1031 + frame["estimate"],
        ci_low=frame["estimate"] - frame["half"],
        ci_high=frame["estimate"] + frame["half"],
        q_value=[0.02 if found else 0.3 for found in frame["is_significant"]],
        planned_effect=[0.015 if by_lot else None for by_lot in frame["is_randomised"]],
    ).drop(columns="half")


def ab_intervals() -> pd.DataFrame:
    row = ("EXP-01", "control", "treatment", "Session converted", True, 0.0118, 0.01, True)
    return _pairs([row])


def channel_differences() -> pd.DataFrame:
    return _pairs(
        [
            ("Attempts", "ATM", "Branch", "Attempt not declined", False, 0.0149, 0.002, True),
            ("Attempts", "ATM", "Mobile", "Attempt not declined", False, -0.0061, 0.002, True),
            ("Applications", "Branch", "Phone", "Application approved", False, -0.08, 0.07, False),
            ("Applications", "Branch", "Online", "Application approved", False, 0.01, 0.05, False),
        ]
    )


def ab_power_curve() -> pd.DataFrame:
    rows = [
        (share, step, 0.0005 * step, min(0.9999, 0.05 + share**0.5 * (step / 40) ** 0.7))
        for share in (1.0, 0.25, 0.1)
        for step in range(41)
    ]
    frame = pd.DataFrame(rows, columns=["sample_share", "effect_step", "true_effect", "power"])
    return frame.assign(
        test_name="EXP-01",
        reference_arm="control",
        comparison_arm="treatment",
        planned_effect=0.015,
        reference_rate=0.1031,
        reference_count=(7477 * frame["sample_share"]).round(),
        comparison_count=(7460 * frame["sample_share"]).round(),
        observed_effect=0.0118,
    )


def odds_ratio_forest() -> pd.DataFrame:
    rows = [
        (True, "Credit score", "per 50 points", None, 1, 1, 2.277, 2.018, 2.571, 1787, True),
        (True, "Employment", "Self-Employed", "Employed", 2, 1, 0.92, 0.68, 1.25, 1787, False),
        (True, "Employment", "Unemployed", "Employed", 3, 1, 0.30, 0.20, 0.45, 1787, True),
        (False, "Employment", "Self-Employed", "Employed", 3, 2, 0.97, 0.76, 1.24, 340, False),
        (False, "Employment", "Unemployed", "Employed", 3, 4, 0.46, 0.32, 0.68, 133, True),
    ]
    columns = (
        "is_adjusted factor level reference_level factor_rank level_rank estimate ci_low ci_high n "
        "is_significant"
    )
    return pd.DataFrame(rows, columns=columns.split())


def roc_curve() -> pd.DataFrame:
    share = np.linspace(0, 1, 40)
    return pd.DataFrame(
        {
            "point_number": range(1, 41),
            "threshold": [None, *np.linspace(0.99, 0.01, 39)],
            "recall_rate": share**0.15,
            "false_positive_rate": share,
            "precision_rate": [None, *np.linspace(0.66, 0.002, 39)],
            "fraud_count": 512,
            "legitimate_count": 266010,
            "estimate": 0.928,
            "ci_low": 0.918,
            "ci_high": 0.938,
            "best_threshold": 0.95,
            "best_recall_rate": 0.154,
            "best_false_positive_rate": 0.0016,
            "best_precision_rate": 0.157,
        }
    )


def confusion_by_threshold() -> pd.DataFrame:
    at = np.round(np.arange(0, 1.001, 0.01), 2)
    caught, stopped = np.round(512 * (1 - at**3)), np.round(266010 * (1 - at) ** 2)
    flagged = caught + stopped
    precision = caught / np.where(flagged > 0, flagged, np.nan)
    return pd.DataFrame(
        {
            "threshold": at,
            "attempt_count": 266522,
            "fraud_count": 512,
            "flagged_count": flagged,
            "true_positive_count": caught,
            "false_positive_count": stopped,
            "true_negative_count": 266010 - stopped,
            "false_negative_count": 512 - caught,
            "precision_rate": precision,
            "precision_ci_low": precision * 0.9,
            "precision_ci_high": precision * 1.1,
            "recall_rate": caught / 512,
            "recall_ci_low": caught / 512 * 0.9,
            "recall_ci_high": np.minimum(1, caught / 512 * 1.1),
            "false_positive_rate": stopped / 266010,
            "is_best_f1": at == 0.97,
        }
    )


def clv_histogram() -> pd.DataFrame:
    lower = np.arange(0, 8000, 1000.0)
    counts = np.array([300, 900, 600, 300, 150, 80, 50, 120])
    return pd.DataFrame(
        {
            "bin_number": range(1, 9),
            "lower_amount": lower,
            "upper_amount": [*lower[1:], None],
            "customer_count": counts,
            "normal_expected_count": [500] * 8,
            "lognormal_expected_count": counts * 1.02,
            "normal_density": [2e-4] * 7 + [None],
            "lognormal_density": [*(counts[:7] / 2500 / 1000), None],
            "all_count": 2500,
            "estimate": 1715.0,
            "ci_low": 1650.0,
            "ci_high": 1780.0,
            "winsorised_mean": 1700.0,
            "median_value": 1360.0,
        }
    )


def qq_plots() -> pd.DataFrame:
    quantiles = np.linspace(-3, 3, 41)
    frames = [
        pd.DataFrame(
            {
                "transaction_type": "Purchase",
                "amount_scale": scale,
                "point_number": range(1, 42),
                "attempt_count": 161253,
                "probability": 1 / (1 + np.exp(-1.7 * quantiles)),
                "normal_quantile": quantiles,
                "sample_value": quantiles,
                "standardised_value": quantiles + (0.0 if scale == "log" else np.exp(quantiles)),
                "skewness": -0.0001 if scale == "log" else 5.08,
                "excess_kurtosis": 0.01 if scale == "log" else 60.0,
                "departure": "Negligible" if scale == "log" else "Large",
                "p_value": 0.379 if scale == "log" else 0.0,
            }
        )
        for scale in ("raw", "log")
    ]
    return pd.concat(frames, ignore_index=True)


def churn_funnel_plot() -> pd.DataFrame:
    sizes = np.array([20, 39, 60, 113, 200, 400, 900])
    error = np.sqrt(0.076 * 0.924 / sizes)
    counts = np.round(0.076 * sizes)
    counts[1] = 9
    zones = ["Inside"] * 7
    zones[1] = "Outside 95 %"
    return pd.DataFrame(
        {
            "rate_basis": "12-month cohort",
            "dimension": "State",
            "dimension_rank": 1,
            "level": ["WY", "DC", "WA", "NM", "NY", "TX", "CA"],
            "exposure_count": sizes,
            "churn_count": counts,
            "churn_rate": counts / sizes,
            "ci_low": np.maximum(0, counts / sizes - 2 * error),
            "ci_high": counts / sizes + 2 * error,
            "overall_rate": 0.076,
            "limit_95_low": np.maximum(0, 0.076 - 1.96 * error),
            "limit_95_high": 0.076 + 1.96 * error,
            "limit_998_low": np.maximum(0, 0.076 - 3.09 * error),
            "limit_998_high": 0.076 + 3.09 * error,
            "z_score": (counts / sizes - 0.076) / error,
            "funnel_zone": zones,
        }
    )


_MAKERS: tuple[Callable[[], pd.DataFrame], ...] = (
    customer_kpis,
    segment_mix,
    age_pyramid,
    customers_by_state,
    account_gauges,
    accounts_by_product,
    balance_distribution,
    product_portfolio,
    transaction_kpis,
    channel_mix,
    category_treemap,
    daily_trend,
    monthly_trend,
    fraud_funnel,
    loan_payment_waterfall,
    loan_risk,
    loan_vintages,
    engagement_activity,
    engagement_by_device,
    segment_forest,
    segment_box,
    ab_intervals,
    channel_differences,
    ab_power_curve,
    odds_ratio_forest,
    roc_curve,
    confusion_by_threshold,
    clv_histogram,
    qq_plots,
    churn_funnel_plot,
)
MAKERS = {maker.__name__: maker for maker in _MAKERS}


def rows_for(chart_id: str) -> pd.DataFrame:
    """The sample rows of a chart, with the columns that most sources have."""
    return MAKERS[chart_id]().assign(as_of=AS_OF, **MONEY)
