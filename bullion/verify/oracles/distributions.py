"""Tests of normality, means and quantiles by scipy and numpy, from the facts and customers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bullion.verify.bank import Connection
from bullion.verify.registry import Difference, oracle

ATTEMPTS = """
    select
        transaction_type,
        coalesce(merchant_category, 'None') || '|' || coalesce(customer_segment, 'Unknown') as cell,
        abs(amount)::float8 as amount
    from fact_transactions
    left join dim_customer using (customer_key)
    where is_customer_initiated and not coalesce(is_fraud, false) and amount <> 0
"""
VALUES = """
    select customer_segment, lifetime_value_amount::float8 as value
    from pop_customer_periods
    where period = 'current' and is_customer and lifetime_value_amount is not null
"""


def _samples(connection: Connection) -> dict[tuple[str, str, str], tuple[Any, int]]:
    """What each row of the normality test is about, and how many means were taken out."""
    import numpy as np
    import pandas as pd

    tested = {
        (row.transaction_type, f"{row.merchant_category}|{row.customer_segment}")
        for row in connection.execute(
            "select * from analytics_transaction_amount_normality_test_cells where is_tested"
        )
    }
    attempts = pd.DataFrame(
        connection.execute(ATTEMPTS).fetchall(), columns=["transaction_type", "cell", "raw"]
    )
    attempts["log"] = np.log(attempts["raw"])
    samples = {}
    for name, rows in attempts.groupby("transaction_type"):
        is_tested = [(name, cell) in tested for cell in rows["cell"]]
        for scale in ("raw", "log"):
            means = rows.groupby("cell")[scale].transform("mean")
            samples[str(name), scale, "pooled"] = (rows[scale].to_numpy(), 1)
            samples[str(name), scale, "within_cells"] = (
                (rows[scale] - means)[is_tested].to_numpy(),
                rows["cell"][is_tested].nunique(),
            )
    return samples


@oracle(
    name="Jarque-Bera and K2 of amounts",
    model="analytics_transaction_amount_normality_test",
    library="scipy",
)
def amounts(connection: Connection) -> Iterator[Difference]:
    """Statistics and p values of each type, scale and basis."""
    from scipy import stats

    samples = _samples(connection)
    for row in connection.execute(
        "select * from analytics_transaction_amount_normality_test where attempt_count >= 20"
        " and standard_deviation > 0"
    ):
        key = (row.transaction_type, row.amount_scale, row.basis)
        (sample, means), label = samples[key], " ".join(key)
        jarque_bera, k2 = stats.jarque_bera(sample), stats.normaltest(sample)
        yield Difference(f"n {label}", row.attempt_count, len(sample))
        yield Difference(f"means {label}", row.cell_count, means)
        yield Difference(f"sd {label}", row.standard_deviation, float(sample.std(ddof=means)))
        yield Difference(f"skewness {label}", row.skewness, stats.skew(sample))
        yield Difference(f"kurtosis {label}", row.excess_kurtosis, stats.kurtosis(sample))
        yield Difference(f"Jarque-Bera {label}", row.statistic, jarque_bera.statistic)
        yield Difference(f"p {label}", row.p_value, jarque_bera.pvalue, absolute=True)
        yield Difference(f"z of skewness {label}", row.skewness_z, stats.skewtest(sample).statistic)
        yield Difference(
            f"z of kurtosis {label}", row.kurtosis_z, stats.kurtosistest(sample).statistic
        )
        yield Difference(f"K2 {label}", row.k2_statistic, k2.statistic)
        yield Difference(f"p of K2 {label}", row.k2_p_value, k2.pvalue, absolute=True)


@oracle(
    name="Q-Q points of amounts",
    model="analytics_transaction_amount_normality_test_points",
    library="scipy",
)
def amount_points(connection: Connection) -> Iterator[Difference]:
    """Quantiles as numpy has them, against the normal's as scipy has them."""
    samples = _samples(connection)
    for row in connection.execute(
        "select * from analytics_transaction_amount_normality_test_points"
    ):
        label = f"{row.transaction_type} {row.amount_scale}"
        sample, means = samples[row.transaction_type, row.amount_scale, "within_cells"]
        yield from _point(row, label, sample, means)


@oracle(
    name="Jarque-Bera of cells",
    model="analytics_transaction_amount_normality_test_cells",
    library="statsmodels",
)
def cells(connection: Connection) -> Iterator[Difference]:
    """q values of each family, from the p values of the table."""
    import pandas as pd
    from statsmodels.stats.multitest import multipletests

    rows = pd.DataFrame(
        connection.execute(
            "select transaction_type, amount_scale, p_value, q_value"
            " from analytics_transaction_amount_normality_test_cells where is_tested"
        ).fetchall(),
        columns=["transaction_type", "amount_scale", "p_value", "q_value"],
    )
    for family, tests in rows.groupby(["transaction_type", "amount_scale"]):
        adjusted = multipletests(tests["p_value"], method="fdr_bh")[1]
        for ours, library in zip(tests["q_value"], adjusted, strict=True):
            yield Difference(f"q {' '.join(family)}", ours, library, absolute=True)


@oracle(
    name="means and shape of lifetime values",
    model="analytics_customer_lifetime_value_distribution_profile",
    library="scipy",
)
def lifetime_values(connection: Connection) -> Iterator[Difference]:
    """Means with t intervals, winsorised means, moments and the Jarque-Bera test."""
    import numpy as np
    from scipy import stats

    customers = connection.execute(VALUES).fetchall()
    for row in connection.execute(
        "select * from analytics_customer_lifetime_value_distribution_profile"
        " where standard_deviation > 0"
    ):
        label = f"{row.customer_segment} {row.value_scale}"
        sample = np.array(
            [c.value for c in customers if row.customer_segment in {"All", c.customer_segment}]
        )
        if row.value_scale == "log":
            sample = np.log(sample[sample > 0])
        interval = stats.ttest_1samp(sample, 0).confidence_interval(0.95)
        winsorised = np.asarray(stats.mstats.winsorize(sample, limits=(0.01, 0.01)))
        kept = len(sample) - 2 * int(0.01 * len(sample))
        error = winsorised.std(ddof=1) / np.sqrt(len(sample)) * (len(sample) - 1) / (kept - 1)
        reach = stats.t.ppf(0.975, kept - 1) * error
        for name, ours, library in (
            ("n", row.customer_count, len(sample)),
            ("mean", row.estimate, sample.mean()),
            ("standard error", row.standard_error, stats.sem(sample)),
            ("lower limit", row.ci_low, interval.low),
            ("upper limit", row.ci_high, interval.high),
            ("winsorised mean", row.winsorised_mean, winsorised.mean()),
            ("winsorised error", row.winsorised_standard_error, error),
            ("winsorised lower limit", row.winsorised_ci_low, winsorised.mean() - reach),
            ("winsorised upper limit", row.winsorised_ci_high, winsorised.mean() + reach),
            ("skewness", row.skewness, stats.skew(sample)),
            ("kurtosis", row.excess_kurtosis, stats.kurtosis(sample)),
            ("Jarque-Bera", row.statistic, stats.jarque_bera(sample).statistic),
            ("median", row.median_value, np.median(sample)),
        ):
            yield Difference(f"{name} {label}", ours, float(library))
        yield Difference(f"p {label}", row.p_value, stats.jarque_bera(sample).pvalue, absolute=True)


@oracle(
    name="fits of the lifetime values' histogram",
    model="analytics_customer_lifetime_value_distribution",
    library="scipy",
)
def histogram(connection: Connection) -> Iterator[Difference]:
    """Counts by numpy; densities and expected counts by scipy's fitted distributions."""
    import numpy as np
    from scipy import stats

    values = np.array([row.value for row in connection.execute(VALUES)])
    bins = connection.execute(
        "select * from analytics_customer_lifetime_value_distribution order by bin_number"
    ).fetchall()
    positive = values[values > 0]
    if not bins or len(positive) < 2:
        return
    normal = stats.norm(values.mean(), values.std(ddof=1))
    logs = np.log(positive)
    lognormal = stats.lognorm(s=logs.std(ddof=1), scale=np.exp(logs.mean()))
    for row in bins:
        low = float(row.lower_amount)
        high = np.inf if row.upper_amount is None else float(row.upper_amount)
        below = -np.inf if row.bin_number == 1 else low
        label = f"of bin {row.bin_number}"
        inside = int(((values >= low) & (values < high)).sum())
        yield Difference(f"count {label}", row.customer_count, inside)
        yield Difference(
            f"normal count {label}",
            row.normal_expected_count,
            len(values) * (normal.cdf(high) - normal.cdf(below)),
            absolute=True,
        )
        yield Difference(
            f"lognormal count {label}",
            row.lognormal_expected_count,
            len(positive) * (lognormal.cdf(high) - lognormal.cdf(low)),
            absolute=True,
        )
        if row.upper_amount is not None:
            middle = (low + high) / 2
            share = len(positive) / len(values)
            yield Difference(f"normal density {label}", row.normal_density, normal.pdf(middle))
            yield Difference(
                f"lognormal density {label}",
                row.lognormal_density,
                share * lognormal.pdf(middle),
                absolute=True,
            )


@oracle(
    name="Q-Q points of lifetime values",
    model="analytics_customer_lifetime_value_distribution_points",
    library="scipy",
)
def value_points(connection: Connection) -> Iterator[Difference]:
    """Quantiles as numpy has them, against the normal's as scipy has them."""
    import numpy as np

    values = np.array([row.value for row in connection.execute(VALUES)])
    samples = {"raw": values, "log": np.log(values[values > 0])}
    for row in connection.execute(
        "select * from analytics_customer_lifetime_value_distribution_points"
    ):
        yield from _point(row, row.value_scale, samples[row.value_scale])


def _point(row: Any, label: str, sample: Any, means: int = 1) -> Iterator[Difference]:
    import numpy as np
    from scipy.stats import norm

    label = f"{label} {row.point_number}"
    quantile = np.quantile(sample, row.probability, method="inverted_cdf")
    standardised = (quantile - sample.mean()) / sample.std(ddof=means)
    yield Difference(f"sample {label}", row.sample_value, float(quantile), absolute=True)
    yield Difference(f"standardised {label}", row.standardised_value, float(standardised), True)
    yield Difference(
        f"normal {label}", row.normal_quantile, float(norm.ppf(row.probability)), absolute=True
    )
