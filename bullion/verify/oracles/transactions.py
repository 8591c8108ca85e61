"""Channels: Wilson intervals of their rates, and the chi-square of equal rates."""

from __future__ import annotations

from collections.abc import Iterator

from bullion.verify.bank import Connection
from bullion.verify.registry import Difference, oracle

RATES = {
    "decline": ("is_declined", "status <> 'Pending'"),
    "fraud": ("coalesce(is_fraud, false)", "true"),
}


def _counts(connection: Connection, measure: str) -> dict[str, tuple[int, int]]:
    """Hits and attempts by channel, counted in the facts."""
    hit, decided = RATES[measure]
    rows = connection.execute(
        f"""
        select channel, count(*) filter (where {hit}) as hits, count(*) as attempts
        from fact_transactions
        where is_customer_initiated and {decided}
        group by channel
        """
    )
    return {row.channel: (row.hits, row.attempts) for row in rows}


@oracle(
    name="Wilson intervals of channels",
    model="analytics_transaction_by_channel",
    library="statsmodels",
)
def wilson(connection: Connection) -> Iterator[Difference]:
    """Rates and intervals of both measures, every channel."""
    from statsmodels.stats.proportion import proportion_confint

    counts = {measure: _counts(connection, measure) for measure in RATES}
    for row in connection.execute("select * from analytics_transaction_by_channel"):
        for measure in RATES:
            hits, attempts = counts[measure].get(row.channel, (0, 0))
            if attempts == 0:
                continue
            low, high = proportion_confint(hits, attempts, method="wilson")
            for part, library in (("rate", hits / attempts), ("ci_low", low), ("ci_high", high)):
                ours = getattr(row, f"{measure}_{part}")
                yield Difference(f"{measure} {part} {row.channel}", ours, library)


@oracle(
    name="equal rates of channels",
    model="analytics_transaction_channel_tests",
    library="scipy",
)
def equal_rates(connection: Connection) -> Iterator[Difference]:
    """Pearson's chi-square without Yates' correction, and its p value."""
    from scipy.stats import chi2_contingency

    for row in connection.execute(
        "select * from analytics_transaction_channel_tests where statistic is not null"
    ):
        table = [
            (hits, attempts - hits) for hits, attempts in _counts(connection, row.measure).values()
        ]
        found = chi2_contingency(table, correction=False)
        yield Difference(f"chi-square {row.measure}", row.statistic, float(found.statistic))
        # A p value far out in the tail is zero to either.
        yield Difference(f"p {row.measure}", row.p_value, float(found.pvalue), absolute=True)
