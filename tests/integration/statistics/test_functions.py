"""The distribution functions against scipy: tails, tiny and huge degrees of freedom."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from tests.integration.statistics.conftest import Engine, literals

DF = (0.5, 1, 1.5, 2, 3, 5, 9.5, 17, 40, 100, 999, 1e4, 1e5, 1e6)
PROBABILITIES = (1e-300, 1e-100, 1e-20, 1e-9, 1e-4, 0.001, 0.025, 0.3, 0.5, 0.7, 0.975, 0.999)
LEVELS = (1e-9, 1e-4, 0.001, 0.025, 0.05, 0.3, 0.5, 0.7, 0.95, 0.975, 0.999, 0.9999)
SIDES = (0.3, 0.5, 1, 2.5, 7, 30, 333, 1e4, 1e6)
Grid = Sequence[tuple[float, ...]]


def _chi2_grid() -> Grid:
    return [
        (float(x), df)
        for df in DF
        for x in {
            *(stats.chi2.ppf(p, df) for p in PROBABILITIES),
            *(stats.chi2.isf(p, df) for p in PROBABILITIES),
            0.0, 1e-12, df, df + 60 * math.sqrt(df),
        }
        if 0 <= x < math.inf
    ]  # fmt: skip


def _t_grid() -> Grid:
    return [
        (sign * t, df)
        for df in DF
        for t in (0, 1e-9, 1e-3, 0.1, 0.5, 0.999, 1, 1.001, 1.96, 2.576, 4, 8, 15, 30, 300, 1e6)
        for sign in (1, -1)
    ]


def _t_sf(t: float, df: float) -> float:
    """scipy's own t distribution is off by 3e-11 at small df; its beta distribution is not."""
    if abs(t) < 1e-5:
        return 0.5 - t * float(stats.t.pdf(0, df))
    tail = 0.5 * (
        special.betainc(df / 2, 0.5, df / (df + t * t))
        if t * t > df
        else special.betaincc(0.5, df / 2, t * t / (df + t * t))
    )
    return float(tail if t >= 0 else 1 - tail)


def _t_quantile(p: float, df: float) -> float:
    tail = 2 * min(p, 1 - p)
    odds = special.betainccinv(0.5, df / 2, tail) / special.betaincinv(df / 2, 0.5, tail)
    return float(np.sign(p - 0.5) * np.sqrt(df * odds))


def _f_grid() -> Grid:
    return [(x, a, b) for x in (0, 1e-3, 0.3, 1, 3.9, 50, 1e5) for a in DF[:-1] for b in DF[:-1]]


def _binomial_grid() -> Grid:
    return [
        (k, n, p)
        for n in (0, 1, 7, 250, 17001)
        for p in (0, 1e-6, 0.03, 0.5, 0.97, 1)
        for k in {-1, 0, 1, 3, 3.5, n * p // 1, n // 2, n - 1, n, n + 1}
    ]


def _poisson_grid() -> Grid:
    return [
        (k, mu) for mu in (0, 1e-6, 0.3, 2.5, 40, 810, 1e6)
        for k in {-1, 0, 1, 2.5, 7, mu // 1, mu + 3 * mu**0.5 // 1, 2000}
    ]  # fmt: skip


def _beta_grid() -> Grid:
    return [
        (float(x), a, b)
        for a, b in itertools.product(SIDES, SIDES)
        for x in {
            *(special.betaincinv(a, b, p) for p in PROBABILITIES[2:]),
            a / (a + b), 0.0, 1.0, 0.01, 0.99,
        }
    ]  # fmt: skip


# Function: its grid, scipy's, the largest absolute error, and relative error down to 1e-290.
CASES: dict[str, tuple[Grid, Callable[..., Any], float, float]] = {
    "normal_cdf": ([(x,) for x in np.linspace(-36, 36, 721)], stats.norm.cdf, 1e-15, 1e-12),
    "normal_sf": ([(x,) for x in np.linspace(-36, 36, 721)], stats.norm.sf, 1e-15, 1e-12),
    "normal_pdf": ([(x,) for x in np.linspace(-36, 36, 721)], stats.norm.pdf, 1e-15, 1e-12),
    "normal_quantile": (
        [(p,) for p in (*PROBABILITIES, *np.linspace(0.01, 0.99, 99), 1 - 1e-9, 1 - 1e-15)],
        stats.norm.ppf, 1e-13, 1e-13,
    ),
    "ln_gamma": ([(10.0**e,) for e in np.linspace(-10, 8, 181)], special.gammaln, 1e-6, 1e-13),
    "chi2_cdf": (_chi2_grid(), stats.chi2.cdf, 1e-12, 1e-9),
    "chi2_sf": (_chi2_grid(), stats.chi2.sf, 1e-12, 1e-9),
    "t_cdf": (_t_grid(), lambda t, df: _t_sf(-t, df), 1e-12, 1e-9),
    "t_sf": (_t_grid(), _t_sf, 1e-12, 1e-9),
    "t_two_sided": (_t_grid(), lambda t, df: 2 * _t_sf(abs(t), df), 1e-12, 1e-9),
    "chi2_quantile": ([(p, df) for p in LEVELS for df in DF], stats.chi2.ppf, 1e-6, 1e-11),
    "t_quantile": ([(p, df) for p in LEVELS for df in DF], _t_quantile, 1e7, 1e-10),
    "f_quantile": (
        [(p, a, b) for p in LEVELS[3:] for a in DF[1:] for b in DF[1:]], stats.f.ppf, 1e-2, 1e-10,
    ),
    "f_cdf": (_f_grid(), stats.f.cdf, 1e-10, 1e-8),
    "f_sf": (_f_grid(), stats.f.sf, 1e-10, 1e-8),
    "beta_quantile": (
        [(p, a, b) for p in LEVELS for a in SIDES[2:] for b in SIDES[2:]],
        lambda p, a, b: special.betaincinv(a, b, p), 1e-9, 1e-9,
    ),
    "binomial_pmf": (_binomial_grid(), stats.binom.pmf, 1e-12, 1e-9),
    "binomial_cdf": (_binomial_grid(), stats.binom.cdf, 1e-12, 1e-9),
    "binomial_sf": (_binomial_grid(), stats.binom.sf, 1e-12, 1e-9),
    "poisson_pmf": (_poisson_grid(), stats.poisson.pmf, 1e-12, 1e-9),
    "poisson_cdf": (_poisson_grid(), stats.poisson.cdf, 1e-12, 1e-9),
    "poisson_sf": (_poisson_grid(), stats.poisson.sf, 1e-12, 1e-9),
    "beta_cdf": (_beta_grid(), stats.beta.cdf, 1e-9, 1e-8),
    "beta_sf": (_beta_grid(), stats.beta.sf, 1e-9, 1e-8),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_function_equals_scipy(name: str, engine: Engine) -> None:
    grid, expected_of, absolute, relative = CASES[name]
    grid = [tuple(map(float, arguments)) for arguments in grid]
    names = [f"a{i}" for i in range(len(grid[0]))]
    rows = engine.execute(
        f"select {', '.join(names)}, stats.{name}({', '.join(names)}) "
        f"from (values {literals(grid)}) as g({', '.join(names)})"
    )
    assert {row[:-1] for row in rows} == set(grid)
    wrong = []
    worst = [0.0, 0.0]
    for *arguments, found in rows:
        expected = float(expected_of(*arguments))
        error = abs(found - expected)
        worst[0] = max(worst[0], error)
        if abs(expected) > 1e-290:
            worst[1] = max(worst[1], error / abs(expected))
        if error > absolute or (abs(expected) > 1e-290 and error > relative * abs(expected)):
            wrong.append((arguments, found, expected))
    print(f"{name} on {engine.target}: absolute {worst[0]:.1e}, relative {worst[1]:.1e}")
    assert not wrong, (len(wrong), wrong[:10])


def test_null_or_outside_the_domain_is_null(engine: Engine) -> None:
    calls = [
        "normal_quantile(0)", "normal_quantile(1)", "normal_quantile(2)", "normal_cdf(null)",
        "normal_pdf(null)", "t_cdf(null, 3)", "t_cdf(1, null)", "t_cdf(1, 0)", "t_two_sided(1, -2)",
        "t_two_sided(null, 3)", "t_two_sided(1, null)",
        "t_quantile(1, 5)", "t_quantile(0.5, 0)", "t_quantile(null, 9)", "chi2_cdf(-1, 3)",
        "chi2_sf(2, 0)", "chi2_sf(2, null)", "chi2_quantile(1, 3)", "chi2_quantile(0.5, -1)",
        "f_sf(-1, 2, 3)", "f_sf(1, 0, 3)", "f_cdf(1, 2, null)", "f_quantile(1.5, 2, 3)",
        "beta_cdf(1.1, 2, 3)", "beta_sf(0.5, 0, 3)", "beta_quantile(0.5, 2, 0)",
        "binomial_cdf(1, 2.5, 0.5)", "binomial_pmf(1, 2, 1.5)", "binomial_sf(null, 2, 0.5)",
        "poisson_cdf(1, -1)", "poisson_pmf(null, 1)", "ln_gamma(0)", "ln_gamma(-1.5)",
        "gamma_p(0, 1)", "gamma_q(1, -1)", "gamma_quantile(1, 1)",
    ]  # fmt: skip
    [row] = engine.execute("select " + ", ".join(f"stats.{call}" for call in calls))
    assert dict(zip(calls, row, strict=True)) == dict.fromkeys(calls)


def test_edges(engine: Engine) -> None:
    edges = {
        "t_sf(0, 1e12)": 0.5, "t_cdf(1e300, 0.5)": 1.0, "t_sf(1e300, 3)": 0.0,
        "normal_cdf(-40)": 0.0, "normal_cdf(1e300)": 1.0, "normal_sf(1e300)": 0.0,
        "chi2_sf(1e300, 3)": 0.0, "chi2_cdf(0, 3)": 0.0, "chi2_sf(0, 3)": 1.0,
        "chi2_quantile(0, 3)": 0.0, "beta_quantile(0, 2, 3)": 0.0, "beta_quantile(1, 2, 3)": 1.0,
        "f_sf(0, 2, 3)": 1.0, "f_sf(1e300, 2, 3)": 0.0, "t_quantile(0.5, 7)": 0.0,
    }  # fmt: skip
    [row] = engine.execute("select " + ", ".join(f"stats.{call}" for call in edges))
    for (call, expected), found in zip(edges.items(), row, strict=True):
        assert found == pytest.approx(expected, abs=1e-14), call
