"""Tail probabilities that the rule needs, in plain Python: it must not rest on what it judges, nor
on an extra."""

from __future__ import annotations

import math
from statistics import NormalDist

_LARGE_DEGREES = 1e6
_STEPS = 20_000
_PRECISION = 1e-15


def two_sided_p(statistic: float, degrees_of_freedom: float | None = None) -> float:
    """P(|T| >= |statistic|) of Student's t, of the normal where there are no degrees of freedom."""
    if degrees_of_freedom is None or degrees_of_freedom > _LARGE_DEGREES:
        return math.erfc(abs(statistic) / math.sqrt(2))
    if degrees_of_freedom <= 0:
        return 1.0
    share = degrees_of_freedom / (degrees_of_freedom + statistic * statistic)
    return _incomplete_beta(degrees_of_freedom / 2, 0.5, share)


def half_width(confidence: float, degrees_of_freedom: float | None = None) -> float:
    """How many standard errors an interval reaches to each side: 1.96 for 0.95 of the normal."""
    low, high = 0.0, NormalDist().inv_cdf(0.5 + confidence / 2)
    while two_sided_p(high, degrees_of_freedom) > 1 - confidence:
        low, high = high, 2 * high
    for _ in range(80):
        middle = (low + high) / 2
        if two_sided_p(middle, degrees_of_freedom) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def binomial_below(count: int, trials: int, chance: float) -> float:
    """P(X < count) of the binomial distribution, summed exactly."""
    return math.fsum(_binomial(k, trials, chance) for k in range(min(count, trials + 1)))


def binomial_above(count: int, trials: int, chance: float) -> float:
    """P(X > count) of the binomial distribution, summed exactly."""
    return math.fsum(_binomial(k, trials, chance) for k in range(max(count + 1, 0), trials + 1))


def _binomial(count: int, trials: int, chance: float) -> float:
    ways = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
    return math.exp(ways + count * math.log(chance) + (trials - count) * math.log1p(-chance))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """I_x(a, b) by its continued fraction (Lentz's method), from the side on which it converges."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    ends = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(ends + a * math.log(x) + b * math.log1p(-x)) / a
    fraction, c = 1.0, 1.0
    d = 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            fraction *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return front * fraction


def _away_from_zero(value: float) -> float:
    return value if abs(value) > 1e-300 else 1e-300
