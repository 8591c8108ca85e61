"""Finite-population values that truth.yml reports, against their definitions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bullion.synth.customers import churn
from bullion.synth.truth import realised
from tests.unit.synth.conftest import Sample


def test_area_under_curve_is_the_chance_of_a_right_order() -> None:
    score = np.array([0.3, 0.1, 0.1, 0.7])
    events, others = np.array([2, 1, 0, 3]), np.array([1, 2, 2, 0])
    a, b = np.repeat(score, events), np.repeat(score, others)
    pairs = (a[:, None] > b).mean() + (a[:, None] == b).mean() / 2
    assert realised.area_under_curve(score, events, others) == pytest.approx(pairs, abs=1e-12)
    assert np.isnan(realised.area_under_curve(score, events * 0, others))


def test_gini_is_half_the_mean_difference_over_the_mean() -> None:
    values = np.array([5.0, 1.0, 1.0, 13.0, 0.5])
    pairs = np.abs(values[:, None] - values).mean() / (2 * values.mean())
    assert realised.gini(values) == pytest.approx(pairs, abs=1e-12)
    assert realised.gini(np.ones(7)) == pytest.approx(0, abs=1e-12)
    assert realised.top_share(values, 0.4) == pytest.approx(18 / 20.5)


def test_summary_of_the_default_bank(default_bank: Sample, tmp_path: Path) -> None:
    latent = default_bank.latent("customers")
    file = tmp_path / "customers.parquet"
    pq.write_table(pa.table({"target_assets": latent["target_assets"]}), file)
    sums = {truth: default_bank.realised(truth) for truth in ("T01", "T06", "T12")}
    hazard = churn.pattern_hazards(default_bank.context)
    found = realised.summarise(sums, hazard, file)
    months = default_bank.latent("churn_hazard")
    assert found["T01"]["customer_months"] == len(months["month"])
    assert found["T01"]["churns"] == months["churned"].sum()
    order = np.argsort(np.argsort(months["hazard"], kind="stable"), kind="stable")
    left = months["churned"]
    rough = (order[left].mean() - (left.sum() - 1) / 2) / (~left).sum()
    assert found["T01"]["auc_monthly"] == pytest.approx(rough, abs=0.01)
    assert 0.58 < found["T01"]["auc_holdout"] < 0.75
    assert 120 < found["T01"]["holdout_churns"] < 280
    loans = default_bank.latent("loans")
    assert found["T06"]["loan_months"] == len(loans["account"])
    bad = loans["defaulted"]
    rank = np.argsort(np.argsort(loans["default_chance"]))
    exact = (rank[bad].mean() - (bad.sum() - 1) / 2) / (~bad).sum()
    assert found["T06"]["auc"] == pytest.approx(exact, abs=5e-4)
    assert 0.6 < found["T16"]["gini"] < 0.8
    assert found["T12"] == sums["T12"]
