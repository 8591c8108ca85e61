"""Realised values of core's truths in one bank: from sums over blocks to what truth.yml says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray


def area_under_curve(score: NDArray, events: NDArray, others: NDArray) -> float:
    """Chance that an event's score is above another's (ties count half), from counts by score."""
    order = np.argsort(score)
    events, others = np.asarray(events)[order], np.asarray(others)[order]
    values, start = np.unique(np.asarray(score)[order], return_index=True)
    if not len(values) or events.sum() == 0 or others.sum() == 0:
        return float("nan")
    events, others = np.add.reduceat(events, start), np.add.reduceat(others, start)
    below = np.cumsum(others) - others / 2
    return float((events * below).sum() / events.sum() / others.sum())


def gini(values: NDArray) -> float:
    """Gini coefficient of a finite population of non-negative values."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    return float(((2 * np.arange(1, n + 1) - n - 1) * ordered).sum() / (n * ordered.sum()))


def top_share(values: NDArray, share: float) -> float:
    """Part of the total held by the richest ``share`` of the population (rounded down)."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))[::-1]
    return float(ordered[: int(share * len(ordered))].sum() / ordered.sum())


def summarise(
    sums: dict[str, dict[str, Any]], hazard: NDArray, customers: Path
) -> dict[str, dict[str, Any]]:
    """The realised values by truth: counts by pattern or bin become areas under the curve.

    ``sums`` are the blocks' realised sums, ``hazard`` the chance of leaving in a month by driver
    pattern, ``customers`` the file truth/customers.parquet (for T16's shares of this bank).
    """
    result = {truth: dict(values) for truth, values in sums.items()}
    leaving = result.get("T01", {})
    if "exposure" in leaving:
        exposure, events = leaving.pop("exposure"), leaving.pop("events")
        held, left = leaving.pop("holdout_exposure"), leaving.pop("holdout_events")
        leaving |= {
            "customer_months": exposure.sum(),
            "churns": events.sum(),
            "auc_monthly": area_under_curve(hazard, events, exposure - events),
            "holdout_snapshots": held.sum(),
            "holdout_churns": left.sum(),
            "auc_holdout": area_under_curve(hazard, left, held - left),
        }
    lending = result.get("T06", {})
    if "exposure" in lending:
        exposure, events = lending.pop("exposure"), lending.pop("events")
        bins = np.arange(len(exposure))
        lending |= {
            "loan_months": exposure.sum(),
            "defaults": events.sum(),
            "auc": area_under_curve(bins, events, exposure - events),
        }
    assets = pq.read_table(customers, columns=["target_assets"])["target_assets"].to_numpy()
    assets = assets[assets > 0]
    if len(assets):
        result["T16"] = {
            **result.get("T16", {}),
            "customers": len(assets),
            "gini": gini(assets),
            "top_1_percent_share": top_share(assets, 0.01),
            "top_10_percent_share": top_share(assets, 0.10),
        }
    return result
