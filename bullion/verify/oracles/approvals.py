"""Approvals again: statsmodels and scipy over the applications."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bullion.verify.bank import Connection
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


@oracle(name="odds and approval ratios", model=_MODEL, library="statsmodels")
def tables(connection: Connection) -> Iterator[Difference]:
    """Odds ratio, Woolf, Katz, chi-square or Fisher, Cramer's V of each level; q of all."""
    import numpy as np
    from scipy import stats
    from statsmodels.stats.contingency_tables import Table2x2

    rows = connection.execute(f"select * from {_MODEL} where p_value is not null").fetchall()
    adjusted = stats.false_discovery_control([row.p_value for row in rows]) if rows else []
    for row, q_value in zip(rows, adjusted, strict=True):
        name = f"{row.factor}: {row.level}"
        counts = np.array(
            [
                [row.level_approved_count, row.level_count - row.level_approved_count],
                [row.reference_approved_count, row.reference_count - row.reference_approved_count],
            ]
        )
        table = Table2x2(counts + (0.5 if (counts == 0).any() else 0.0))
        low, high = table.oddsratio_confint()
        yield Difference(f"odds ratio {name}", row.odds_ratio, table.oddsratio)
        yield Difference(f"error {name}", row.standard_error, table.log_oddsratio_se)
        yield Difference(f"low {name}", row.odds_ratio_low, low)
        yield Difference(f"high {name}", row.odds_ratio_high, high)
        square = stats.chi2_contingency(counts, correction=False)
        p_value = square.pvalue
        if square.expected_freq.min() < _MIN_EXPECTED:
            p_value = stats.fisher_exact(counts).pvalue
        yield Difference(f"chi-square {name}", row.statistic, square.statistic)
        yield Difference(f"p {name}", row.p_value, p_value)
        yield Difference(f"q {name}", row.q_value, q_value)
        yield Difference(f"V {name}", row.cramers_v, stats.contingency.association(counts))
        if counts[:, 0].min() > 0:
            table = Table2x2(counts)
            low, high = table.riskratio_confint()
            yield Difference(f"approval ratio {name}", row.approval_ratio, table.riskratio)
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
    for row, q_value in zip(rows, adjusted, strict=True):
        counts = np.array(
            [
                (level.approved_count, level.decided_count - level.approved_count)
                for level in connection.execute(
                    f"select * from {_MODEL}_levels where factor = %s order by level", [row.factor]
                )
            ]
        )
        found = stats.chi2_contingency(counts, correction=False)
        yield Difference(f"chi-square {row.factor}", row.statistic, found.statistic)
        yield Difference(f"df {row.factor}", row.degrees_of_freedom, found.dof)
        yield Difference(f"p {row.factor}", row.p_value, found.pvalue)
        yield Difference(f"q {row.factor}", row.q_value, q_value)
        yield Difference(f"V {row.factor}", row.cramers_v, stats.contingency.association(counts))


@oracle(name="levels counted again", model=f"{_MODEL}_levels", library="statsmodels")
def levels(connection: Connection) -> Iterator[Difference]:
    """Counts of two factors from the fact, Wilson's interval of every level."""
    from statsmodels.stats.proportion import proportion_confint

    counted = {(row.factor, row.level): row for row in connection.execute(_COUNTED)}
    for row in connection.execute(f"select * from {_MODEL}_levels"):
        name = f"{row.factor}: {row.level}"
        again = counted.get((row.factor, row.level))
        if again is not None:
            yield Difference(f"n {name}", row.decided_count, again.n)
            yield Difference(f"approved {name}", row.approved_count, again.hits)
        low, high = proportion_confint(row.approved_count, row.decided_count, method="wilson")
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
            debt_to_income_ratio, employment_status
        from fact_credit_applications
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
    fit = Logit(approved, np.column_stack(columns)).fit(disp=False, method="newton", tol=1e-12)
    model = connection.execute(f"select * from {_MODEL}_adjusted order by predictor_rank")
    for place, row in enumerate(model.fetchall(), start=1):
        yield Difference(f"n {row.predictor}", row.application_count, len(rows))
        yield Difference(f"estimate {row.predictor}", row.estimate, fit.params[place])
        yield Difference(f"error {row.predictor}", row.standard_error, fit.bse[place])
        yield Difference(f"p {row.predictor}", row.p_value, fit.pvalues[place])
