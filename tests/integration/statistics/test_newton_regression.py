"""Newton's regressions against statsmodels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.integration.statistics.conftest import Engine
from tests.support.lazy import lazily

sm = lazily("statsmodels.api")

COLUMNS = ["term_number", "term", "estimate", "standard_error", "statistic", "p_value",
           "ci_low", "ci_high", "row_count", "last_step"]  # fmt: skip


def check(found: list[dict[str, Any]], fitted: Any, rows: int) -> None:
    found = sorted(found, key=lambda row: row["term_number"])
    intervals = fitted.conf_int()
    assert len(found) == len(fitted.params)
    for i, row in enumerate(found):
        expected = (fitted.params[i], fitted.bse[i], fitted.tvalues[i], *intervals[i])
        values = [row[c] for c in ("estimate", "standard_error", "statistic", "ci_low", "ci_high")]
        assert np.allclose(values, expected, rtol=1e-9, atol=1e-12), (row, expected)
        assert np.isclose(row["p_value"], fitted.pvalues[i], rtol=1e-6, atol=1e-300)
        assert row["row_count"] == rows
        assert row["last_step"] < 1e-9


def sandwich(model: Any, fitted: Any, groups: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The covariance from the expected information and the scores summed over groups."""
    scores = model.score_obs(fitted.params)
    sums = np.zeros((int(groups.max()) + 1, scores.shape[1]))
    np.add.at(sums, groups, scores)
    bread = fitted.normalized_cov_params
    return np.asarray(bread @ sums.T @ sums @ bread)


def covariates(size: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    random = np.random.default_rng(5)
    score = np.round(random.normal(705, 70, size))
    dti = np.round(random.beta(4, 8, size), 3)
    student = (random.uniform(size=size) < 0.2).astype(float)
    chosen = np.column_stack([score, dti, student])
    return chosen, -14 + 0.016 * score - 3 * dti - 0.6 * student


def make(engine: Engine, x: npt.NDArray[np.float64], **more: npt.NDArray[Any]) -> None:
    engine.table("cases", {
        "score": list(x[:, 0]), "dti": list(x[:, 1]), "student": list(x[:, 2]),
        **{name: list(values) for name, values in more.items()},
    })  # fmt: skip


def call(family: str, **arguments: str) -> str:
    given = ", ".join(f"{name}='{value}'" for name, value in arguments.items())
    return f"{{{{ newton_regression('cases', '{family}', ['score', 'dti', 'student'], {given}) }}}}"


@pytest.mark.parametrize("family", ["logit", "cloglog"])
def test_binomial_families(family: str, engine: Engine) -> None:
    random = np.random.default_rng(6)
    x, eta = covariates(1500)
    trials = random.integers(1, 9, len(x))
    mean = 1 / (1 + np.exp(-eta)) if family == "logit" else 1 - np.exp(-np.exp(eta - 2))
    hits = random.binomial(trials, mean)
    cluster = random.integers(0, 300, len(x))
    make(engine, x, y=hits, n=trials, cluster_id=cluster)
    link = sm.families.links.Logit() if family == "logit" else sm.families.links.CLogLog()
    design = sm.add_constant(x)
    model = sm.GLM(np.column_stack([hits, trials - hits]), design, sm.families.Binomial(link))
    options = {"tol": 1e-14, "maxiter": 100, "tol_criterion": "params"}
    check(engine.dicts(call(family, y="y", n="n"), COLUMNS), model.fit(**options), 1500)
    # Each trial a row of its own, for the sandwich.
    index = np.repeat(np.arange(len(x)), trials)
    outcome = np.concatenate([np.r_[np.ones(h), np.zeros(t - h)]
                              for h, t in zip(hits, trials, strict=True)])  # fmt: skip
    single = sm.GLM(outcome, design[index], sm.families.Binomial(link))
    fitted = single.fit(**options)
    for errors, groups in [("robust", np.arange(len(index))), ("cluster_id", cluster[index])]:
        found = engine.dicts(call(family, y="y", n="n", errors=errors), COLUMNS)
        error = np.sqrt(np.diag(sandwich(single, fitted, groups)))
        for row in found:
            i = int(row["term_number"])
            assert np.isclose(row["estimate"], fitted.params[i], rtol=1e-9)
            assert np.isclose(row["standard_error"], error[i], rtol=1e-9)
    if family == "logit":
        # With the canonical link statsmodels' own sandwich is the same; with another it takes the
        # observed information for the bread.
        kwds = {"groups": cluster[index], "use_correction": False}
        clustered = single.fit(cov_type="cluster", cov_kwds=kwds, **options)
        check(found, clustered, 1500)


def test_poisson(engine: Engine) -> None:
    random = np.random.default_rng(7)
    x, eta = covariates(800)
    months = random.uniform(1, 48, len(x))
    events = random.poisson(months * np.exp(eta - 1) * random.lognormal(0, 0.5, len(x)))
    make(engine, x, y=events, months=months)
    model = sm.GLM(events, sm.add_constant(x), sm.families.Poisson(), offset=np.log(months))
    options = {"tol": 1e-14, "maxiter": 100, "tol_criterion": "params"}
    plain = engine.dicts(call("poisson", y="y", offset="ln(months)"), COLUMNS)
    check(plain, model.fit(**options), 800)
    assert [row["term"] for row in sorted(plain, key=lambda r: r["term_number"])] == [
        "intercept", "score", "dti", "student",
    ]  # fmt: skip
    robust = engine.dicts(call("poisson", y="y", offset="ln(months)", errors="robust"), COLUMNS)
    check(robust, model.fit(cov_type="HC0", **options), 800)


@pytest.mark.parametrize("third", ["near copy", "constant", "no rows"])
def test_what_cannot_be_told_apart_is_refused(third: str, engine: Engine) -> None:
    x, eta = covariates(200)
    x[:, 2] = x[:, 0] + 1e-5 * np.arange(200) if third == "near copy" else 3.0
    make(engine, x, y=(eta > 0).astype(float))
    query = call("logit", y="y")
    if third == "no rows":
        query = query.replace("'cases'", "'(select * from cases where 1 = 0) as none'")
    found = engine.dicts(query, COLUMNS)
    assert [(r["estimate"], r["standard_error"], r["p_value"]) for r in found] == [(None,) * 3] * 4
