"""The rule by which a verification passes.

One bank: an estimate fails outside its 99.9 % interval or with an error above the largest allowed;
a set truth by its own rule; a check below p = 0.001. Many banks: each 95 % interval must cover, and
all together must cover neither too seldom nor too often. The bounds are those of the design, set
for 20 banks, 45 estimates and 38 tests. For other numbers the bound is the one that a right
estimate breaks as seldom, by the exact binomial distribution.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from bullion.verify.distributions import binomial_above, binomial_below
from bullion.verify.measure import Compared, Estimate, FoundSet, PValue

FAILED_P = 0.001
LEVEL = 0.05
COVERAGE = 0.95
SEEDS = 20
MORE_SEEDS = 100
# The design's trials: 45 estimates and 38 tests, on 20 banks.
COVERAGE_TRIALS = 45 * SEEDS
NULL_TRIALS = 38 * SEEDS

PASSED, FAILED, SMALL, NOT_RUN = "passed", "failed", "too small", "not run"


@dataclass(frozen=True)
class Verdict:
    """What the rule says, and why when it is not simply passed."""

    word: str
    reason: str = ""

    @property
    def is_failed(self) -> bool:
        """Whether the verification fails by it."""
        return self.word == FAILED


def judge_estimate(each: Estimate, is_full_size: bool) -> Verdict:
    """One bank's estimate. On a bank below the design's size its error is not judged."""
    if not each.is_complete:
        return Verdict(FAILED if is_full_size else SMALL, "no estimate")
    if each.truth_p < FAILED_P:
        return Verdict(FAILED, "outside the 99.9 % interval")
    if each.effective_se > each.largest_se:
        return Verdict(FAILED if is_full_size else SMALL, "error above the largest allowed")
    return Verdict(PASSED)


def judge_set(each: FoundSet, is_full_size: bool) -> Verdict:
    """One bank's set; the sets are designed for the default size."""
    if each.is_right:
        return Verdict(PASSED)
    return Verdict(FAILED if is_full_size else SMALL, "other elements than planted")


def judge_check(each: PValue, is_full_size: bool) -> Verdict:
    """One bank's falsification check."""
    if each.p_value is None:
        return Verdict(FAILED if is_full_size else SMALL, "no p value")
    if each.p_value < FAILED_P:
        return Verdict(FAILED, f"p < {FAILED_P}")
    return Verdict(PASSED)


def judge_oracle(each: Compared) -> Verdict:
    """An oracle; where its library is missing it does not fail."""
    if not each.is_run:
        return Verdict(NOT_RUN, f"{each.library} is not installed")
    if each.is_equal:
        return Verdict(PASSED)
    return Verdict(FAILED, f"differs: {each.statistic}")


def least_covering(seeds: int) -> int:
    """How many of the intervals of one estimate must cover: 15 of 20."""
    seldom = binomial_below(15, SEEDS, COVERAGE)
    return _largest(seeds, lambda k: binomial_below(k, seeds, COVERAGE) <= seldom)


def most_rejecting(seeds: int) -> int:
    """How many of the p values of one true hypothesis may be below 5 %: 4 of 20."""
    seldom = binomial_above(4, SEEDS, LEVEL)
    return _smallest(seeds, lambda k: binomial_above(k, seeds, LEVEL) <= seldom)


def most_missing(seeds: int) -> int:
    """How many banks may miss a set truth, which is designed for more than 99 %: 1 of 20."""
    seldom = binomial_above(1, SEEDS, 0.01)
    return _smallest(seeds, lambda k: binomial_above(k, seeds, 0.01) <= seldom)


def coverage_band(trials: int) -> tuple[int, int]:
    """Least and most covering intervals of all estimates and seeds: 92.5 % to 97.5 %."""
    return _band(trials, COVERAGE, COVERAGE_TRIALS, 0.925, 0.975)


def rejection_band(trials: int) -> tuple[int, int]:
    """Least and most rejections in all null banks together: 3 % to 7 %."""
    return _band(trials, LEVEL, NULL_TRIALS, 0.03, 0.07)


def _band(
    trials: int, chance: float, design_trials: int, low: float, high: float
) -> tuple[int, int]:
    """The design's band from its number of trials on; below it, the counts that are as likely."""
    counts = math.ceil(low * trials - 1e-9), math.floor(high * trials + 1e-9)
    if trials >= design_trials:
        return counts
    least, most = _band(design_trials, chance, design_trials, low, high)
    too_low = binomial_below(least, design_trials, chance)
    too_high = binomial_above(most, design_trials, chance)
    return (
        _largest(trials, lambda k: binomial_below(k, trials, chance) <= too_low),
        _smallest(trials, lambda k: binomial_above(k, trials, chance) <= too_high),
    )


def _largest(trials: int, holds: Callable[[int], bool]) -> int:
    return max(k for k in range(trials + 1) if holds(k))


def _smallest(trials: int, holds: Callable[[int], bool]) -> int:
    return min(k for k in range(trials + 1) if holds(k))
