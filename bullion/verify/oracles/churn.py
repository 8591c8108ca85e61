"""Churn rates again: counted in pandas, intervals by statsmodels, funnel limits by scipy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bullion.verify.bank import Connection
from bullion.verify.registry import Difference, oracle

_MODEL = "analytics_churn_rate_confidence_intervals"
_WINSORISED, _MIN_LEVELS = 0.1, 10
_COHORT = "12-month cohort"


@oracle(name="churn counted from monthly summaries", model=_MODEL, library="pandas")
def counts(connection: Connection) -> Iterator[Difference]:
    """Exposure and leavings by segment at the start of the month, with delayed entry."""
    import pandas as pd

    cursor = connection.execute("""
        select months.customer_id, months.month_start, months.tenure_months,
            months.is_churn_month, months.is_away, versions.customer_segment
        from fact_customer_monthly_summary as months
        inner join dim_customer as versions on months.customer_key = versions.customer_key
        order by months.customer_id, months.month_start
    """)
    months = pd.DataFrame(
        [tuple(row) for row in cursor],
        columns=["customer", "month", "tenure", "left", "away", "segment"],
    )
    first, last, cohort = connection.execute(
        "select first_month, last_month, cohort_month from cal_observation_window"
    ).fetchone() or (None, None, None)
    months["segment"] = months.groupby("customer")["segment"].shift().fillna(months["segment"])
    months["segment"] = months["segment"].fillna("Unknown")
    was_away = months.groupby("customer")["away"].shift(fill_value=False).astype(bool)
    at_risk = months[(months["tenure"] >= 1) & ~was_away & months["month"].between(first, last)]
    year = (
        at_risk[at_risk["month"] >= cohort]
        .groupby("customer")
        .agg(
            entered=("month", "min"),
            seen=("month", "max"),
            left=("left", "any"),
            segment=("segment", "first"),
        )
    )
    year = year[(year["entered"] == cohort) & ((year["seen"] == last) | year["left"])]
    for basis, rows in (("Person-months", at_risk), (_COHORT, year)):
        groups = rows.groupby("segment")["left"].agg(["size", "sum"])
        for row in connection.execute(
            f"select * from {_MODEL} where dimension = 'Segment' and rate_basis = '{basis}'"
        ):
            size, left = groups.loc[row.level]
            yield Difference(f"exposure {basis} {row.level}", row.exposure_count, int(size))
            yield Difference(f"leavings {basis} {row.level}", row.churn_count, int(left))


@oracle(name="churn intervals", model=_MODEL, library="statsmodels")
def intervals(connection: Connection) -> Iterator[Difference]:
    """Wilson's interval of the cohort, the exact Poisson interval of person-months."""
    from statsmodels.stats.proportion import proportion_confint
    from statsmodels.stats.rates import confint_poisson

    for row in connection.execute(f"select * from {_MODEL}"):
        name = f"{row.rate_basis} {row.dimension} {row.level}"
        if row.rate_basis == _COHORT:
            low, high = proportion_confint(row.churn_count, row.exposure_count, method="wilson")
        else:
            low, high = confint_poisson(row.churn_count, row.exposure_count, method="exact-c")
        yield Difference(f"low {name}", row.ci_low, low, absolute=row.churn_count == 0)
        yield Difference(f"high {name}", row.ci_high, high)


@oracle(name="funnel limits and ranks", model=_MODEL, library="scipy")
def funnel(connection: Connection) -> Iterator[Difference]:
    """Overdispersion, z scores, limits and the ranks that intervals leave open."""
    dimensions: dict[tuple[str, str], list[Any]] = {}
    for row in connection.execute(f"select * from {_MODEL}"):
        dimensions.setdefault((row.rate_basis, row.dimension), []).append(row)
    for (basis, dimension), rows in dimensions.items():
        yield from _funnel_of(f"{basis} {dimension}", basis == _COHORT, rows)


def _funnel_of(name: str, is_cohort: bool, rows: list[Any]) -> Iterator[Difference]:
    import numpy as np
    from scipy import stats

    n = np.array([row.exposure_count for row in rows])
    y = np.array([row.churn_count for row in rows])
    overall = y.sum() / n.sum()
    chance = [
        stats.binom(size, overall) if is_cohort else stats.poisson(size * overall) for size in n
    ]
    z = np.array([_score(each, count) for each, count in zip(chance, y, strict=True)])
    pulled_in = np.clip(z, *np.quantile(z, [_WINSORISED, 1 - _WINSORISED]))
    factor = max(1.0, (pulled_in**2).mean()) if len(rows) >= _MIN_LEVELS else 1.0
    yield Difference(f"overdispersion {name}", rows[0].overdispersion_factor, factor)
    for row, each, score in zip(rows, chance, z / np.sqrt(factor), strict=True):
        yield Difference(f"z {name} {row.level}", row.z_score, score, absolute=True)
        for level, low, high in (
            (0.95, row.limit_95_low, row.limit_95_high),
            (0.998, row.limit_998_low, row.limit_998_high),
        ):
            tail = stats.norm.cdf(stats.norm.ppf((1 - level) / 2) * np.sqrt(factor))
            lowest, highest = _limits(each, tail)
            low_found = 0.0 if lowest is None else lowest / row.exposure_count
            high_found = 1.0 if highest is None else highest / row.exposure_count
            yield Difference(f"{level} low {name} {row.level}", low, low_found, absolute=True)
            yield Difference(f"{level} high {name} {row.level}", high, high_found)
        above = sum(other.ci_low > row.ci_high for other in rows)
        below = sum(other.ci_high < row.ci_low for other in rows)
        yield Difference(f"highest rank {name} {row.level}", row.highest_rank, 1 + above)
        yield Difference(f"lowest rank {name} {row.level}", row.lowest_rank, len(rows) - below)


def _score(chance: Any, count: int) -> float:
    """The normal score of a count: mid-p of its smaller tail."""
    from scipy import stats

    half = 0.5 * chance.pmf(count)
    if count >= chance.mean():
        return float(-stats.norm.ppf(chance.sf(count) + half))
    return float(stats.norm.ppf(chance.cdf(count) - half))


def _limits(chance: Any, tail: float) -> tuple[float | None, float | None]:
    """The counts, between whole ones in proportion, at which each mid-p tail is so small."""
    import numpy as np

    counts = np.arange(int(chance.mean() + 40 * chance.std() + 60))
    fewer = chance.cdf(counts) - 0.5 * chance.pmf(counts)
    more = chance.sf(counts) + 0.5 * chance.pmf(counts)
    more = np.where(counts > chance.support()[1], np.nan, more)
    below = np.flatnonzero((fewer[:-1] <= tail) & (fewer[1:] > tail))
    above = np.flatnonzero((more[:-1] > tail) & (more[1:] <= tail))
    low = high = None
    if len(below):
        k = below[-1]
        low = float(counts[k] + (tail - fewer[k]) / (fewer[k + 1] - fewer[k]))
    if len(above):
        k = above[-1]
        high = float(counts[k] + (more[k] - tail) / (more[k] - more[k + 1]))
    return low, high
