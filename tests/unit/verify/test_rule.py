"""The rule fails what is wrong and passes what is right, on simulated estimates."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from bullion.verify import pooled, rule
from bullion.verify.distributions import binomial_above, binomial_below
from bullion.verify.measure import Compared, Estimate, FoundSet, Measured, PValue

SE, PLANTED, LARGEST = 0.1, 0.5, 0.13
NAMES = [f"estimate {number}" for number in range(11)]
Maker = Callable[[random.Random], Estimate]


def estimate(value: float, error: float = SE, reach: float = 1.959964, **other) -> Estimate:
    """An estimate of the planted 0.5 with the interval value ± reach x error."""
    low, high = value - reach * error, value + reach * error
    plain = Estimate("T99", "one", "model", PLANTED, LARGEST, value, error, low, high)
    return replace(plain, **other)


def right(dice: random.Random) -> Estimate:
    return estimate(dice.gauss(PLANTED, SE))


def too_narrow(dice: random.Random) -> Estimate:
    """It says half of the error that it has."""
    return estimate(dice.gauss(PLANTED, SE), SE / 2)


def too_wide(dice: random.Random) -> Estimate:
    """It says more than the error that it has, but no more than is allowed."""
    return estimate(dice.gauss(PLANTED, SE / 2), SE)


def vacuous(dice: random.Random) -> Estimate:
    return estimate(dice.gauss(PLANTED, SE), 10 * SE)


def vacuous_interval(dice: random.Random) -> Estimate:
    """A good error is printed beside an interval that says nothing."""
    return estimate(dice.gauss(PLANTED, SE), SE, reach=20)


def biased(dice: random.Random) -> Estimate:
    return estimate(dice.gauss(PLANTED + 1.5 * SE, SE))


def missing(dice: random.Random) -> Estimate:
    return Estimate("T99", "one", "model", PLANTED, LARGEST)


def banks(make: Maker, count: int, seed: int = 1, is_null: bool = False) -> list[Measured]:
    """Banks on which each of the names is estimated by ``make``."""
    dice = random.Random(seed)
    return [
        Measured(number, is_null, True, [replace(make(dice), name=name) for name in NAMES])
        for number in range(count)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_right_estimates_pass(seed: int) -> None:
    made = banks(right, 20, seed)
    more = banks(right, 80, 1000 + seed)
    assert not pooled.pool_planted(made, more).is_failed


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("make", [too_narrow, too_wide, vacuous, vacuous_interval, biased, missing])
def test_wrong_estimates_fail(make: Maker, seed: int) -> None:
    assert pooled.pool_planted(banks(make, 20, seed)).is_failed


def test_one_bank_fails_only_outside_the_999_interval() -> None:
    assert rule.judge_estimate(estimate(PLANTED + 3.2 * SE), True).word == rule.PASSED
    assert rule.judge_estimate(estimate(PLANTED - 3.4 * SE), True).is_failed
    # With few degrees of freedom the interval is wider.
    few = estimate(PLANTED + 3.4 * SE, degrees_of_freedom=20, reach=2.086)
    assert rule.judge_estimate(few, True).word == rule.PASSED


@pytest.mark.parametrize("make", [vacuous, vacuous_interval, missing])
def test_one_bank_fails_without_information(make: Maker) -> None:
    each = make(random.Random(1))
    assert rule.judge_estimate(each, True).is_failed
    # A smaller bank than the design's cannot do better; that is said.
    assert rule.judge_estimate(each, False).word == rule.SMALL


def test_a_doubted_estimate_needs_a_hundred_banks() -> None:
    """16 of 20 is not enough by itself: 90 to 99 of 100 is."""

    def covering(count: int, of: int) -> list[Measured]:
        at = [PLANTED] * count + [PLANTED + 3 * SE] * (of - count)
        return [Measured(n, False, True, [estimate(value)]) for n, value in enumerate(at)]

    first = covering(16, 20)
    assert pooled.doubted(first) == [("T99", "one")]
    assert pooled.pool_planted(first).estimates[0].verdict.is_failed
    for more, passes in [(73, False), (74, True), (80, True)]:
        verdict = pooled.pool_planted(first, covering(more, 80)).estimates[0].verdict
        assert verdict.is_failed is not passes
    # Under 15 of 20 more banks cannot mend it.
    assert pooled.pool_planted(covering(14, 20), covering(80, 80)).estimates[0].verdict.is_failed
    assert pooled.doubted(covering(17, 20)) == []


def test_sets_and_checks() -> None:
    good, bad = (FoundSet("T98", "set", "model", right, 6, 6, [], []) for right in (True, False))

    def pool(sets: Sequence[FoundSet], ps: Sequence[float | None]) -> pooled.Pool:
        pairs = zip(sets, ps, strict=True)
        return pooled.pool_planted(
            [
                Measured(n, False, True, [], [found], [PValue("T97", "check", "model", p)])
                for n, (found, p) in enumerate(pairs)
            ]
        )

    fine: list[float | None] = [0.5] * 20
    assert not pool([good] * 19 + [bad], [0.01] * 4 + [0.5] * 16).is_failed
    assert pool([good] * 18 + [bad] * 2, fine).is_failed
    assert pool([good] * 20, [0.01] * 5 + [0.5] * 15).is_failed
    assert pool([good] * 20, [None, *fine[1:]]).is_failed
    assert rule.judge_check(PValue("T97", "check", "model", 0.0009), True).is_failed
    assert not rule.judge_check(PValue("T97", "check", "model", 0.002), True).is_failed
    assert rule.judge_set(bad, True).is_failed


def null_banks(chance: float, seed: int) -> list[Measured]:
    """Twenty null banks whose tests reject with the given chance."""
    dice = random.Random(seed)

    def test(_: random.Random) -> Estimate:
        return estimate(PLANTED, has_null=True, null_p=0.01 if dice.random() < chance else 0.5)

    return banks(test, 20, is_null=True)


def test_null_banks() -> None:
    assert not any(pooled.pool_null(null_banks(0.05, seed)).is_failed for seed in range(10))
    assert all(pooled.pool_null(null_banks(0.2, seed)).is_failed for seed in range(10))
    assert all(pooled.pool_null(null_banks(0.0, seed)).is_failed for seed in range(10))


def test_bounds_of_the_design() -> None:
    assert rule.least_covering(20) == 15
    assert rule.most_rejecting(20) == 4
    assert rule.most_missing(20) == 1
    assert rule.coverage_band(900) == (833, 877)  # 92.5 % to 97.5 %
    assert rule.rejection_band(760) == (23, 53)  # 3 % to 7 %
    assert rule.coverage_band(1800) == (1665, 1755)


@pytest.mark.parametrize("trials", [100, 220, 500])
def test_fewer_trials_have_the_band_that_is_broken_as_seldom(trials: int) -> None:
    def broken(trials: int, band: tuple[int, int]) -> float:
        least, most = band
        below = binomial_below(least, trials, rule.COVERAGE)
        return below + binomial_above(most, trials, rule.COVERAGE)

    assert broken(trials, rule.coverage_band(trials)) <= broken(900, (833, 877))


def test_oracles() -> None:
    def compared(statistics: int | None, largest: float | None) -> rule.Verdict:
        return rule.judge_oracle(Compared("o", "model", "scipy", 1e-6, statistics, largest))

    assert compared(3, 1e-7).word == rule.PASSED
    assert compared(3, 2e-6).is_failed
    assert compared(0, float("inf")).is_failed
    assert compared(None, None).word == rule.NOT_RUN
