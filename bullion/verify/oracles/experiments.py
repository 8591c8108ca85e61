"""Experiments and channel pairs again: statsmodels and scipy over the facts."""

from __future__ import annotations

from collections.abc import Iterator

from bullion.verify.bank import Connection
from bullion.verify.oracles.clusters import SMALLEST_P, shares
from bullion.verify.registry import Difference, oracle

_MODEL = "analytics_ab_test_channel_performance"
_ALPHA, _POWER, _PLANNED, _TREATMENT_SHARE = 0.05, 0.8, 0.015, 0.5

_ARMS = """
    select experiment_id as test, experiment_arm as arm, customer_id,
        count(*) filter (where is_converted) as hits, count(*) as n
    from fact_digital_engagement
    where experiment_id is not null
    group by 1, 2, 3
    union all
    select 'Attempts by channel', channel, customer_id,
        count(*) filter (where status <> 'Declined'), count(*)
    from fact_transactions
    where is_customer_initiated and status <> 'Pending'
    group by 2, 3
    union all
    select 'Contacts by channel', channel, customer_id,
        count(*) filter (where is_first_contact_resolved), count(*)
    from fact_customer_interactions
    where is_resolved is not null
    group by 2, 3
    union all
    select 'Applications by channel', application_channel, customer_id,
        count(*) filter (where is_approved), count(*)
    from fact_credit_applications
    where decision in ('Approved', 'Declined') and application_channel is not null
    group by 2, 3
"""


@oracle(name="two-proportion tests", model=_MODEL, library="statsmodels")
def proportions(connection: Connection) -> Iterator[Difference]:
    """z, p, q, Newcombe's interval of each pair, counted again from the facts."""
    from scipy import stats
    from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

    counted = connection.execute(_ARMS).fetchall()
    tests = {
        test: shares(tuple(row)[1:] for row in counted if row.test == test)
        for test in {row.test for row in counted}
    }
    rows = connection.execute(f"select * from {_MODEL}").fetchall()
    for design in sorted({row.design for row in rows}):
        mine = [row for row in rows if row.design == design and row.p_value is not None]
        adjusted = stats.false_discovery_control([row.p_value for row in mine]) if mine else []
        for row, q_value in zip(mine, adjusted, strict=True):
            name = f"{row.test_name}: {row.comparison_arm} - {row.reference_arm}"
            arms = tests[row.test_name]
            b, a = arms.place(row.comparison_arm), arms.place(row.reference_arm)
            effect = arms.difference_effect(row.comparison_arm, row.reference_arm)
            n_b, n_a = arms.rows[b], arms.rows[a]
            counts = [arms.hits[b] / effect, n_b / effect, arms.hits[a] / effect, n_a / effect]
            z, p = proportions_ztest(counts[::2], counts[1::2])
            low, high = confint_proportions_2indep(*counts, method="newcomb", compare="diff")
            error = row.standard_error
            yield Difference(f"n {name}", row.comparison_count, n_b)
            yield Difference(f"reference n {name}", row.reference_count, n_a)
            yield Difference(f"z {name}", row.statistic, z, absolute=True)
            yield Difference(f"design effect {name}", row.design_effect, effect)
            both = len(arms.clusters[b] & arms.clusters[a])
            yield Difference(f"customers in both {name}", row.shared_customer_count, both)
            yield Difference(f"p {name}", row.p_value, p + SMALLEST_P)
            yield Difference(f"q {name}", row.q_value, q_value)
            yield Difference(f"low {name}", row.ci_low / error, low / error, absolute=True)
            yield Difference(f"high {name}", row.ci_high / error, high / error, absolute=True)


@oracle(name="power and sample ratio", model=_MODEL, library="statsmodels")
def plan(connection: Connection) -> Iterator[Difference]:
    """Power for the planned effect, trials that it needs, smallest effect found, sample ratio."""
    from scipy import optimize, stats
    from statsmodels.stats.proportion import (
        power_proportions_2indep,
        samplesize_proportions_2indep_onetail,
    )

    for row in connection.execute(f"select * from {_MODEL}"):
        name = f"{row.test_name}: {row.comparison_arm} - {row.reference_arm}"
        rate, n_a, n_b = row.reference_rate, row.reference_count, row.comparison_count
        if row.minimal_detectable_effect is not None and rate + row.minimal_detectable_effect < 1:
            # The usual one: the chance of rejecting in the wrong direction does not count.
            def short_of_power(
                effect: float, rate: float = rate, n_a: int = n_a, n_b: int = n_b
            ) -> float:
                power = power_proportions_2indep(
                    effect, rate, n_b, ratio=n_a / n_b, alpha=_ALPHA / 2, alternative="larger"
                )
                return float(power.power - _POWER)

            found = optimize.brentq(short_of_power, 1e-9, 1 - rate - 1e-9, xtol=1e-14, rtol=1e-12)
            yield Difference(f"smallest effect {name}", row.minimal_detectable_effect, found)
        if row.is_randomised:
            power = power_proportions_2indep(_PLANNED, rate, n_b, ratio=n_a / n_b, alpha=_ALPHA)
            needed = samplesize_proportions_2indep_onetail(
                _PLANNED, rate, _POWER, ratio=1, alpha=_ALPHA
            )
            expected = [(n_a + n_b) * (1 - _TREATMENT_SHARE), (n_a + n_b) * _TREATMENT_SHARE]
            ratio = stats.chisquare([n_a, n_b], expected)
            yield Difference(f"power {name}", row.planned_power, power.power)
            yield Difference(f"trials needed {name}", row.planned_count_per_arm, -(-needed // 1))
            yield Difference(f"sample ratio {name}", row.sample_ratio_statistic, ratio.statistic)
            yield Difference(f"p of it {name}", row.sample_ratio_p_value, ratio.pvalue)


@oracle(name="power curves", model=f"{_MODEL}_power", library="statsmodels")
def curves(connection: Connection) -> Iterator[Difference]:
    """Power over true effects and sizes."""
    from statsmodels.stats.proportion import power_proportions_2indep

    for row in connection.execute(f"select * from {_MODEL}_power where true_effect > 0"):
        n_a, n_b = row.reference_count, row.comparison_count
        power = power_proportions_2indep(
            row.true_effect, row.reference_rate, n_b, ratio=n_a / n_b, alpha=_ALPHA
        )
        name = f"power {row.test_name}: {row.true_effect:.4f} at {row.sample_share:.2f}"
        yield Difference(name, row.power, power.power)
