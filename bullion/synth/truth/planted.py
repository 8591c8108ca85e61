"""What core planted: parameters and estimands for truth.yml, latent values of each customer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import churn, contacts, credit, digital, holdings, loans, wealth, world
from bullion.synth.customers.world import Block
from bullion.synth.market import products


def note_truths(ctx: context.BankContext) -> None:
    """Write parameters and estimands (on the scale a report uses) of core's truths."""
    leaving = churn.effects(ctx)

    def on(truth: str, value: float, off: float = 0.0) -> float:
        return float(value if ctx.has(truth) else off)

    log_odds = on("T05", np.log(credit.ODDS_RATIO_PER_50))
    begin, end = digital.experiment_window(ctx)
    names = ctx.products.name
    ctx.truth.update(
        {
            "T01": {
                "parameters": {
                    "link": "complementary log-log, monthly, customers at risk from the month"
                    " after signup",
                    "base": churn.BASE,
                    **leaving,
                    "window_months": {"complaint and satisfaction": 3, "late payment": 6},
                    "products": "open Deposit, Credit and Investment accounts at the start of the"
                    " month (loans and insurance do not count); extra = min(count - 1, 2)",
                    "late payment": "known at due date + 30 days; defaulted instalments excluded",
                    "satisfaction": "mean of the rated contacts of the three months before <= 2",
                },
                "estimand": {f"log_hazard_ratio_{name}": value for name, value in leaving.items()},
            },
            "T04": {
                "parameters": {
                    "base_points": credit.RATE_BASE,
                    "federal_funds_coefficient": 1.0,
                    "score_points": credit.RATE_SCORE,
                    "debt_ratio_points": credit.RATE_DTI,
                    "product_add_on_points": {
                        names[code]: points for code, points in products.RATE_ADD_ON.items()
                    },
                    "noise_sd_points": credit.RATE_SD,
                    "cutoff_score": credit.RATE_STEP_SCORE,
                },
                "estimand": {"step_points_at_720": on("T04", credit.RATE_STEP)},
            },
            "T05": {
                "parameters": {
                    "score": [credit.SCORE_MEAN, credit.SCORE_SD],
                    "debt_ratio_beta": list(credit.DTI_SHAPE),
                    "gate": credit.GATE,
                    "base": credit.APPROVAL_BASE,
                    "debt_ratio": credit.APPROVAL_DTI,
                    "employment": dict(
                        zip(world.EMPLOYMENT, credit.EMPLOYMENT_EFFECT, strict=True)
                    ),
                    "pending_share": credit.PENDING_SHARE,
                },
                "estimand": {"log_odds_ratio_per_50_points": log_odds},
            },
            "T06": {
                "parameters": {
                    "base": loans.DEFAULT_BASE,
                    "score_centre": 700,
                    "debt_ratio_centre": 0.30,
                    "unemployment_centre": 4.5,
                },
                "estimand": {
                    "logit_score": on("T06", loans.DEFAULT_SCORE),
                    "logit_debt_ratio": on("T06", loans.DEFAULT_DTI),
                    "logit_unemployment_point": on("T06", loans.DEFAULT_UNEMPLOYMENT),
                },
            },
            "T07": {
                "parameters": {
                    "variable_product": names[products.FLEX],
                    "fixed_product": names[products.FIXED],
                    "account_effect": [wealth.ACCOUNT_MEAN, wealth.ACCOUNT_SD],
                    "common_shock_ar_sd": [wealth.SHOCK_AR, wealth.SHOCK_SD],
                    "error_ar_sd": [wealth.ERROR_AR, wealth.ERROR_SD],
                    "trend_a_month": wealth.TREND_A_MONTH,
                    "rate": "variable rate (points) in force on the first of the month",
                },
                "estimand": {"log_contribution_per_point": on("T07", np.log(wealth.RATE_RESPONSE))},
            },
            "T08": {
                "parameters": {
                    "visits_a_month": contacts.VISITS_A_MONTH,
                    "level_log_sd": contacts.VISIT_SD,
                    "decay_km": contacts.VISIT_DECAY_KM,
                    "distance": "great circle from the recorded home to the nearest branch open"
                    " then",
                },
                "estimand": {"log_rate_per_km": on("T08", -1 / contacts.VISIT_DECAY_KM)},
            },
            "T09": {
                "parameters": {
                    "sessions_a_month": digital.SESSIONS_A_MONTH,
                    "phone_a_month": contacts.PHONE_A_MONTH,
                    "enrolment": "account_events, event_type Mobile Banking Enrolled",
                },
                "estimand": {
                    "log_sessions_ratio": on("T09", np.log(digital.SESSIONS_AFTER_MOBILE)),
                    "log_phone_ratio": on("T09", np.log(contacts.PHONE_AFTER_MOBILE)),
                },
            },
            "T10": {
                "parameters": {
                    "at_signup": holdings.AT_SIGNUP,
                    "at_signup_autopay_factor": holdings.AT_SIGNUP_AUTOPAY,
                    "mobile_pace": holdings.MOBILE_PACE,
                },
                "estimand": {
                    "log_hazard_ratio_one_to_two_products": leaving["extra_products"],
                    "hazard_ratio_one_to_two_products": float(np.exp(leaving["extra_products"])),
                },
            },
            "T11": {
                "parameters": {
                    "late_chance": loans.LATE_CHANCE,
                    "frailty_log_sd": loans.LATE_FRAILTY_SD,
                    "autopay_factor": loans.LATE_AUTOPAY,
                    "no_autopay_factor": loans.LATE_NO_AUTOPAY,
                    "two_products_factor": loans.LATE_TWO_PRODUCTS,
                },
                "estimand": {
                    "log_hazard_ratio_late": leaving["late_payment"],
                    "hazard_ratio_late": float(np.exp(leaving["late_payment"])),
                },
            },
            "T12": {
                "parameters": {
                    "experiment": digital.EXPERIMENT,
                    "first_day": context.to_date(begin).isoformat(),
                    "last_day": context.to_date(end - 1).isoformat(),
                    "control": digital.CONVERSION_CONTROL,
                    "treatment": on(
                        "T12", digital.CONVERSION_TREATMENT, digital.CONVERSION_CONTROL
                    ),
                },
                "estimand": {
                    "difference": on(
                        "T12", digital.CONVERSION_TREATMENT - digital.CONVERSION_CONTROL
                    )
                },
            },
            "T16": {
                "parameters": {
                    "assets": "accounts.current_balance of open Deposit and Investment accounts,"
                    " by customer who has not left",
                    "body_log_mean_sd": [wealth.LOG_MEAN, wealth.LOG_SD],
                    "tail_share": wealth.TAIL_SHARE,
                    "tail_threshold": wealth.TAIL_FROM,
                },
                "estimand": {
                    "tail_index": wealth.TAIL_INDEX,
                    "gini and shares": "truth/customers.parquet, column target_assets (cents)",
                },
            },
            "T18": {
                "parameters": {
                    "base": contacts.RATING_BASE,
                    "agents": contacts.N_AGENTS,
                    "rated_share": contacts.RATED_SHARE,
                    "contacts": "Phone, Email, Chat; visits have neither agent nor rating",
                },
                "estimand": {
                    "wait_minute": on("T18", contacts.RATING_WAIT),
                    "resolved": on("T18", contacts.RATING_RESOLVED),
                    "escalated": on("T18", contacts.RATING_ESCALATED),
                },
            },
            "T19": {
                "parameters": {
                    "contacts": "Phone, Email, Chat",
                    "first_hour_utc": contacts.FIRST_HOUR,
                },
                "estimand": {"shares_monday_to_sunday": contacts.contact_shares().tolist()},
            },
            "T20": {
                "parameters": {
                    "ever_held": {
                        names[code]: chance for code, chance in products.HELD_PROBABILITY.items()
                    },
                    "lift": on("T20", holdings.LIFT, 1.0),
                },
                "estimand": {
                    "pairs": [[names[a], names[b]] for a, b in products.PAIRS]
                    if ctx.has("T20")
                    else []
                },
            },
        }
    )


def note_customers(
    ctx: context.BankContext, block: Block, held: NDArray, open_days: NDArray
) -> None:
    """Latent values by customer (truth/customers.parquet) and the agents' effects."""
    taken = open_days < np.minimum(block.churn_day, ctx.end_day + 1)[:, None]
    block.latent["customers"] = {
        "customer": block.index + 1,
        "archetype": block.archetype,
        "age": block.age,
        "tx_rate": block.tx_rate,
        "purchase_rate": block.purchase_rate,
        "digital_share": block.shares[:, 0],
        "atm_share": block.shares[:, 1],
        "saving_share": block.shares[:, 2],
        "recurring_share": block.shares[:, 3],
        "branch_km": block.branch_km,
        "drawn_products": (held[:, 1:] * (1 << np.arange(products.N_HELD - 1))).sum(axis=1),
        "held_products": (taken[:, 1:] * (1 << np.arange(products.N_HELD - 1))).sum(axis=1),
        **block.latent.get("customers", {}),
    }
    if block.number == 0:
        effects = contacts.agent_effects(ctx)
        block.latent["agents"] = {"agent": np.arange(len(effects)) + 1, "effect": effects}
