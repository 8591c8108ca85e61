"""Segment comparisons again: scipy, statsmodels and numpy over the customers' values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bullion.verify.bank import Connection
from bullion.verify.oracles.clusters import SMALLEST_P
from bullion.verify.registry import Difference, oracle

if TYPE_CHECKING:
    import numpy as np

_MODEL = "analytics_customer_segment_statistical_comparison"


def _values(connection: Connection) -> dict[tuple[str, str], np.ndarray]:
    """The customers' values by measure and segment."""
    import numpy as np

    values: dict[tuple[str, str], list[float]] = {}
    for row in connection.execute(
        "select measure, customer_segment, measure_value from pop_customer_segment_measures"
        " order by customer_id"
    ):
        values.setdefault((row.measure, row.customer_segment), []).append(row.measure_value)
    return {key: np.array(mine) for key, mine in values.items()}


@oracle(name="Welch's t of segments", model=_MODEL, library="scipy")
def welch(connection: Connection) -> Iterator[Difference]:
    """t, its freedom, p, interval and Cohen's d of each pair; q of all together."""
    import numpy as np
    from scipy import stats

    values = _values(connection)
    rows = connection.execute(f"select * from {_MODEL} where p_value is not null").fetchall()
    adjusted = stats.false_discovery_control([row.p_value for row in rows]) if rows else []
    for row, q_value in zip(rows, adjusted, strict=True):
        a = values[row.measure, row.comparison_segment]
        b = values[row.measure, row.reference_segment]
        found = stats.ttest_ind(a, b, equal_var=False)
        interval = found.confidence_interval(0.95)
        pooled = np.sqrt(
            ((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(a) + len(b) - 2)
        )
        d = (a.mean() - b.mean()) / pooled
        reach = stats.norm.ppf(0.975) * np.sqrt(
            1 / len(a) + 1 / len(b) + d**2 / (2 * (len(a) + len(b)))
        )
        # A difference is compared in standard errors: it may be near zero itself.
        error = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
        name = f"{row.measure}: {row.comparison_segment} - {row.reference_segment}"
        yield Difference(
            f"estimate {name}", row.estimate / error, (a.mean() - b.mean()) / error, absolute=True
        )
        yield Difference(f"standard error {name}", row.standard_error, error)
        yield Difference(f"t {name}", row.statistic, found.statistic, absolute=True)
        yield Difference(f"df {name}", row.degrees_of_freedom, found.df)
        yield Difference(f"p {name}", row.p_value, found.pvalue + SMALLEST_P)
        yield Difference(f"q {name}", row.q_value, q_value)
        yield Difference(f"low {name}", row.ci_low / error, interval.low / error, absolute=True)
        yield Difference(f"high {name}", row.ci_high / error, interval.high / error, absolute=True)
        yield Difference(f"d {name}", row.cohens_d, d, absolute=True)
        yield Difference(f"d low {name}", row.cohens_d_low, d - reach, absolute=True)
        yield Difference(f"d high {name}", row.cohens_d_high, d + reach, absolute=True)


@oracle(name="analysis of variance", model=f"{_MODEL}_anova", library="statsmodels")
def anova(connection: Connection) -> Iterator[Difference]:
    """Classic and Welch's F with their p values; q over the measures."""
    from scipy import stats
    from statsmodels.stats.oneway import anova_oneway

    values = _values(connection)
    rows = connection.execute(f"select * from {_MODEL}_anova").fetchall()
    adjusted = stats.false_discovery_control([row.welch_p_value for row in rows]) if rows else []
    for row, q_value in zip(rows, adjusted, strict=True):
        groups = [mine for (measure, _), mine in values.items() if measure == row.measure]
        groups = [mine for mine in groups if len(mine) > 1 and mine.var() > 0]
        classic = anova_oneway(groups, use_var="equal")
        welch_f = anova_oneway(groups, use_var="unequal", welch_correction=True)
        yield Difference(f"F {row.measure}", row.classic_statistic, classic.statistic)
        yield Difference(f"p of F {row.measure}", row.classic_p_value, classic.pvalue + SMALLEST_P)
        yield Difference(f"Welch's F {row.measure}", row.welch_statistic, welch_f.statistic)
        yield Difference(f"df of it {row.measure}", row.welch_degrees_within, welch_f.df_denom)
        yield Difference(f"p of it {row.measure}", row.welch_p_value, welch_f.pvalue + SMALLEST_P)
        yield Difference(f"q of it {row.measure}", row.q_value, q_value)


@oracle(name="moments and quantiles", model=f"{_MODEL}_distribution", library="numpy")
def distribution(connection: Connection) -> Iterator[Difference]:
    """Mean, variance and quantiles of every measure and segment."""
    import numpy as np

    values = _values(connection)
    for row in connection.execute(f"select * from {_MODEL}_distribution"):
        mine = values[row.measure, row.customer_segment]
        name = f"{row.measure}: {row.customer_segment}"
        yield Difference(f"n {name}", row.customer_count, len(mine))
        yield Difference(f"mean {name}", row.mean_value, mine.mean())
        if len(mine) > 1:
            yield Difference(f"variance {name}", row.variance, mine.var(ddof=1))
        for percent in (5, 25, 50, 75, 95):
            yield Difference(
                f"p{percent} {name}", getattr(row, f"p{percent}"), np.percentile(mine, percent)
            )
