"""Approvals again: statsmodels and scipy over the applications, by customer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bullion.verify.bank import Connection
from bullion.verify.oracles.clusters import SMALLEST_P, Shares, shares
from bullion.verify.registry import Difference, oracle

_MODEL = "analytics_credit_approval_hypothesis_test"
_SCORE_GATE, _SCORE_STEP, _RATIO_STEP, _MIN_EXPECTED = 660, 50, 0.1, 5

# A second way to some of the levels, straight from the fact.
_COUNTED = """
    select 'Employment' as factor, coalesce(versions.employment_status, 'Unknown') as level,
        count(*) as n, count(*) filter (where decision = 'Approved') as hits
    from fact_credit_applications as applications
    inner join dim_customer as versions on applications.customer_key = versions.customer_key
    where decision in ('Approved', 'Declined')
    group by 2
    union all
    select 'Credit score', coalesce(credit_score_band, 'Unknown'), count(*),
        count(*) filter (where decision = 'Approved')
    from fact_credit_applications
    where decision in ('Approved', 'Declined')
    group by 2
"""


def _by_factor(connection: Connection) -> dict[str, Shares]:
    """Approvals of each factor's levels, by customer."""
    rows = connection.execute(
        "select factor, level, customer_id, approved_count, decided_count"
        " from agg_customer_approvals"
    ).fetchall()
    factors = sorted({row.factor for row in rows})
    return {name: shares(tuple(row)[1:] for row in rows if row.factor == name) for name in factors}


def _ratio_interval(counts: Any) -> tuple[float, float]:
    """Donner and Zou's interval of the ratio of two shares, as their paper writes it."""
    import numpy as np
    from statsmodels.stats.proportion import proportion_confint

    (p1, l1, u1), (p2, l2, u2) = (
        (hits / (hits + misses), *proportion_confint(hits, hits + misses, method="wilson"))
        for hits, misses in counts
    )
    product = p1 * p2
    reach = [
        np.sqrt(max(0.0, product**2 - end * other * (2 * p1 - end) * (2 * p2 - other)))
        for end, other in ((l1, u2), (u1, l2))
    ]
    low = (product - reach[0]) / (u2 * (2 * p2 - u2))
    return (0.0 if p1 == 0 else low), (product + reach[1]) / (l2 * (2 * p2 - l2))


@oracle(name="odds and approval ratios", model=_MODEL, library="statsmodels")
def tables(connection: Connection) -> Iterator[Difference]:
    """Odds ratio, Woolf, ratio, chi-square or Fisher, Cramer's V of each level; q of all."""
    import numpy as np
    from scipy import stats
    from statsmodels.stats.contingency_tables import Table2x2

    rows = connection.execute(f"select * from {_MODEL} where p_value is not null").fetchall()
    adjusted = stats.false_discovery_control([row.p_value for row in rows]) if rows else []
    by_factor = _by_factor(connection)
    for row, q_value in zip(rows, adjusted, strict=True):
        name = f"{row.factor}: {row.level}"
        effect = by_factor[row.factor].difference_effect(row.level, row.reference_level)
        counts = np.array(
            [
                [row.level_approved_count, row.level_count - row.level_approved_count],
                [row.reference_approved_count, row.reference_count - row.reference_approved_count],
            ]
        )
        table = Table2x2(counts + (0.5 if (counts == 0).any() else 0.0))
        error = table.log_oddsratio_se * np.sqrt(effect)
        low, high = table.oddsratio * np.exp(stats.norm.ppf([0.025, 0.975]) * error)
        yield Difference(f"design effect {name}", row.design_effect, effect)
        yield Difference(f"odds ratio {name}", row.odds_ratio, table.oddsratio)
        yield Difference(f"error {name}", row.standard_error, error)
        yield Difference(f"low {name}", row.odds_ratio_low, low)
        yield Difference(f"high {name}", row.odds_ratio_high, high)
        square = stats.chi2_contingency(counts, correction=False)
        p_value = stats.chi2.sf(square.statistic / effect, 1)
        if row.is_protected_class or square.expected_freq.min() < _MIN_EXPECTED:
            p_value = stats.fisher_exact(counts).pvalue
        yield Difference(f"chi-square {name}", row.statistic, square.statistic / effect)
        yield Difference(f"p {name}", row.p_value, p_value + SMALLEST_P)
        yield Difference(f"q {name}", row.q_value, q_value)
        yield Difference(f"V {name}", row.cramers_v, stats.contingency.association(counts))
        if counts[1, 0] > 0:
            low, high = _ratio_interval(counts / effect)
            ratio = row.level_approval_rate / row.reference_approval_rate
            yield Difference(f"approval ratio {name}", row.approval_ratio, ratio)
            yield Difference(f"its low {name}", row.approval_ratio_low, low)
            yield Difference(f"its high {name}", row.approval_ratio_high, high)


@oracle(name="approval by factor", model=f"{_MODEL}_factors", library="scipy")
def factors(connection: Connection) -> Iterator[Difference]:
    """Chi-square and Cramer's V over all levels of a factor; q over the factors."""
    import numpy as np
    from scipy import stats

    rows = connection.execute(
        f"select * from {_MODEL}_factors where p_value is not null"
    ).fetchall()
    adjusted = stats.false_discovery_control([row.p_value for row in rows]) if rows else []
    by_factor = _by_factor(connection)
    for row, q_value in zip(rows, adjusted, strict=True):
        effect = by_factor[row.factor].chi_square_effect()
        counts = np.array(
            [
                (level.approved_count, level.decided_count - level.approved_count)
                for level in connection.execute(
                    f"select * from {_MODEL}_levels where factor = %s order by level", [row.factor]
                )
            ]
        )
        found = stats.chi2_contingency(counts, correction=False)
        yield Difference(f"chi-square {row.factor}", row.statistic, found.statistic / effect)
        yield Difference(f"design effect {row.factor}", row.design_effect, effect)
        yield Difference(f"df {row.factor}", row.degrees_of_freedom, found.dof)
        p_value = stats.chi2.sf(found.statistic / effect, found.dof) + SMALLEST_P
        yield Difference(f"p {row.factor}", row.p_value, p_value)
        yield Difference(f"q {row.factor}", row.q_value, q_value)
        yield Difference(f"V {row.factor}", row.cramers_v, stats.contingency.association(counts))


@oracle(name="levels counted again", model=f"{_MODEL}_levels", library="statsmodels")
def levels(connection: Connection) -> Iterator[Difference]:
    """Counts of two factors from the fact, Wilson's interval of every level."""
    from statsmodels.stats.proportion import proportion_confint

    counted = {(row.factor, row.level): row for row in connection.execute(_COUNTED)}
    by_factor = _by_factor(connection)
    for row in connection.execute(f"select * from {_MODEL}_levels"):
        name = f"{row.factor}: {row.level}"
        again = counted.get((row.factor, row.level))
        if again is not None:
            yield Difference(f"n {name}", row.decided_count, again.n)
            yield Difference(f"approved {name}", row.approved_count, again.hits)
        effect = by_factor[row.factor].effect(row.level)
        low, high = proportion_confint(
            row.approved_count / effect, row.decided_count / effect, method="wilson"
        )
        yield Difference(f"design effect {name}", row.design_effect, effect)
        yield Difference(f"low {name}", row.ci_low, low, absolute=row.approved_count == 0)
        yield Difference(f"high {name}", row.ci_high, high)


@oracle(name="logistic regression of approval", model=f"{_MODEL}_adjusted", library="statsmodels")
def regression(connection: Connection) -> Iterator[Difference]:
    """Coefficients, errors and p values above the gate."""
    import numpy as np
    from statsmodels.discrete.discrete_model import Logit

    employments = ("Self-Employed", "Retired", "Student", "Unemployed")
    cursor = connection.execute(
        """
        select (decision = 'Approved')::integer, credit_score_at_application,
            debt_to_income_ratio, employment_status, applications.customer_id
        from fact_credit_applications as applications
        inner join dim_customer using (customer_key)
        where decision in ('Approved', 'Declined') and credit_score_at_application >= %s
            and debt_to_income_ratio is not null
            and employment_status in (
                'Employed', 'Self-Employed', 'Retired', 'Student', 'Unemployed'
            )
        """,
        [_SCORE_GATE],
    )
    rows = [tuple(row) for row in cursor]
    approved = np.array([row[0] for row in rows])
    columns: list[Any] = [np.ones(len(rows)), [row[1] / _SCORE_STEP for row in rows]]
    columns.append([float(row[2]) / _RATIO_STEP for row in rows])
    columns += [[float(row[3] == employment) for row in rows] for employment in employments]
    _, customers = np.unique([str(row[4]) for row in rows], return_inverse=True)
    fit = Logit(approved, np.column_stack(columns)).fit(
        disp=False,
        method="newton",
        tol=1e-12,
        cov_type="cluster",
        cov_kwds={"groups": customers, "use_correction": False},
    )
    model = connection.execute(f"select * from {_MODEL}_adjusted order by predictor_rank")
    for place, row in enumerate(model.fetchall(), start=1):
        yield Difference(f"n {row.predictor}", row.application_count, len(rows))
        yield Difference(f"estimate {row.predictor}", row.estimate, fit.params[place])
        yield Difference(f"error {row.predictor}", row.standard_error, fit.bse[place])
        yield Difference(f"p {row.predictor}", row.p_value, fit.pvalues[place])
