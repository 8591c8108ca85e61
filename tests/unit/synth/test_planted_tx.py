"""Truths planted in transactions and campaigns, found again on the generated rows.

Tolerances are four standard errors of each estimate (its own, checked against truths.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from tests.unit.synth import tx_estimates as est
from tests.unit.synth.conftest import Sample, make_sample
from tests.unit.synth.tx_estimates import Tx

DECLINES = {"POS": 0.020, "Online": 0.040, "Mobile": 0.030, "ATM": 0.025, "Branch": 0.010}
SEASONAL = ("Retail", "Online Shopping")
PEAKS = {"POS": (15, 1.2), "Online": (20, 0.7), "Mobile": (18, 0.6), "ATM": (14, 0.9)}
WEEKDAYS = {
    "POS": (0.92, 0.92, 0.95, 1.00, 1.15, 1.20, 0.86),
    "Online": (1.02, 1.00, 0.98, 0.98, 0.96, 1.00, 1.06),
    "Mobile": (1.0,) * 7,
    "ATM": (0.95, 0.92, 0.95, 1.02, 1.25, 1.15, 0.76),
    "Branch": (1.3, 1.1, 1.1, 1.1, 1.4, 1.0, 0.0),
}
MULTIPLIERS = (1.0, 1.6, 2.4, 3.1)
CURVES = {
    "Email": (90, 600),
    "Social Media": (60, 800),
    "Direct Mail": (40, 1600),
    "TV": (120, 6000),
    "Radio": (50, 2000),
    "Online Display": (70, 1200),
}


@dataclass
class Bank:
    """A sample with its transactions as arrays and its customers' latent values."""

    sample: Sample
    tx: Tx
    archetype: np.ndarray
    opt_in: np.ndarray
    signup: np.ndarray
    churn: np.ndarray
    segment_days: np.ndarray
    segment_codes: np.ndarray

    @property
    def start(self) -> int:
        return self.sample.context.start_day

    @property
    def end(self) -> int:
        return self.sample.context.end_day

    @property
    def months_active(self) -> np.ndarray:
        last = np.minimum(self.churn, self.end + 1)
        return np.maximum(last - np.maximum(self.signup + 1, self.start), 0) / 30.4375

    def segment(self, customer: np.ndarray, day: np.ndarray) -> np.ndarray:
        step = (self.segment_days[customer] <= np.asarray(day)[:, None]).sum(axis=1)
        return self.segment_codes[customer, step]

    def truth(self, name: str) -> dict:
        return self.sample.truths[name]


def make_bank(sample: Sample) -> Bank:
    def of(name: str) -> np.ndarray:
        return np.concatenate([getattr(block, name) for block in sample.blocks])

    return Bank(
        sample=sample,
        tx=est.read(sample.tables["transactions"]),
        archetype=of("archetype"),
        opt_in=of("opt_in"),
        signup=of("signup_day"),
        churn=of("churn_day"),
        segment_days=of("segment_days"),
        segment_codes=of("segment_codes"),
    )


@pytest.fixture(scope="module")
def bank(default_bank: Sample) -> Bank:
    return make_bank(default_bank)


@pytest.fixture(scope="module")
def null_bank() -> Bank:
    return make_bank(make_sample(2500, null=True))


def close(estimate: float, truth: float, error: float) -> None:
    assert abs(estimate - truth) < 4 * error, f"{estimate:.4f} ({error:.4f}), planted {truth:.4f}"


def test_sizes(bank: Bank) -> None:
    tx, months = bank.tx, bank.months_active.sum()
    assert 0.95e6 < len(tx.second) < 1.2e6
    assert tx.is_("kind", "Purchase").sum() / months == pytest.approx(3.5, rel=0.06)
    assert tx.is_("kind", "ATM Withdrawal").sum() == pytest.approx(90_000, rel=0.15)
    share = tx.fraud.mean()
    assert 0.0013 < share < 0.0019


# T02


def lift(bank: Bank) -> tuple[float, float]:
    """Ratio of ratios of means pooled over campaigns by inverse variance, and its error."""
    bought = bank.tx.is_("kind", "Purchase")
    customer, day = bank.tx.customer[bought], bank.tx.day[bought]
    n = len(bank.opt_in)
    everyone = np.arange(n)
    estimates, influences = [], []
    for campaign in bank.truth("T02")["parameters"]["campaigns"]:
        month = np.datetime64(campaign["start_date"], "M")
        start = int(month.astype("datetime64[D]").astype(int))
        before = int((month - 3).astype("datetime64[D]").astype(int))
        target = est.SEGMENTS.index(campaign["target_segment"])
        there = (bank.signup < before) & (bank.churn > start + 60)
        there &= bank.segment(everyone, np.full(n, start)) == target
        pre = np.bincount(customer[(day >= before) & (day < start)], minlength=n)
        post = np.bincount(customer[(day >= start) & (day < start + 60)], minlength=n)
        estimate, influence = 0.0, np.zeros(n)
        for sign, group in ((1, there & bank.opt_in), (-1, there & ~bank.opt_in)):
            a, b = pre[group].mean(), post[group].mean()
            estimate += sign * math.log(b / a)
            influence[group] += sign * (post[group] / b - pre[group] / a) / group.sum()
        estimates.append(estimate)
        influences.append(influence)
    weight = np.array([1 / (influence**2).sum() for influence in influences])
    weight /= weight.sum()
    pooled = sum(w * influence for w, influence in zip(weight, influences, strict=True))
    return float(weight @ estimates), float(np.sqrt((pooled**2).sum()))


def test_campaign_lift(bank: Bank) -> None:
    estimate, error = lift(bank)
    assert error < 1.3 * 0.009
    close(estimate, math.log(1.12), error)
    assert bank.truth("T02")["estimand"] == pytest.approx(math.log(1.12))


def test_opting_in_follows_the_purchase_rate(bank: Bank) -> None:
    rate = np.concatenate([block.purchase_rate for block in bank.sample.blocks])
    z = (np.log(rate) - np.log(rate).mean()) / np.log(rate).std()
    chance = 1 / (1 + np.exp(0.4 - 0.8 * z))
    for quarter in np.array_split(np.argsort(rate), 4):
        expected = chance[quarter].mean()
        error = math.sqrt((chance[quarter] * (1 - chance[quarter])).sum()) / len(quarter)
        close(bank.opt_in[quarter].mean(), expected, error)


# T03, T15


def test_fraud_score(bank: Bank) -> None:
    tried = bank.tx.attempt
    auc, error = est.auc_with_error(bank.tx.score[tried], bank.tx.fraud[tried])
    assert error < 1.3 * 0.0037
    close(auc, 0.92135, error)
    assert bank.truth("T03")["estimand"] == pytest.approx(0.92135, abs=1e-5)


def cells(bank: Bank) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[int], np.ndarray]:
    """Cell of each purchase, purchases and frauds by cell, hot cells and their multipliers."""
    tx = bank.tx
    bought = tx.is_("kind", "Purchase")
    n = len(tx.names["category"])
    night = (tx.hour < 6)[bought].astype(int)
    code = (tx.channel[bought] * n + tx.category[bought]) * 4 + night * 2 + tx.foreign[bought]
    size = np.bincount(code, minlength=len(tx.names["channel"]) * n * 4)
    frauds = np.bincount(code, weights=tx.fraud[bought], minlength=len(size))
    hot, multipliers = [], []
    for cell in bank.truth("T15")["parameters"]["hot_cells"]:
        channel = tx.names["channel"].index(cell["channel"])
        category = tx.names["category"].index(cell["merchant_category"])
        hot.append((channel * n + category) * 4 + 2 * cell["is_night"] + cell["is_international"])
        multipliers.append(cell["multiplier"])
    return code, size, frauds, hot, np.array(multipliers)


def test_hot_cells(bank: Bank) -> None:
    _, size, frauds, hot, multipliers = cells(bank)
    assert sorted(multipliers, reverse=True) == [15, 14, 13, 12, 11, 10, 10, 10, 10, 10]
    assert size[hot].min() > 1_400
    expected = size[hot] * 0.0015 * multipliers
    assert np.all(np.abs(frauds[hot] - expected) < 4 * np.sqrt(expected))
    close(frauds[hot].sum(), expected.sum(), math.sqrt(expected.sum()))
    rest = np.setdiff1d(np.arange(len(size)), hot)
    base = frauds[rest].sum() / size[rest].sum()
    close(base, 0.0015, math.sqrt(0.0015 / size[rest].sum()))
    lower = stats.beta.ppf(0.025, frauds + 0.3, size - frauds + 0.3 * size.sum() / frauds.sum())
    assert set(np.argsort(-lower)[:10]) == set(hot)


def test_other_attempts_carry_the_base_rate(bank: Bank) -> None:
    other = bank.tx.attempt & ~bank.tx.is_("kind", "Purchase")
    expected = 0.0015 * other.sum()
    close(bank.tx.fraud[other].sum(), expected, math.sqrt(expected))
    assert not bank.tx.fraud[~bank.tx.attempt].any()


def test_night_and_foreign_are_independent_given_the_channel(bank: Bank) -> None:
    tx = bank.tx
    for channel, share in (("POS", 0.03), ("Online", 0.08), ("Mobile", 0.05)):
        here = tx.is_("kind", "Purchase") & tx.is_("channel", channel)
        night, abroad = tx.hour[here] < 6, tx.foreign[here]
        close(abroad.mean(), share, math.sqrt(share / here.sum()))
        table = np.array([[(night & abroad).sum(), (night & ~abroad).sum()],
                          [(~night & abroad).sum(), (~night & ~abroad).sum()]])  # fmt: skip
        assert stats.chi2_contingency(table).pvalue > 0.001


def test_score_and_decline_depend_on_the_label_only(bank: Bank) -> None:
    tx = bank.tx
    code, _, _, hot, _ = cells(bank)
    bought = np.flatnonzero(tx.is_("kind", "Purchase"))
    is_hot = np.isin(code, hot)
    for label in (False, True):
        mine = tx.fraud[bought] == label
        latent = np.log(tx.score[bought] / (1 - tx.score[bought]))
        inside, outside = latent[mine & is_hot], latent[mine & ~is_hot]
        error = math.sqrt(1 / len(inside) + 1 / len(outside))
        close(inside.mean() - outside.mean(), 0.0, error)
    online = bought[tx.is_("channel", "Online")[bought]]
    declined = tx.is_("status", "Declined")[online]
    frauds = declined[tx.fraud[online]]
    close(frauds.mean(), 0.04, math.sqrt(0.04 * 0.96 / len(frauds)))


# T13, T21


def monthly(bank: Bank, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    month = bank.tx.month[rows]
    first = month.min()
    count = np.bincount(month - first)
    return count, (np.arange(len(count)) + first) % 12 + 1


def test_december(bank: Bank) -> None:
    bought = bank.tx.is_("kind", "Purchase")
    seasonal = bought & bank.tx.is_("category", *SEASONAL)
    count, month = monthly(bank, seasonal)
    others, _ = monthly(bank, bought & ~seasonal)
    estimate, error = est.season_effect(count / others, month)
    counting = math.sqrt((1 / count + 1 / others).mean() * 12 / (11 * len(count) / 12))
    assert error < 1.5 * counting < 0.017, "no more noise than counts have"
    close(estimate, math.log(1.18), error)
    truth = bank.truth("T13")["estimand"]
    assert truth["log_ratio"] == pytest.approx(math.log(1.18))
    assert truth["classical_index"] == pytest.approx(1.1626, abs=5e-5)


def test_no_other_category_has_a_season(bank: Bank) -> None:
    bought = bank.tx.is_("kind", "Purchase")
    grocery, month = monthly(bank, bought & bank.tx.is_("category", "Grocery"))
    rest, _ = monthly(bank, bought & ~bank.tx.is_("category", "Grocery", *SEASONAL))
    estimate, error = est.season_effect(grocery / rest, month)
    close(estimate, 0.0, error)


@pytest.mark.parametrize("channel", WEEKDAYS)
def test_hours_and_weekdays(bank: Bank, channel: str) -> None:
    here = bank.tx.attempt & bank.tx.is_("channel", channel)
    hours = np.arange(24)
    if channel == "Branch":
        share = np.isin(hours, range(9, 17)).astype(float)
    else:
        peak, kappa = PEAKS[channel]
        share = np.exp(kappa * np.cos(2 * np.pi * (hours - peak) / 24))
    weekdays = np.array(WEEKDAYS[channel])
    for code, planted, size in (
        (bank.tx.hour[here], share, 24),
        ((bank.tx.day[here] + 3) % 7, weekdays, 7),
    ):
        count = np.bincount(code, minlength=size)
        expected = planted / planted.sum() * here.sum()
        assert count[expected == 0].sum() == 0
        some = expected > 0
        statistic = ((count - expected)[some] ** 2 / expected[some]).sum()
        assert stats.chi2.sf(statistic, some.sum() - 1) > 0.001


def test_abnormal_days(bank: Bank) -> None:
    days = np.arange(bank.start, bank.end + 1)
    count = np.bincount(bank.tx.day[bank.tx.attempt] - bank.start, minlength=len(days))
    found = est.odd_days(count, days)
    factors = bank.truth("T21")["parameters"]["factors"]
    planted = {int(np.datetime64(day).astype(int)): factor for day, factor in factors.items()}
    assert sorted(planted.values()) == [0.5, 0.55, 0.6, 1.5, 1.6, 1.7]
    assert planted.keys() <= found
    assert len(found - planted.keys()) <= 3
    for day, factor in planted.items():
        near = count[day - bank.start + np.array([-14, -7, 7, 14])]
        expected = factor * near.mean()
        close(count[day - bank.start], expected, math.sqrt(expected * (1 + factor / 4)))


# T14


def test_archetypes(bank: Bank) -> None:
    tx, n = bank.tx, len(bank.archetype)
    tried = tx.attempt

    def count(rows: np.ndarray) -> np.ndarray:
        return np.bincount(tx.customer[rows], minlength=n)

    total = np.maximum(count(tried), 1)
    elsewhere = tried & ~tx.is_("kind", "ATM Withdrawal")
    shares = (
        count(elsewhere & tx.is_("channel", "Online", "Mobile")) / np.maximum(count(elsewhere), 1),
        count(tried & tx.is_("kind", "ATM Withdrawal")) / total,
        count(tried & tx.is_("kind", "Transfer")) / total,
        count(tried & tx.recurring) / total,
    )
    scored = bank.months_active >= 6
    rate = total[scored] / bank.months_active[scored]
    x = np.column_stack([np.log(rate)] + [np.arcsin(np.sqrt(share[scored])) for share in shares])
    x = np.clip((x - x.mean(0)) / x.std(0), -3, 3)
    label = bank.archetype[scored]
    assert est.adjusted_rand(label, est.kmeans(x, 5)) >= 0.85
    for archetype, expected in enumerate((9.0, 6.0, 2.5, 4.0, 2.0)):
        mine = rate[label == archetype]
        close(mine.mean(), expected * 1.012, mine.std() / math.sqrt(len(mine)))


# T17


def test_campaigns(bank: Bank) -> None:
    table = bank.sample.tables["marketing_campaigns"]
    kind = np.array(table["campaign_type"].to_pylist())
    start = table["start_date"].cast(pa.int32()).to_numpy()
    target = np.array([value or "" for value in table["target_segment"].to_pylist()])
    month = start.astype("datetime64[D]").astype("datetime64[M]").astype(int)
    assert len(kind) == 144
    assert set(np.bincount(month - month.min())) == {3}
    assert {name: (kind == name).sum() for name in CURVES} == dict.fromkeys(CURVES, 24)
    addressed = target != ""
    assert set(kind[addressed]) == {"Email", "Direct Mail"}
    for segment in est.SEGMENTS:
        days = np.sort(start[target == segment])
        assert len(days) == 6
        assert np.diff(days).min() - 60 >= 180
        assert days[0] - bank.start >= 90
        assert days[-1] + 60 <= bank.end + 1
    impressions, clicks, conversions = (
        table[name].to_numpy() for name in ("impressions", "clicks", "conversions")
    )
    assert np.all((impressions >= clicks) & (clicks >= conversions))


@pytest.mark.parametrize("kind", CURVES)
def test_response_curves(bank: Bank, kind: str) -> None:
    table = bank.sample.tables["marketing_campaigns"]
    mine = np.array(table["campaign_type"].to_pylist()) == kind
    spend = est.floats(table["budget"])[mine]
    log_a, log_b, error_a, error_b = est.response_curve(
        spend, table["conversions"].to_numpy()[mine]
    )
    a, b = CURVES[kind]
    assert error_b < 0.45
    close(log_a, math.log(a), error_a)
    close(log_b, math.log(b), error_b)
    truth = bank.truth("T17")["estimand"]
    assert (truth["log_a"][kind], truth["log_b"][kind]) == (math.log(a), math.log(b))


# T22


@pytest.mark.parametrize("channel", DECLINES)
def test_decline_rates(bank: Bank, channel: str) -> None:
    tx, rate = bank.tx, DECLINES[channel]
    decided = tx.attempt & tx.is_("channel", channel) & ~tx.is_("status", "Pending")
    error = math.sqrt(rate * (1 - rate) / decided.sum())
    assert error < 1.3 * 0.0006
    close(tx.is_("status", "Declined")[decided].mean(), rate, error)
    assert bank.truth("T22")["estimand"][channel] == rate


def test_what_the_bank_posts_is_never_declined(bank: Bank) -> None:
    assert bank.tx.is_("status", "Completed")[~bank.tx.attempt].all()


# T23, T24


def test_segments_multiply_amounts(bank: Bank) -> None:
    tx, n = bank.tx, len(bank.signup)
    bought = tx.is_("kind", "Purchase") & ~tx.fraud
    stays = (bank.segment_days[:, 0] > bank.end) & (bank.months_active >= 6)
    spend = np.bincount(tx.customer[bought], weights=-tx.amount[bought], minlength=n)
    count = np.bincount(tx.customer[bought], minlength=n)
    used = stays & (count > 0)
    monthly_spend = np.log(spend[used] / bank.months_active[used])
    mean_amount = np.log(spend[used] / count[used])
    segment = bank.segment_codes[used, 0]
    for code, error_of_the_table in ((1, 0.024), (2, 0.034), (3, 0.038)):
        for log in (monthly_spend, mean_amount):
            mine, base = log[segment == code], log[segment == 0]
            error = math.sqrt(mine.var() / len(mine) + base.var() / len(base))
            close(mine.mean() - base.mean(), math.log(MULTIPLIERS[code]), error)
        assert error < error_of_the_table
    ratio = count[used] / bank.months_active[used]
    groups = [ratio[segment == code] for code in range(4)]
    assert stats.f_oneway(*groups).pvalue > 0.001


def amounts(bank: Bank) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ln amount, category and segment of the day of attempted purchases that are not fraud."""
    tx = bank.tx
    rows = np.flatnonzero(tx.is_("kind", "Purchase") & ~tx.fraud)
    segment = bank.segment(tx.customer[rows], tx.day[rows])
    return np.log(-tx.amount[rows]), tx.category[rows], segment


def test_amounts_are_lognormal_within_cells(bank: Bank) -> None:
    log, category, segment = amounts(bank)
    pvalues, spreads, raw = [], [], []
    for cell in range(10 * 4):
        mine = log[(category == cell // 4) & (segment == cell % 4)]
        if len(mine) >= 2_000:
            pvalues.append(est.jarque_bera(mine))
            raw.append(est.jarque_bera(np.exp(mine)))
            spreads.append((mine.std(ddof=1), len(mine)))
    assert len(pvalues) >= 30
    assert min(pvalues) > 0.001 / len(pvalues)
    assert np.mean(np.array(pvalues) < 0.01) < 0.1
    assert max(raw) < 0.001
    for spread, size in spreads:
        close(spread, 0.8, 0.8 / math.sqrt(2 * size))


def test_segment_acts_within_every_category(bank: Bank) -> None:
    log, category, segment = amounts(bank)
    for code in range(10):
        base = log[(category == code) & (segment == 0)]
        for other in (1, 2, 3):
            mine = log[(category == code) & (segment == other)]
            error = 0.8 * math.sqrt(1 / len(mine) + 1 / len(base))
            close(mine.mean() - base.mean(), math.log(MULTIPLIERS[other]), error)


# The null bank: every causal effect gone, the rest as it was.


def test_null_bank(null_bank: Bank) -> None:
    bank, tx = null_bank, null_bank.tx
    close(lift(bank)[0], 0.0, lift(bank)[1])
    tried = tx.attempt
    auc, error = est.auc_with_error(tx.score[tried], tx.fraud[tried])
    close(auc, 0.5, error)
    bought = tx.is_("kind", "Purchase")
    seasonal = bought & tx.is_("category", *SEASONAL)
    count, month = monthly(bank, seasonal)
    effect, error = est.season_effect(count / monthly(bank, bought & ~seasonal)[0], month)
    close(effect, 0.0, error)
    days = np.arange(bank.start, bank.end + 1)
    found = est.odd_days(np.bincount(tx.day[tried] - bank.start, minlength=len(days)), days)
    assert len(found) <= 0.003 * len(days)
    decided = tried & ~tx.is_("status", "Pending")
    table = [
        [(decided & tx.is_("channel", name) & tx.is_("status", "Declined")).sum(),
         (decided & tx.is_("channel", name) & ~tx.is_("status", "Declined")).sum()]
        for name in DECLINES
    ]  # fmt: skip
    assert stats.chi2_contingency(np.array(table)).pvalue > 0.001
    _, size, frauds, hot, _ = cells(bank)
    expected = 0.0015 * size[hot]
    assert abs(frauds[hot].sum() - expected.sum()) < 4 * math.sqrt(expected.sum())
    log, _, segment = amounts(bank)
    for code in (1, 2, 3):
        mine, base = log[segment == code], log[segment == 0]
        assert abs(mine.mean() - base.mean()) < 0.03
    for name in ("T02", "T03", "T13", "T15", "T21", "T22", "T23"):
        assert bank.truth(name)["planted"] is False
    assert bank.truth("T02")["estimand"] == 0.0
