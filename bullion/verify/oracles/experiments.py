"""Experiments and channel pairs again: statsmodels and scipy over the facts."""

from __future__ import annotations

from collections.abc import Iterator

from bullion.verify.bank import Connection
from bullion.verify.registry import Difference, oracle

_MODEL = "analytics_ab_test_channel_performance"
_ALPHA, _POWER, _PLANNED, _TREATMENT_SHARE = 0.05, 0.8, 0.015, 0.5

_ARMS = """
    select experiment_id as test, experiment_arm as arm, count(*) as n,
        count(*) filter (where is_converted) as hits
    from fact_digital_engagement
    where experiment_id is not null
    group by 1, 2
    union all
    select 'Attempts by channel', channel, count(*), count(*) filter (where status <> 'Declined')
    from fact_transactions
    where is_customer_initiated and status <> 'Pending'
    group by 2
    union all
    select 'Contacts by channel', channel, count(*),
        count(*) filter (where is_first_contact_resolved)
    from fact_customer_interactions
    where is_resolved is not null
    group by 2
    union all
    select 'Applications by channel', application_channel, count(*),
        count(*) filter (where is_approved)
    from fact_credit_applications
    where decision in ('Approved', 'Declined') and application_channel is not null
    group by 2
"""


@oracle(name="two-proportion tests", model=_MODEL, library="statsmodels")
def proportions(connection: Connection) -> Iterator[Difference]:
    """z, p, q, Newcombe's interval of each pair, counted again from the facts."""
    from scipy import stats
    from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

    arms = {(row.test, row.arm): (row.hits, row.n) for row in connection.execute(_ARMS)}
    rows = connection.execute(f"select * from {_MODEL}").fetchall()
    for design in sorted({row.design for row in rows}):
        mine = [row for row in rows if row.design == design and row.p_value is not None]
        adjusted = stats.false_discovery_control([row.p_value for row in mine]) if mine else []
        for row, q_value in zip(mine, adjusted, strict=True):
            name = f"{row.test_name}: {row.comparison_arm} - {row.reference_arm}"
            hits_b, n_b = arms[row.test_name, row.comparison_arm]
            hits_a, n_a = arms[row.test_name, row.reference_arm]
            z, p = proportions_ztest([hits_b, hits_a], [n_b, n_a])
            low, high = confint_proportions_2indep(
                hits_b, n_b, hits_a, n_a, method="newcomb", compare="diff"
            )
            error = row.standard_error
            yield Difference(f"n {name}", row.comparison_count, n_b)
            yield Difference(f"reference n {name}", row.reference_count, n_a)
            yield Difference(f"z {name}", row.statistic, z, absolute=True)
            yield Difference(f"p {name}", row.p_value, p)
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
