"""Channels: Wilson intervals of their rates, and the chi-square of equal rates, by customer."""

from __future__ import annotations

from collections.abc import Iterator

from bullion.verify.bank import Connection
from bullion.verify.oracles.clusters import Shares, shares
from bullion.verify.registry import Difference, oracle

RATES = {
    "decline": ("is_declined", "status <> 'Pending'"),
    "fraud": ("coalesce(is_fraud, false)", "true"),
}


def _shares(connection: Connection, measure: str) -> Shares:
    """Hits and attempts by channel and customer, counted in the facts."""
    hit, decided = RATES[measure]
    return shares(
        connection.execute(
            f"""
            select channel, customer_id, count(*) filter (where {hit}) as hits,
                count(*) as attempts
            from fact_transactions
            where is_customer_initiated and {decided}
            group by channel, customer_id
            """
        ).fetchall()
    )


@oracle(
    name="Wilson intervals of channels",
    model="analytics_transaction_by_channel",
    library="statsmodels",
)
def wilson(connection: Connection) -> Iterator[Difference]:
    """Rates, errors and intervals of both measures, every channel."""
    import numpy as np
    from statsmodels.stats.proportion import proportion_confint

    found = {measure: _shares(connection, measure) for measure in RATES}
    for row in connection.execute("select * from analytics_transaction_by_channel"):
        for measure, counted in found.items():
            if row.channel not in counted.groups:
                continue
            place, effect = counted.place(row.channel), counted.effect(row.channel)
            hits, attempts = counted.hits[place], counted.rows[place]
            rate = hits / attempts
            low, high = proportion_confint(hits / effect, attempts / effect, method="wilson")
            error = np.sqrt(effect * rate * (1 - rate) / attempts)
            for part, library in (
                ("rate", rate),
                ("design_effect", effect),
                ("standard_error", float(error)),
                ("ci_low", low),
                ("ci_high", high),
            ):
                ours = getattr(row, f"{measure}_{part}")
                yield Difference(f"{measure} {part} {row.channel}", ours, library)


@oracle(
    name="equal rates of channels",
    model="analytics_transaction_channel_tests",
    library="statsmodels",
)
def equal_rates(connection: Connection) -> Iterator[Difference]:
    """Pearson's chi-square without Yates' correction, over its design effect; its p value."""
    from scipy import stats

    for row in connection.execute(
        "select * from analytics_transaction_channel_tests where statistic is not null"
    ):
        counted = _shares(connection, row.measure)
        table = [(hits, n - hits) for hits, n in zip(counted.hits, counted.rows, strict=True)]
        effect = counted.chi_square_effect()
        statistic = stats.chi2_contingency(table, correction=False).statistic / effect
        p_value = float(stats.chi2.sf(statistic, len(table) - 1))
        yield Difference(f"design effect {row.measure}", row.design_effect, effect)
        yield Difference(f"chi-square {row.measure}", row.statistic, float(statistic))
        # A p value far out in the tail is next to zero for either.
        yield Difference(f"p {row.measure}", row.p_value, p_value, absolute=True)
