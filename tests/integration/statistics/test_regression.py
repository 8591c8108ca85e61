"""Least squares by sweeping, and ratios of ratios, against statsmodels on the same rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.integration.statistics.conftest import Engine
from tests.support.lazy import lazily

sm = lazily("statsmodels.api")

CLOSE = 1e-9
COLUMNS = [
    *("term", "estimate", "standard_error", "statistic", "degrees_of_freedom", "p_value"),
    *("ci_low", "ci_high", "partial_r_squared", "is_refused", "r_squared", "row_count"),
    "residual_variance",
]


def bank(rows: int = 400) -> pd.DataFrame:
    """Predictors of very different sizes, correlated, with errors that grow with one of them."""
    dice = np.random.default_rng(7)
    score = dice.normal(705, 70, rows).round()
    ratio = dice.beta(4, 8, rows) - 0.0005 * (score - 705)
    rate = 4.5 + dice.normal(0, 0.01, rows)
    error = dice.normal(0, 0.2 + 0.004 * np.abs(score - 705))
    return pd.DataFrame(
        {
            "outcome": 8 - 0.02 * (score - 700) + 4 * ratio + 3 * rate + error,
            "score": score,
            "debt": ratio,
            "rate": rate,
            "w": dice.uniform(0.2, 3, rows),
            "customer": np.repeat(np.arange(rows / 8), 8),
        }
    )


def close(found: Any, expected: float, digits: float = CLOSE) -> bool:
    return found is not None and abs(found - expected) <= digits * max(1e-3, abs(expected))


def sweep(engine: Engine, rows: pd.DataFrame, arguments: str) -> dict[str, dict[str, Any]]:
    engine.table("bank", {name: rows[name].tolist() for name in rows})
    found = engine.dicts(f"{{{{ gram_sweep('bank', 'outcome', {arguments}) }}}}", COLUMNS)
    return {row["term"]: row for row in found}


@pytest.mark.parametrize("kind", ["classical", "weighted", "robust", "cluster"])
def test_equals_statsmodels(engine: Engine, kind: str) -> None:
    rows = bank()
    names = ["score", "debt", "rate"]
    design = sm.add_constant(rows[names])
    model = (
        sm.WLS(rows["outcome"], design, rows["w"])
        if kind == "weighted"
        else sm.OLS(rows["outcome"], design)
    )
    options: dict[str, Any] = {"use_t": True}
    arguments = f"{names}"
    if kind == "weighted":
        arguments += ", weight='w'"
    elif kind == "robust":
        options |= {"cov_type": "HC1"}
        arguments += ", errors='robust'"
    elif kind == "cluster":
        options |= {"cov_type": "cluster", "cov_kwds": {"groups": rows["customer"]}}
        arguments += ", errors='cluster', cluster='customer'"
    fit = model.fit(**options)
    found = sweep(engine, rows, arguments)
    assert list(found) == ["intercept", *names]
    bounds = fit.conf_int()
    for term, row in found.items():
        name = "const" if term == "intercept" else term
        assert close(row["estimate"], fit.params[name]), term
        assert close(row["standard_error"], fit.bse[name]), term
        assert close(row["statistic"], fit.tvalues[name]), term
        assert close(row["ci_low"], bounds.loc[name, 0], 1e-8), term
        assert close(row["ci_high"], bounds.loc[name, 1], 1e-8), term
        assert abs(row["p_value"] - fit.pvalues[name]) < 1e-8
        assert close(row["r_squared"], fit.rsquared)
        assert not row["is_refused"]
    classical = model.fit()
    square = classical.tvalues["debt"] ** 2
    expected = square / (square + classical.df_resid)
    assert close(found["debt"]["partial_r_squared"], expected)
    assert close(found["debt"]["residual_variance"], classical.scale)


def test_a_nearly_collinear_column_is_refused(engine: Engine) -> None:
    """The others are as if it were not there; a constant is refused as well."""
    rows = bank()
    rows["twin"] = 2 * rows["score"] - 3 * rows["debt"] + 1e-9 * rows["w"]
    rows["same"] = 0.1
    found = sweep(engine, rows, "['score', 'same', 'debt', 'twin', 'rate'], errors='robust'")
    fit = sm.OLS(rows["outcome"], sm.add_constant(rows[["score", "debt", "rate"]])).fit(
        cov_type="HC1", use_t=True
    )
    for term in ("twin", "same"):
        assert found[term]["is_refused"]
        assert found[term]["estimate"] is None
        assert found[term]["p_value"] is None
    for term in ("score", "debt", "rate"):
        assert close(found[term]["estimate"], fit.params[term]), term
        assert close(found[term]["standard_error"], fit.bse[term]), term
    # What is merely correlated is not refused.
    rows["twin"] = rows["score"] + 0.05 * rows["w"]
    assert not sweep(engine, rows, "['score', 'twin']")["twin"]["is_refused"]


def test_few_rows_and_nulls(engine: Engine) -> None:
    rows = bank(8)
    rows["debt"] = [None, *rows["debt"].iloc[1:]]
    rows = pd.concat([rows.iloc[1:], rows.iloc[:1]])
    found = sweep(engine, rows.astype("object").where(rows.notna(), None), "['score', 'debt']")
    assert found["score"]["row_count"] == 7
    found = sweep(engine, bank(8).head(2), "['score', 'debt']")
    assert found["score"]["standard_error"] is None
    engine.execute("delete from bank")
    assert engine.rows("{{ gram_sweep('bank', 'outcome', ['score']) }}") == []


def panel() -> pd.DataFrame:
    """Counts of customers before and after, some of them treated, with frail customers."""
    dice = np.random.default_rng(11)
    customers = 300
    treated = dice.random(customers) < 0.4
    frailty = dice.lognormal(0, 0.5, customers)
    before = dice.poisson(3 * frailty)
    after = dice.poisson(3 * frailty * np.where(treated, 1.5, 1.2))
    return pd.DataFrame({"customer": np.arange(customers), "treated": treated, "before": before,
                         "after": after})  # fmt: skip


def test_ratio_of_ratios_is_the_interaction_with_clustered_errors(engine: Engine) -> None:
    rows = panel()
    long = pd.concat(
        [
            pd.DataFrame({"customer": rows["customer"], "treated": rows["treated"] * 1.0,
                          "post": period, "n": rows[name]})
            for period, name in ((0.0, "before"), (1.0, "after"))
        ]
    )  # fmt: skip
    design = sm.add_constant(long[["treated", "post"]].assign(both=long["treated"] * long["post"]))
    fit = sm.GLM(long["n"], design, sm.families.Poisson()).fit(
        cov_type="cluster", cov_kwds={"groups": long["customer"], "use_correction": False}
    )
    clusters = len(rows)
    engine.table(
        "cells",
        {
            "customer": rows["customer"].tolist(),
            "a1": (rows["after"] * rows["treated"]).tolist(),
            "a0": (rows["before"] * rows["treated"]).tolist(),
            "b1": (rows["after"] * ~rows["treated"]).tolist(),
            "b0": (rows["before"] * ~rows["treated"]).tolist(),
        },
    )
    [found] = engine.dicts(
        "{{ ratio_of_ratios('cells', 'customer', ['a1', 'b0'], ['a0', 'b1']) }}",
        ["estimate", "ratio", "standard_error", "p_value", "ci_low", "ci_high", "cluster_count"],
    )
    error = fit.bse["both"] * np.sqrt(clusters / (clusters - 1))
    assert close(found["estimate"], fit.params["both"], 1e-7)
    assert close(found["standard_error"], error, 1e-7)
    assert close(found["ratio"], np.exp(found["estimate"]))
    assert close(found["ci_high"], found["estimate"] + 1.959963984540054 * found["standard_error"])
    assert found["cluster_count"] == clusters
    influences = engine.rows(
        "select sum(influence), sum(influence * influence) from"
        " ({{ ratio_of_ratios_influence('cells', 'customer', ['a1', 'b0'], ['a0', 'b1']) }}) as i"
    )[0]
    assert abs(influences[0]) < 1e-12
    assert close(influences[1] * clusters / (clusters - 1), found["standard_error"] ** 2)


def test_ratio_of_ratios_without_events(engine: Engine) -> None:
    engine.table("cells", {"customer": [1, 2], "a": [0, 0], "b": [1, 2]})
    [found] = engine.dicts(
        "{{ ratio_of_ratios('cells', 'customer', ['a'], ['b']) }}",
        ["estimate", "standard_error", "ci_low", "cluster_count"],
    )
    assert found == {
        "estimate": None, "standard_error": None, "ci_low": None, "cluster_count": 2
    }  # fmt: skip
