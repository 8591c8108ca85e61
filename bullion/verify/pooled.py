"""The rule over many banks: how often intervals cover, checks reject and sets are found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TypeVar

from bullion.verify import rule
from bullion.verify.measure import Estimate, FoundSet, Measured
from bullion.verify.rule import FAILED, PASSED, Verdict

# Under 17 of 20 an estimate is looked at on 100 banks, where 90 to 99 % must cover.
_DOUBTED_BELOW = 17
_SURE = (90, 99)

_Each = TypeVar("_Each", Estimate, FoundSet)


@dataclass(frozen=True)
class PooledEstimate:
    """One estimate on all banks. ``bias`` is the mean error in units of its own standard error."""

    id: str
    name: str
    covered: int
    banks: int
    bias: float
    mean_se: float
    scatter: float
    largest_se: float
    missed: list[int]
    verdict: Verdict


@dataclass(frozen=True)
class PooledCount:
    """How many banks speak against a set truth or a check: misses, rejections."""

    id: str
    name: str
    what: str
    count: int
    banks: int
    most: int
    verdict: Verdict


@dataclass(frozen=True)
class Pool:
    """All banks together. ``trials``: what ``inside`` counts, and the band it must lie in."""

    what: str
    estimates: list[PooledEstimate]
    counts: list[PooledCount]
    inside: int
    trials: int
    band: tuple[int, int]

    @property
    def verdict(self) -> Verdict:
        """Of the pooled share alone."""
        least, most = self.band
        if self.trials and not least <= self.inside <= most:
            return Verdict(FAILED, f"{self.what} of all together outside {least} to {most}")
        return Verdict(PASSED)

    @property
    def is_failed(self) -> bool:
        """Whether the verification fails."""
        parts = [each.verdict for each in self.estimates]
        parts += [each.verdict for each in self.counts]
        return any(part.is_failed for part in (self.verdict, *parts))


def doubted(banks: Sequence[Measured]) -> list[tuple[str, str]]:
    """The estimates, by id and name, that the first 20 banks leave in doubt."""
    if len(banks) < rule.SEEDS:
        return []
    first = banks[: rule.SEEDS]
    return [
        key
        for key, found in _by_key([each.estimates for each in first]).items()
        if sum(each.is_covered for each in found) < _DOUBTED_BELOW
    ]


def pool_planted(banks: Sequence[Measured], more: Sequence[Measured] = ()) -> Pool:
    """Banks with planted truths; ``more``: further banks, measured for what was in doubt."""
    in_doubt = set(doubted(banks))
    estimates = []
    inside = trials = 0
    for key, found in _by_key([bank.estimates for bank in banks]).items():
        inside += sum(each.is_covered for each in found)
        trials += len(found)
        seen = list(zip([bank.seed for bank in banks], found, strict=True))
        if key in in_doubt:
            seen += [
                (bank.seed, each)
                for bank in more
                for each in bank.estimates
                if (each.id, each.name) == key
            ]
        estimates.append(_pool_estimate(seen, key in in_doubt))
    counts = [
        *_pool_sets(banks),
        *(_pool_tests(key, ps) for key, ps in _p_values(banks, with_estimates=False).items()),
    ]
    return Pool("coverage", estimates, counts, inside, trials, rule.coverage_band(trials))


def pool_null(banks: Sequence[Measured]) -> Pool:
    """Banks without effects: how often a test rejects what is true."""
    tests = _p_values(banks, with_estimates=True)
    rejected = sum(p is not None and p < rule.LEVEL for ps in tests.values() for p in ps)
    trials = sum(map(len, tests.values()))
    counts = [*(_pool_tests(key, ps) for key, ps in tests.items()), *_pool_sets(banks)]
    return Pool("rejections", [], counts, rejected, trials, rule.rejection_band(trials))


def _pool_estimate(seen: list[tuple[int, Estimate]], is_doubted: bool) -> PooledEstimate:
    """One estimate on all banks, as pairs of seed and estimate."""
    found = [each for _, each in seen]
    first = found[0]
    complete = [each for each in found if each.is_complete]
    errors = [each.estimate - each.planted for each in complete if each.estimate is not None]
    covered = sum(each.is_covered for each in found)
    scatter = stdev(errors) if len(errors) > 1 else math.nan
    bias = math.nan
    if errors and scatter > 0:
        bias = fmean(errors) / (scatter / math.sqrt(len(errors)))
    return PooledEstimate(
        first.id,
        first.name,
        covered,
        len(found),
        bias,
        fmean([each.effective_se for each in complete]) if complete else math.inf,
        scatter,
        first.largest_se,
        [seed for seed, each in seen if not each.is_covered],
        _judge(found, covered, is_doubted),
    )


def _judge(found: list[Estimate], covered: int, is_doubted: bool) -> Verdict:
    banks = len(found)
    lacking = sum(not each.is_complete for each in found)
    if lacking:
        return Verdict(FAILED, f"no estimate on {lacking} of {banks} banks")
    if fmean([each.effective_se for each in found]) > found[0].largest_se:
        return Verdict(FAILED, "error above the largest allowed")
    if is_doubted:
        return _judge_doubted(found)
    if covered < rule.least_covering(banks):
        return Verdict(FAILED, f"covers on fewer than {rule.least_covering(banks)} of {banks}")
    return Verdict(PASSED)


def _judge_doubted(found: list[Estimate]) -> Verdict:
    """An estimate that covers on fewer than 17 of the first 20 banks."""
    covers = [each.is_covered for each in found]
    least = rule.least_covering(rule.SEEDS)
    if sum(covers[: rule.SEEDS]) < least:
        return Verdict(FAILED, f"covers on fewer than {least} of {rule.SEEDS}")
    if len(found) < rule.MORE_SEEDS:
        return Verdict(FAILED, f"in doubt: {rule.MORE_SEEDS} banks must tell")
    share = sum(covers[: rule.MORE_SEEDS])
    is_sure = _SURE[0] <= share <= _SURE[1]
    return Verdict(PASSED if is_sure else FAILED, f"covers on {share} of {rule.MORE_SEEDS}")


def _pool_sets(banks: Sequence[Measured]) -> list[PooledCount]:
    pooled = []
    for (truth_id, name), found in _by_key([bank.sets for bank in banks]).items():
        missed = sum(not each.is_right for each in found)
        most = rule.most_missing(len(found))
        word = PASSED if missed <= most else FAILED
        pooled.append(
            PooledCount(truth_id, name, "missed", missed, len(found), most, Verdict(word))
        )
    return pooled


def _pool_tests(key: tuple[str, str], ps: list[float | None]) -> PooledCount:
    rejected = sum(p is not None and p < rule.LEVEL for p in ps)
    most = rule.most_rejecting(len(ps))
    verdict = Verdict(PASSED)
    if None in ps:
        verdict = Verdict(FAILED, f"no p value on {ps.count(None)} of {len(ps)} banks")
    elif rejected > most:
        verdict = Verdict(FAILED, f"rejects on more than {most} of {len(ps)}")
    return PooledCount(*key, "rejected", rejected, len(ps), most, verdict)


def _p_values(
    banks: Sequence[Measured], with_estimates: bool
) -> dict[tuple[str, str], list[float | None]]:
    """P values by test over the banks: checks, and of the null bank the estimates' own tests."""
    tests: dict[tuple[str, str], list[float | None]] = {}
    for bank in banks:
        for each in bank.estimates if with_estimates else ():
            if each.has_null:
                tests.setdefault((each.id, each.name), []).append(each.null_p)
        for check in bank.checks:
            tests.setdefault((check.id, check.name), []).append(check.p_value)
    return tests


def _by_key(lists: Sequence[list[_Each]]) -> dict[tuple[str, str], list[_Each]]:
    found: dict[tuple[str, str], list[_Each]] = {}
    for each in (item for items in lists for item in items):
        found.setdefault((each.id, each.name), []).append(each)
    return found
