"""Quick independent estimates of what transactions and campaigns plant (truths.md, section 1).

They read Arrow tables of the contract and nothing of the generator; the planted constants come
from truths.md, written out here a second time on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

SEGMENTS = ("Mass Market", "Affluent", "Premium", "Business")
ATTEMPT_TYPES = ("Purchase", "ATM Withdrawal", "Transfer", "Payment")
DAY = 86_400


@dataclass
class Tx:
    """Transactions as numpy arrays; texts as objects' codes into ``names[column]``."""

    customer: np.ndarray
    second: np.ndarray
    amount: np.ndarray
    score: np.ndarray
    fraud: np.ndarray
    foreign: np.ndarray
    recurring: np.ndarray
    kind: np.ndarray
    channel: np.ndarray
    status: np.ndarray
    category: np.ndarray
    names: dict[str, list[str]]

    def is_(self, column: str, *values: str) -> np.ndarray:
        names = self.names[column]
        wanted = [names.index(value) for value in values if value in names]
        return np.isin(getattr(self, column), wanted)

    @property
    def attempt(self) -> np.ndarray:
        return self.is_("kind", *ATTEMPT_TYPES) & (self.amount < 0)

    @property
    def day(self) -> np.ndarray:
        return self.second // DAY

    @property
    def month(self) -> np.ndarray:
        return self.day.astype("datetime64[D]").astype("datetime64[M]").astype(int)

    @property
    def hour(self) -> np.ndarray:
        return self.second % DAY // 3600


def floats(column: pa.ChunkedArray) -> np.ndarray:
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False)


def read(table: pa.Table) -> Tx:
    names: dict[str, list[str]] = {}

    def codes(name: str, column: str) -> np.ndarray:
        values = table[column].combine_chunks()
        if not pa.types.is_dictionary(values.type):
            values = values.dictionary_encode()
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        names[name] = values.dictionary.to_pylist()
        return pc.fill_null(values.indices, -1).to_numpy(zero_copy_only=False)

    customers = table["customer_id"].cast(pa.string())
    return Tx(
        customer=pc.utf8_slice_codeunits(customers, 3).cast(pa.int64()).to_numpy() - 1,
        second=table["transaction_at"].cast(pa.int64()).to_numpy(),
        amount=floats(table["amount"]),
        score=floats(table["fraud_score"]),
        fraud=table["is_fraud"].to_numpy(zero_copy_only=False).astype(bool),
        foreign=table["is_international"].to_numpy(zero_copy_only=False).astype(bool),
        recurring=table["is_recurring"].to_numpy(zero_copy_only=False).astype(bool),
        kind=codes("kind", "transaction_type"),
        channel=codes("channel", "channel"),
        status=codes("status", "status"),
        category=codes("category", "merchant_category"),
        names=names,
    )


def auc_with_error(score: np.ndarray, label: np.ndarray) -> tuple[float, float]:
    """AUC by ranks and its DeLong standard error."""
    positive, negative = np.sort(score[label]), np.sort(score[~label])

    def share_below(x: np.ndarray, values: np.ndarray) -> np.ndarray:
        low = np.searchsorted(values, x, "left")
        high = np.searchsorted(values, x, "right")
        return (low + high) / 2 / len(values)

    v10, v01 = share_below(positive, negative), 1 - share_below(negative, positive)
    variance = v10.var(ddof=1) / len(positive) + v01.var(ddof=1) / len(negative)
    return float(v10.mean()), float(np.sqrt(variance))


def season_effect(count: np.ndarray, calendar_month: np.ndarray) -> tuple[float, float]:
    """December against the mean of the other months in log counts, and its standard error."""
    n = len(count)
    t = np.linspace(-1, 1, n)
    dummies = (calendar_month[:, None] == np.arange(2, 13)).astype(float)
    x = np.column_stack([np.ones(n), t, t**2, dummies])
    y = np.log(count)
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ x.T @ y
    residual = y - x @ beta
    variance = residual @ residual / (n - x.shape[1])
    contrast = np.zeros(x.shape[1])
    contrast[3:] = -1 / 11
    contrast[-1] = 1
    return float(contrast @ beta), float(np.sqrt(variance * contrast @ inverse @ contrast))


def odd_days(count: np.ndarray, days: np.ndarray) -> set[int]:
    """Days whose log count leaves its neighbours, its weekday and its day of month by 4 MADs."""
    log = np.log(count)
    half = 14
    padded = np.pad(log, half, mode="reflect")
    window = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    rest = log - np.median(window, axis=1)
    dates = days.astype("datetime64[D]")
    of_month = (dates - dates.astype("datetime64[M]")).astype(int)
    for group in ((days + 3) % 7, of_month):
        for value in np.unique(group):
            rest[group == value] -= np.median(rest[group == value])
    spread = 1.4826 * np.median(np.abs(rest - np.median(rest)))
    return {int(day) for day in days[np.abs(rest) > 4 * spread]}


def kmeans(x: np.ndarray, k: int) -> np.ndarray:
    """Lloyd's algorithm from four deterministic seedings; the labels of the lowest inertia."""
    best, labels = np.inf, np.zeros(len(x), dtype=int)
    for quantile in (1.0, 0.99, 0.95, 0.90):
        centres = [x[np.argmin(((x - x.mean(0)) ** 2).sum(1))]]
        while len(centres) < k:
            near = np.min([((x - c) ** 2).sum(1) for c in centres], axis=0)
            centres.append(x[np.argmin(np.abs(near - np.quantile(near, quantile)))])
        c = np.array(centres)
        for _ in range(40):
            nearest = np.argmin(((x[:, None] - c) ** 2).sum(2), axis=1)
            c = np.array(
                [x[nearest == j].mean(0) if (nearest == j).any() else c[j] for j in range(k)]
            )
        inertia = ((x - c[nearest]) ** 2).sum()
        if inertia < best:
            best, labels = inertia, nearest
    return labels


def adjusted_rand(a: np.ndarray, b: np.ndarray) -> float:
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)

    def pairs(n: np.ndarray) -> float:
        return float((n * (n - 1) / 2).sum())

    both, rows, columns = pairs(table), pairs(table.sum(1)), pairs(table.sum(0))
    expected = rows * columns / pairs(np.array([table.sum()]))
    return (both - expected) / ((rows + columns) / 2 - expected)


def jarque_bera(x: np.ndarray) -> float:
    return float(stats.jarque_bera(x).pvalue)


def response_curve(spend: np.ndarray, conversions: np.ndarray) -> tuple[float, float, float, float]:
    """ln a, ln b of conversions ~ Poisson(a ln(1 + x/b)) and their dispersion-scaled errors."""
    grid = np.exp(np.linspace(np.log(spend.min() / 50), np.log(spend.max() * 20), 800))
    basis = np.log1p(spend[None] / grid[:, None])
    a = conversions.sum() / basis.sum(1)
    mean = a[:, None] * basis
    best = np.argmax((conversions * np.log(mean) - mean).sum(1))
    theta = np.array([np.log(a[best]), np.log(grid[best])])
    for _ in range(30):
        ratio = spend / np.exp(theta[1])
        base = np.log1p(ratio)
        mu = np.exp(theta[0]) * base
        slope = np.column_stack([np.ones_like(mu), -ratio / (1 + ratio) / base])
        information = (slope * mu[:, None]).T @ slope
        theta = theta + np.linalg.solve(information, slope.T @ (conversions - mu))
    dispersion = max(((conversions - mu) ** 2 / mu).sum() / (len(mu) - 2), 1.0)
    error = np.sqrt(dispersion * np.diag(np.linalg.inv(information)))
    return theta[0], theta[1], error[0], error[1]
