"""The interval and comparison macros against scipy and statsmodels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from bullion.verify.oracles.clusters import shares
from tests.integration.statistics.conftest import Engine, literals
from tests.support.lazy import lazily

multitest = lazily("statsmodels.stats.multitest")
proportion = lazily("statsmodels.stats.proportion")
contingency = lazily("statsmodels.stats.contingency_tables")
weighted = lazily("statsmodels.stats.weightstats")

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
CLOSE = 1e-9


def close(found: float | None, expected: float) -> bool:
    """Equal to nine digits; null where the library has no number."""
    if found is None or not np.isfinite(expected):
        return found is None and not np.isfinite(expected)
    return abs(found - expected) <= CLOSE * max(1.0, abs(expected))


def from_values(rows: Sequence[Sequence[float | str | None]], names: str) -> str:
    return f"(values {literals(rows)}) as t({names})"


COUNTS = [(0.0, 1.0), (0.0, 40.0), (1.0, 1.0), (3.0, 10.0), (40.0, 40.0), (81.0, 17001.0)]


def test_intervals_of_a_share(engine: Engine) -> None:
    for macro, method in [("wilson_interval", "wilson"), ("exact_binomial_interval", "beta")]:
        for level in (0.95, 0.998):
            columns = f"{{{{ {macro}('h', 'n', level={level}) }}}}"
            found = engine.rows(f"select h, n, {columns} from {from_values(COUNTS, 'h, n')}")
            assert len(found) == len(COUNTS)
            for h, n, low, high in found:
                expected = proportion.proportion_confint(h, n, 1 - level, method=method)
                assert close(low, expected[0]), (macro, h, n, low, expected)
                assert close(high, expected[1]), (macro, h, n, high, expected)
            nothing = engine.rows(
                f"select {columns} from {from_values([(0.0, 0.0), (None, 3.0)], 'h, n')}"
            )
            assert nothing == [(None, None)] * 2


def test_interval_of_a_difference_of_shares(engine: Engine) -> None:
    rows = [(*a, *b) for a in COUNTS for b in COUNTS]
    found = engine.rows(
        "select h, n, i, m, {{ newcombe_interval('h', 'n', 'i', 'm') }} "
        f"from {from_values(rows, 'h, n, i, m')}"
    )
    assert len(found) == len(rows)
    for h, n, i, m, low, high in found:
        expected = proportion.confint_proportions_2indep(h, n, i, m, method="newcomb")
        assert close(low, expected[0]), (h, n, i, m, low, high, expected)
        assert close(high, expected[1]), (h, n, i, m, low, high, expected)


def test_odds_ratio_and_ratio_of_shares(engine: Engine) -> None:
    tables = [(10.0, 20.0, 30.0, 15.0), (1.0, 999.0, 7.0, 3.0), (0.0, 5.0, 4.0, 6.0)]
    found = engine.rows(
        "select a, b, c, d, {{ woolf_interval('a', 'b', 'c', 'd') }} "
        f"from {from_values(tables, 'a, b, c, d')}"
    )
    for a, b, c, d, value, error, low, high in found:
        table = contingency.Table2x2(np.array([[a, b], [c, d]]) + (0.5 if a == 0 else 0))
        expected = (table.oddsratio, table.log_oddsratio_se, *table.oddsratio_confint())
        assert all(map(close, (value, error, low, high), expected)), (found, expected)
    wider = "{{ woolf_interval('a', 'b', 'c', 'd', design_effect='4') }}"
    [(_, error, low, high)] = engine.rows(
        f"select {wider} from {from_values(tables[:1], 'a, b, c, d')}"
    )
    table = contingency.Table2x2(np.array(tables[0]).reshape(2, 2))
    reach = stats.norm.ppf([0.025, 0.975]) * 2 * table.log_oddsratio_se
    assert close(error, 2 * table.log_oddsratio_se)
    assert all(map(close, (low, high), table.oddsratio * np.exp(reach)))
    empty = from_values([(0.0, 5.0, 0.0, 9.0), (0.0, 0.0, 4.0, 9.0)], "a, b, c, d")
    for macro in ("woolf_interval('a', 'b', 'c', 'd')",):
        for *_, low, high in engine.rows(f"select {{{{ {macro} }}}} from {empty}"):
            assert (low, high) == (None, None)


def as_published(h: float, n: float, i: float, m: float) -> tuple[float, float]:
    """Donner and Zou's interval of (h / n) / (i / m), as their paper writes it."""
    p, q = h / n, i / m
    low, high = proportion.proportion_confint(h, n, method="wilson")
    less, more = proportion.proportion_confint(i, m, method="wilson")

    def limit(sign: int, end: float, other: float) -> float:
        root = np.sqrt(max(0.0, (p * q) ** 2 - end * other * (2 * p - end) * (2 * q - other)))
        return float((p * q + sign * root) / (other * (2 * q - other)))

    return limit(-1, low, more), limit(1, high, less)


def test_ratio_of_shares(engine: Engine) -> None:
    rows = [
        (0.0, 8.0, 557.0, 1000.0), (10.0, 30.0, 30.0, 45.0), (1.0, 1000.0, 7.0, 10.0),
        (8.0, 8.0, 557.0, 1000.0), (40.0, 40.0, 40.0, 40.0), (81.0, 17001.0, 40.0, 400.0),
    ]  # fmt: skip
    call = "{{ share_ratio_interval('h', 'n', 'i', 'm') }}"
    found = engine.rows(f"select h, n, i, m, {call} from {from_values(rows, 'h, n, i, m')}")
    assert len(found) == len(rows)
    for h, n, i, m, value, low, high in found:
        expected = as_published(h, n, i, m)
        assert close(value, (h / n) / (i / m))
        assert close(low, expected[0]), (h, n, low, expected)
        assert close(high, expected[1]), (h, n, high, expected)
    # No approval is the worst of ratios, and no reason to be silent; next to the score interval.
    [(*_, value, low, high)] = [row for row in found if row[0] == 0]
    score = proportion.confint_proportions_2indep(0, 8, 557, 1000, compare="ratio", method="score")
    assert (value, low) == (0, 0)
    assert abs(high - score[1]) < 0.001
    nothing = from_values([(3.0, 5.0, 0.0, 9.0), (0.0, 0.0, 4.0, 9.0)], "h, n, i, m")
    for value, _, high in engine.rows(f"select {call} from {nothing}"):
        assert (value, high) == (None, None)


def test_p_value_is_never_zero(engine: Engine) -> None:
    tails = "{{ p_value('p') }} as p_value"
    rows = from_values([(0.0,), (1e-290,), (0.25,), (1.0,), (None,)], "p")
    found = [row[0] for row in engine.rows(f"select {tails} from {rows}")]
    assert found[0] == 1e-300
    assert found[1] == pytest.approx(1e-290, rel=1e-9)
    assert found[2:] == [0.25, 1.0, None]
    far = "{{ p_value('2 * ' ~ stats_schema() ~ '.normal_sf(z)') }}"
    assert engine.rows(f"select {far} from {from_values([(146.0,)], 'z')}") == [(1e-300,)]


def test_design_effects_are_those_of_the_sandwich(engine: Engine) -> None:
    random = np.random.default_rng(3)
    rows = []
    for cluster in range(60):
        leaning = random.beta(0.5, 2)
        for group in range(3):
            if random.random() < 0.7:
                n = int(random.integers(1, 20))
                rows.append((float(group), float(cluster), float(random.binomial(n, leaning)), n))
    counted = shares([(str(int(group)), cluster, h, n) for group, cluster, h, n in rows])
    relation = from_values([(g, c, h, float(n)) for g, c, h, n in rows], "g, c, h, n")
    found = engine.rows(
        "select g, {{ design_effect('hits', 'n') }} from (select g, sum(h) as hits, sum(n) as n, "
        f"{{{{ cluster_sums('h', 'n') }}}} from {relation} group by g) as sums order by g"
    )
    assert len(found) == 3
    for group, effect in found:
        assert effect > 2
        assert close(effect, counted.effect(str(int(group))))
    rates = "select g, sum(h) / sum(n) as p, sum(h) as hits, sum(n) as n from counted group by g"
    residual = (
        f"with counted as (select * from {relation}), rates as ({rates}), residuals as ("
        "select counted.g, counted.c, h - counted.n * p as r, rates.n as n from counted "
        "inner join rates on counted.g = rates.g), "
    )
    [(effect,)] = engine.rows(
        residual + "sums as (select c, sum(r) as r, sum(r * r / n) as s from residuals group by c) "
        "select {{ chi_square_design_effect('max(s)', 'max(r)', 'sum(hits)', 'sum(n)', '3', "
        "'max(k)') }} from rates cross join (select sum(s) as s, sum(r * r) as r, count(*) as k "
        "from sums) as clusters"
    )
    assert close(effect, counted.chi_square_effect())
    [(effect,)] = engine.rows(
        residual + "pair as (select c, sum(case when g = 0 then r end) as a, "
        "sum(case when g = 1 then r end) as b from residuals where g < 2 group by c), "
        "sums as (select sum(a * a) as aa, sum(b * b) as bb, sum(a * b) as ab, count(*) as k "
        "from pair) select {{ difference_design_effect('x.hits', 'x.n', 'aa', 'y.hits', 'y.n', "
        "'bb', 'ab', 'k') }} from rates as x cross join rates as y cross join sums "
        "where x.g = 0 and y.g = 1"
    )
    assert close(effect, counted.difference_effect("0", "1"))
    # Nothing varies, or one cluster: nothing is known of how clusters differ.
    same = from_values([(1.0, 0.0, 3.0, 3.0), (2.0, 0.0, 3.0, 9.0)], "g, c, h, n")
    assert engine.rows(
        "select {{ design_effect('hits', 'n') }} from (select g, sum(h) as hits, sum(n) as n, "
        f"{{{{ cluster_sums('h', 'n') }}}} from {same} group by g) as sums"
    ) == [(1.0,), (1.0,)]


def test_welch(engine: Engine) -> None:
    random = np.random.default_rng(1)
    samples = [
        random.normal(mean, deviation, size)
        for mean, deviation, size in [(0, 1, 2), (0.3, 4, 19), (7e6, 3, 500), (7e6 + 1, 90, 4)]
    ]
    names = "i, n, mean, variance"
    sides = from_values(
        [(i, len(s), float(s.mean()), float(s.var(ddof=1))) for i, s in enumerate(samples)], names
    )
    found = engine.rows(
        "select x.i, y.i, "
        "{{ welch('x.n', 'x.mean', 'x.variance', 'y.n', 'y.mean', 'y.variance') }} "
        f"from (select * from {sides}) as x cross join (select * from {sides}) as y "
        "where x.i <> y.i"
    )
    assert len(found) == 12
    for first, second, *values in found:
        x, y = samples[int(first)], samples[int(second)]
        compared = weighted.CompareMeans(weighted.DescrStatsW(x), weighted.DescrStatsW(y))
        statistic, p_value, df = compared.ttest_ind(usevar="unequal")
        low, high = compared.tconfint_diff(usevar="unequal")
        estimate = x.mean() - y.mean()
        pooled = np.sqrt(
            ((len(x) - 1) * x.var(ddof=1) + (len(y) - 1) * y.var(ddof=1)) / (len(x) + len(y) - 2)
        )
        d = estimate / pooled
        width = stats.norm.ppf(0.975) * np.sqrt(
            1 / len(x) + 1 / len(y) + d * d / (2 * (len(x) + len(y)))
        )
        expected = (estimate, estimate / statistic, statistic, df, p_value, low, high,
                    d, d - width, d + width)  # fmt: skip
        assert all(map(close, values, expected)), (values, expected)
    nothing = from_values([(1.0, 5.0, 0.0), (2.0, 5.0, None)], "n, mean, variance")
    call = "{{ welch('n', 'mean', 'variance', '9', '4', '0') }}"
    for row in engine.rows(f"select {call} from {nothing}"):
        assert row == (1.0, *[None] * 9)


def test_benjamini_hochberg(engine: Engine) -> None:
    random = np.random.default_rng(2)
    families = {
        "a": list(random.uniform(0, 1, 40) ** 3),
        "b": [0.01, 0.01, 0.02, 0.5, 0.5, 1.0],
        "c": [0.9],
    }
    rows = [(family, p) for family, values in families.items() for p in values]
    table = f"(select * from (values {literals([*rows, ('a', None)])}) as t(family, p_value))"
    call = f"{{{{ benjamini_hochberg({table!r}, family=['family']) }}}}"
    found = engine.dicts(call, ["family", "p_value", "q_value"])
    assert len(found) == len(rows) + 1
    for family, values in families.items():
        mine = sorted((r["p_value"], r["q_value"]) for r in found
                      if r["family"] == family and r["p_value"] is not None)  # fmt: skip
        expected = multitest.multipletests(sorted(values), method="fdr_bh")[1]
        assert np.allclose([q for _, q in mine], expected, rtol=1e-12, atol=0)
    assert [r["q_value"] for r in found if r["p_value"] is None] == [None]
    together = engine.dicts(
        f"{{{{ benjamini_hochberg({table!r}) }}}}", ["p_value", "q_value"]
    )  # fmt: skip
    pairs = sorted((r["p_value"], r["q_value"]) for r in together if r["p_value"] is not None)
    expected = multitest.multipletests([p for p, _ in pairs], method="fdr_bh")[1]
    assert np.allclose([q for _, q in pairs], expected, rtol=1e-12, atol=0)


def test_fisher_z_interval(engine: Engine) -> None:
    rows = [(0.3, 20.0), (-0.999, 4.0), (0.0, 1e6), (1.0, 9.0), (0.5, 3.0), (None, 9.0)]
    query = "select r, n, {{{{ fisher_z_interval('r', 'n', kind='{}') }}}} from {}"
    values = from_values(rows, "r, n")
    for r, n, low, high in engine.rows(query.format("pearson", values)):
        if r is None or n <= 3:
            assert (low, high) == (None, None)
            continue
        expected = stats.norm.interval(0.95, np.arctanh(r), 1 / np.sqrt(n - 3))
        expected = (r, r) if abs(r) == 1 else tuple(np.tanh(expected))
        assert [close(low, expected[0]), close(high, expected[1])] == [True, True]
    for r, n, low, high in engine.rows(query.format("spearman", values)):
        if r is not None and n > 3 and abs(r) < 1:
            error = np.sqrt((1 + r * r / 2) / (n - 3))
            expected = np.tanh(stats.norm.interval(0.95, np.arctanh(r), error))
            assert [close(low, expected[0]), close(high, expected[1])] == [True, True]


def test_exact_poisson_interval(engine: Engine) -> None:
    rows = [(0.0, 7.0), (1.0, 1.0), (5.0, 0.5), (810.0, 171000.0), (1e6, 1e6), (3.0, 0.0)]
    found = engine.rows(
        "select k, e, {{ exact_poisson_interval('k', 'e') }} from " + from_values(rows, "k, e")
    )
    assert len(found) == len(rows)
    for k, exposure, low, high in found:
        if exposure == 0:
            assert (low, high) == (None, None)
            continue
        assert close(low, stats.chi2.ppf(0.025, 2 * k) / 2 / exposure if k else 0.0)
        assert close(high, stats.chi2.ppf(0.975, 2 * k + 2) / 2 / exposure)
