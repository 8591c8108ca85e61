"""Shares whose rows come in clusters: statsmodels' sandwich over the clusters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

SMALLEST_P = 1e-300
"""What the tables add to a p value, which is never 0."""


@dataclass(frozen=True)
class Shares:
    """Hits and rows of some groups, and the covariance of their shares over the clusters.

    covariance has no correction for few clusters; clusters holds those of each group.
    """

    groups: list[str]
    hits: list[int]
    rows: list[int]
    covariance: Any
    clusters: list[set[Any]]

    def place(self, group: str) -> int:
        """Position of a group."""
        return self.groups.index(group)

    def effect(self, group: str) -> float:
        """Design effect of a group's share."""
        i = self.place(group)
        return _effect(
            self.covariance[i, i], len(self.clusters[i]), _variance(self.hits[i], self.rows[i])
        )

    def difference_effect(self, first: str, second: str) -> float:
        """Design effect of the difference of two shares."""
        i, j = self.place(first), self.place(second)
        matrix = self.covariance
        return _effect(
            matrix[i, i] + matrix[j, j] - 2 * matrix[i, j],
            len(self.clusters[i] | self.clusters[j]),
            _variance(self.hits[i], self.rows[i]) + _variance(self.hits[j], self.rows[j]),
        )

    def chi_square_effect(self) -> float:
        """Mean of Pearson's chi-square of equal shares over its degrees of freedom."""
        import numpy as np

        rows, total = np.array(self.rows), sum(self.rows)
        centred = np.eye(len(rows)) - rows / total
        spread = rows @ np.diag(centred @ self.covariance @ centred.T)
        share = sum(self.hits) / total
        clusters = len(set().union(*self.clusters))
        return _effect(float(spread), clusters, share * (1 - share) * (len(rows) - 1))


def shares(counted: Iterable[Any]) -> Shares:
    """The shares of rows (group, cluster, hits, rows), one for each group and cluster."""
    import numpy as np
    from statsmodels.regression.linear_model import WLS

    found = [tuple(row) for row in counted if row[3] > 0]
    groups = sorted({row[0] for row in found})
    group = np.array([groups.index(row[0]) for row in found])
    hits, rows = (np.array([row[place] for row in found], dtype=float) for place in (2, 3))
    _, cluster = np.unique(np.array([str(row[1]) for row in found]), return_inverse=True)
    fit = WLS(hits / rows, np.eye(len(groups))[group], weights=rows).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    return Shares(
        groups=groups,
        hits=np.bincount(group, hits).astype(int).tolist(),
        rows=np.bincount(group, rows).astype(int).tolist(),
        covariance=np.asarray(fit.cov_params()),
        clusters=[set(cluster[group == place].tolist()) for place in range(len(groups))],
    )


def _variance(hits: int, rows: int) -> float:
    share = hits / rows
    return share * (1 - share) / rows


def _effect(clustered: float, clusters: int, independent: float) -> float:
    if clusters < 2 or independent <= 0:
        return 1.0
    return max(1.0, clustered * clusters / (clusters - 1) / independent)
