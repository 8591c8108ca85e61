"""T22: what becomes of each attempt: pending, declined (and tried again), completed, reversed.

The status is drawn at the channel's rate before anything else is known; no balance and no limit
ever adds a decline. The randomness comes from each row's own nonce (one salt a purpose), so that
a row's fate does not depend on which other rows exist.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth.context import SECONDS_PER_DAY, BankContext
from bullion.synth.customers.world import Block
from bullion.synth.market import profiles
from bullion.synth.market.profiles import ATM, BRANCH, MOBILE, ONLINE, POS
from bullion.synth.money.rows import (
    BAD_CARD,
    COMPLETED,
    DECLINED,
    EXPIRED,
    NO_FUNDS,
    OVER_LIMIT,
    PENDING,
    PURCHASE,
    REVERSED,
    SUSPECTED,
    WITHDRAWAL,
    Rows,
    bits,
    mix,
)
from bullion.synth.planted import ATTEMPTS, PlantedTruth

DECLINE_RATES = {POS: 0.020, ONLINE: 0.040, MOBILE: 0.030, ATM: 0.025, BRANCH: 0.010}
EQUAL_DECLINE_RATE = 0.028
RETRY_SHARE = 0.30
PENDING_DAYS = 2
PENDING_SHARE = 0.35
REVERSED_SHARE = 0.004
LARGEST_ATM_LIMIT_CENTS = 100_000

T22 = PlantedTruth(
    id="T22",
    name="each channel declines at its own rate",
    parameters={"retry_share": RETRY_SHARE},
    estimand={profiles.CHANNELS[channel]: rate for channel, rate in DECLINE_RATES.items()},
    null_estimand=dict.fromkeys(profiles.CHANNELS, EQUAL_DECLINE_RATE),
    population=f"Declined among {ATTEMPTS}; Pending left out",
)

# Cumulative odds of the reasons by kind of attempt; frauds are first caught as suspected.
_REASONS = (NO_FUNDS, BAD_CARD, SUSPECTED, EXPIRED, OVER_LIMIT)
_CARD_ODDS = (0.58, 0.74, 0.86, 1.0, 1.0)
_ATM_ODDS = (0.50, 0.62, 0.67, 0.75, 1.0)
_TRANSFER_ODDS = (0.85, 0.85, 1.0, 1.0, 1.0)
SUSPECTED_SHARE_OF_FRAUD = 0.6

_PEND, _STATUS, _REVERSE, _REASON, _CAUGHT, _RETRY, _AGAIN, _SCORE, _OVER = range(100, 109)


def uniform(nonce: NDArray[np.uint64], salt: int) -> NDArray[np.float64]:
    """A uniform in 0..1 from each nonce, for one purpose."""
    return (mix(nonce, salt) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(nonce: NDArray[np.uint64], salt: int) -> NDArray[np.float64]:
    """A standard normal from each nonce, for one purpose (Box-Muller)."""
    radius = np.sqrt(-2 * np.log(1.0 - uniform(nonce, 2 * salt)))
    angle = 2 * np.pi * uniform(nonce, 2 * salt + 1)
    drawn: NDArray[np.float64] = radius * np.cos(angle)
    return drawn


def decline_rates(ctx: BankContext) -> NDArray[np.float64]:
    """T22: rate by channel code (profiles.CHANNELS); all equal when the truth is switched off."""
    planted = [DECLINE_RATES[channel] for channel in range(len(profiles.CHANNELS))]
    return np.array(planted if ctx.has("T22") else [EQUAL_DECLINE_RATE] * len(planted))


def _decide(ctx: BankContext, block: Block, rows: Rows) -> None:
    stays = block.accounts.close_day[rows.account] > ctx.end_day
    late = rows.second >= (ctx.end_day + 1 - PENDING_DAYS) * SECONDS_PER_DAY
    recent = np.flatnonzero(late & stays)
    pending = recent[uniform(rows.nonce[recent], _PEND) < PENDING_SHARE]
    declined = uniform(rows.nonce, _STATUS) < decline_rates(ctx)[rows.channel]
    rows.status = np.where(declined, DECLINED, COMPLETED).astype(np.int8)
    reversed_ = (uniform(rows.nonce, _REVERSE) < REVERSED_SHARE) & ~declined
    rows.status[reversed_] = REVERSED
    rows.status[pending] = PENDING
    _give_reasons(rows)


def _give_reasons(rows: Rows) -> None:
    rows.reason = np.full(len(rows), -1, dtype=np.int8)
    where = np.flatnonzero(rows.status == DECLINED)
    u = uniform(rows.nonce[where], _REASON)
    kind = rows.kind[where]
    for odds, of_kind in (
        (_CARD_ODDS, kind == PURCHASE),
        (_ATM_ODDS, kind == WITHDRAWAL),
        (_TRANSFER_ODDS, (kind != PURCHASE) & (kind != WITHDRAWAL)),
    ):
        drawn = np.searchsorted(np.array(odds[:-1]), u[of_kind], side="right")
        rows.reason[where[of_kind]] = np.array(_REASONS)[drawn]
    caught = rows.fraud[where] & (uniform(rows.nonce[where], _CAUGHT) < SUSPECTED_SHARE_OF_FRAUD)
    rows.reason[where[caught]] = SUSPECTED


def _exceed_limits(rows: Rows) -> None:
    """Limits bind: each ATM attempt declined as over the limit asks more than any machine gives."""
    over = np.flatnonzero(rows.reason == OVER_LIMIT)
    extra = bits(mix(rows.nonce[over], _OVER), 0, 5) + 1
    rows.cents[over] = -(LARGEST_ATM_LIMIT_CENTS + 2_000 * extra)


def _soon_after(rows: Rows) -> NDArray[np.int64]:
    last_of_hour = rows.second - rows.second % 3600 + 3599
    return np.minimum(rows.second + 20 + bits(rows.nonce, 0, 7), last_of_hour)


def settle(ctx: BankContext, block: Block, rows: Rows) -> Rows:
    """The attempts with status and reason, and the retries they cause.

    Three declines in ten are tried again within minutes: same card, merchant, amount and label,
    a new score and a new decision at the same rate (and perhaps a retry of its own). It stays in
    the hour of the first attempt, so that hours, days and fraud cells keep their shares.
    """
    _decide(ctx, block, rows)
    parts = [rows]
    while len(rows):
        declined = np.flatnonzero(rows.status == DECLINED)
        again = declined[uniform(rows.nonce[declined], _RETRY) < RETRY_SHARE]
        rows = rows.take(again)
        rows.nonce = mix(rows.nonce, _AGAIN)
        rows.second = _soon_after(rows)
        rows.latent = normal(rows.nonce, _SCORE)
        _decide(ctx, block, rows)
        parts.append(rows)
    settled = Rows.concatenate(parts)
    _exceed_limits(settled)
    return settled
