"""The rule's own tail probabilities against scipy's."""

from __future__ import annotations

import pytest
from scipy import stats

from bullion.verify import distributions


@pytest.mark.parametrize("degrees", [0.5, 1, 2.7, 17, 99, 12_345.6, 9e5])
@pytest.mark.parametrize("statistic", [-4.5, 0.1, 1, 1.96, 3.29, 8, 30])
def test_students_t(statistic: float, degrees: float) -> None:
    wanted = 2 * stats.t.sf(abs(statistic), degrees)
    assert distributions.two_sided_p(statistic, degrees) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("statistic", [0, 0.5, -1.96, 5, 20])
def test_normal(statistic: float) -> None:
    wanted = 2 * stats.norm.sf(abs(statistic))
    assert distributions.two_sided_p(statistic) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("degrees", [1, 3, 34, 5000])
def test_half_width(degrees: float) -> None:
    assert distributions.half_width(0.95, degrees) == pytest.approx(stats.t.ppf(0.975, degrees))
    assert distributions.half_width(0.999) == pytest.approx(stats.norm.ppf(0.9995))


@pytest.mark.parametrize(
    ("count", "trials", "chance"), [(15, 20, 0.95), (38, 760, 0.05), (0, 5, 0.5)]
)
def test_binomial(count: int, trials: int, chance: float) -> None:
    below, above = stats.binom.cdf(count - 1, trials, chance), stats.binom.sf(count, trials, chance)
    assert distributions.binomial_below(count, trials, chance) == pytest.approx(below, rel=1e-9)
    assert distributions.binomial_above(count, trials, chance) == pytest.approx(above, rel=1e-9)
