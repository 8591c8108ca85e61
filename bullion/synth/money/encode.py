"""Rows of transactions as the 33 columns of the contract.

Almost every text is a take from a small pool (merchants, ATMs, branches, accounts, devices), so
it is dictionary encoded; what is cosmetic comes from each row's nonce.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bullion.synth.context import SECONDS_PER_DAY, BankContext
from bullion.synth.customers.world import CARD, LOAN, SAVINGS, Block
from bullion.synth.files import columns as col
from bullion.synth.files import keys
from bullion.synth.market import currencies, merchants, profiles
from bullion.synth.market.places import haversine_km
from bullion.synth.market.profiles import MOBILE, ONLINE
from bullion.synth.money import fraud
from bullion.synth.money.attempts import World
from bullion.synth.money.rows import (
    COMPLETED,
    DECLINED,
    DEPOSIT,
    FEE,
    PAYMENT,
    PURCHASE,
    REASONS,
    REFUND,
    REVERSED,
    STATUSES,
    TRANSFER,
    TYPES,
    WITHDRAWAL,
    Rows,
    bits,
    mix,
)
from bullion.synth.money.settle import normal

_PLAIN_TEXTS = (
    "ATM withdrawal",
    "Transfer to savings",
    "Bill payment",
    "Deposit",
    "Monthly account fee",
    "Card payment received",
    "Loan instalment (principal)",
    "Loan charged off",
    "Monthly account fee refunded",
    "Transfer from checking",
)
(
    _WITHDREW,
    _SAVED,
    _BILL,
    _DEPOSITED,
    _FEE,
    _CARD_PAID,
    _LOAN_PAID,
    _LOAN_LOST,
    _FEE_BACK,
    _CAME_IN,
) = range(len(_PLAIN_TEXTS))

_CODE_SALT, _SCORE_SALT = 400, 150
_LETTERS = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRSTUVWX", dtype=np.uint8)
SECONDS_OF_VELOCITY = 86_400


def time_order(rows: Rows, first_day: int) -> NDArray[np.int64]:
    """Positions of the rows in order of time, ties in the order they were made."""
    key = (rows.second - first_day * SECONDS_PER_DAY) << 26
    key |= np.arange(len(rows))
    key.sort()
    return key & ((1 << 26) - 1)


def velocity(rows: Rows) -> NDArray[np.int32]:
    """Transactions of the customer in the 24 hours up to and with each row (rows in time order)."""
    order = np.argsort(rows.customer.astype(np.uint16), kind="stable")
    customer, second = rows.customer[order], rows.second[order]
    count = np.ones(len(rows), dtype=np.int32)
    where, back = np.arange(1, len(rows)), 1
    while len(where):
        near = (customer[where] == customer[where - back]) & (
            second[where] - second[where - back] <= SECONDS_OF_VELOCITY
        )
        where = where[near]
        count[where] += 1
        back += 1
        where = where[where >= back]
    found = np.empty(len(rows), dtype=np.int32)
    found[order] = count
    return found


def _authorization(nonce: NDArray[np.uint64], valid: NDArray[np.bool_]) -> pa.Array:
    fresh = mix(nonce, _CODE_SALT)
    letters = np.empty((len(nonce), 6), dtype=np.uint8)
    for place in range(6):
        letters[:, place] = _LETTERS[bits(fresh, 5 * place, 5)]
    offsets = np.arange(len(nonce) + 1, dtype=np.int32) * 6
    mask = pa.array(valid).buffers()[1]
    return pa.Array.from_buffers(
        pa.string(), len(nonce), [mask, pa.py_buffer(offsets), pa.py_buffer(letters)]
    )


def _descriptions(block: Block, rows: Rows, shops: merchants.Merchants) -> pa.Array:
    n = len(shops.name)
    kind = rows.kind
    plain = np.select(
        [kind == WITHDRAWAL, kind == TRANSFER, kind == DEPOSIT, kind == FEE],
        [_WITHDREW, _SAVED, _DEPOSITED, _FEE],
        _BILL,
    )
    plain[(kind == FEE) & (rows.cents > 0)] = _FEE_BACK
    account_kind = block.accounts.kind[rows.account]
    plain[(kind == PAYMENT) & (account_kind == CARD)] = _CARD_PAID
    plain[account_kind == LOAN] = np.where(kind == PAYMENT, _LOAN_PAID, _LOAN_LOST)[
        account_kind == LOAN
    ]
    plain[(kind == TRANSFER) & (account_kind == SAVINGS)] = _CAME_IN
    code = np.where(rows.merchant >= 0, rows.merchant, 2 * n + plain)
    code[kind == REFUND] += n
    pool = shops.name + [f"Refund {name}" for name in shops.name] + list(_PLAIN_TEXTS)
    return col.labels(code, pool)


class _Spots:
    """Where a transaction happens: merchants, then ATMs, then branches, as one pool."""

    def __init__(self, ctx: BankContext, shops: merchants.Merchants) -> None:
        net, cities = ctx.network, ctx.network.places
        towns = np.concatenate([net.atm_city, net.city])
        self.atms = len(shops.city)
        self.branches = self.atms + len(net.atm_city)
        self.city = shops.city + [cities.name[town] for town in towns]
        self.state = shops.state + [cities.state[town] for town in towns]
        self.country = shops.country + [merchants.HOME_COUNTRY] * len(towns)
        self.latitude = np.concatenate([shops.latitude, net.atm_latitude, net.latitude])
        self.longitude = np.concatenate([shops.longitude, net.atm_longitude, net.longitude])

    def of(self, rows: Rows) -> NDArray[np.int64]:
        """Position of each row's spot in the pool, -1 for none."""
        spot = rows.merchant.astype(np.int64)
        spot = np.where(rows.atm >= 0, self.atms + rows.atm, spot)
        return np.where(rows.branch >= 0, self.branches + rows.branch, spot)


def _decimals(pool: pa.Array, codes: NDArray, valid: NDArray[np.bool_]) -> pa.Array:
    return pool.take(pa.array(np.where(valid, codes, 0).astype(np.int32), mask=~valid))


def _texts(codes: NDArray, pool: list[str | None]) -> pa.Array:
    """Labels from a pool that may hold None (which gives null)."""
    given = np.array([text is not None for text in pool])
    shown = np.where((codes >= 0) & given[codes], codes, -1)
    return col.labels(shown, [text or "" for text in pool])


def _device_pools(ctx: BankContext, block: Block) -> tuple[list[str], list[str]]:
    rng = ctx.rng("transactions", "devices", block.number)
    numbers = rng.integers(0, 2**40, 2 * len(block)).tolist()
    parts = rng.integers(1, 255, (2 * len(block), 3)).tolist()
    firsts = rng.choice(np.array([24, 47, 66, 71, 98, 108, 174]), 2 * len(block)).tolist()
    return (
        [f"DEV{number:010X}" for number in numbers],
        [f"{a}.{b}.{c}.{d}" for a, (b, c, d) in zip(firsts, parts, strict=True)],
    )


def _card_digits(ctx: BankContext, block: Block) -> list[str]:
    rng = ctx.rng("transactions", "cards", block.number)
    return [f"{number:04d}" for number in rng.integers(0, 10_000, len(block.accounts)).tolist()]


def fraud_scores(ctx: BankContext, rows: Rows) -> NDArray[np.float64]:
    """T03: score of every row; what the bank posts itself scores like any legitimate row."""
    unscored = np.flatnonzero(np.isnan(rows.latent))
    latent = rows.latent.copy()
    latent[unscored] = normal(rows.nonce[unscored], _SCORE_SALT)
    return fraud.scores(latent, rows.fraud, ctx.has("T03"))


def _deviation(rows: Rows) -> NDArray[np.float64]:
    """Standard deviations of ln amount from what is usual for the category, purchases only."""
    usual = profiles.BASE_LOG_AMOUNT + np.asarray(profiles.CATEGORY_LOG_AMOUNT)
    with np.errstate(divide="ignore"):
        log = np.log(np.abs(rows.cents) / 100)
    return (log - usual[rows.category]) / profiles.AMOUNT_SD


def encode(
    ctx: BankContext,
    world: World,
    block: Block,
    rows: Rows,
    numbers: NDArray,
    scores: NDArray,
    speed: NDArray,
) -> col.Columns:
    """The contract's columns of transactions.

    rows in order of time, with their integer keys, fraud scores and velocities.
    """
    shops, n = world.merchants, len(rows)
    spots = _Spots(ctx, shops)
    spot = spots.of(rows)
    on_spot = (spot >= 0) & (rows.channel != ONLINE) & (rows.channel != MOBILE)
    safe = np.where(on_spot, spot, 0)
    home = rows.customer
    away = np.zeros(n)
    there = np.flatnonzero(on_spot)
    away[there] = haversine_km(
        block.home_lat[home[there]],
        block.home_lon[home[there]],
        spots.latitude[safe[there]],
        spots.longitude[safe[there]],
    )
    bought = rows.merchant >= 0
    purchase = rows.kind == PURCHASE
    remote = ((rows.channel == ONLINE) | (rows.channel == MOBILE)) & (rows.kind <= PAYMENT)
    remote &= rows.cents < 0
    by_card = purchase | (rows.kind == WITHDRAWAL) | (rows.kind == REFUND)
    approved = (rows.status == COMPLETED) | (rows.status == REVERSED)
    device = np.where(remote, 2 * home + (bits(rows.nonce, 8, 3) == 0), -1)
    address = np.where(remote, 2 * home + (bits(rows.nonce, 12, 2) == 0), -1)
    devices, addresses = _device_pools(ctx, block)
    milliseconds = 60 + bits(rows.nonce, 16, 8) + bits(rows.nonce, 24, 8) + bits(rows.nonce, 32, 7)
    merchant_code = rows.merchant
    return {
        "transaction_id": keys.key("transaction", numbers),
        "account_id": col.labels(rows.account, keys.key("account", block.accounts.number)),
        "customer_id": col.labels(home, keys.key("customer", block.index + 1)),
        "merchant_id": col.labels(
            merchant_code, keys.key("merchant", np.arange(len(shops.name)) + 1)
        ),
        "branch_id": col.labels(
            rows.branch, keys.key("branch", np.arange(len(ctx.network.city)) + 1)
        ),
        "atm_id": col.labels(rows.atm, keys.key("atm", np.arange(len(ctx.network.atm_city)) + 1)),
        "transaction_at": col.timestamps(rows.second),
        "transaction_type": col.labels(rows.kind, TYPES),
        "amount": col.money(rows.cents),
        "currency": currencies.account_currency(ctx, block, rows.account),
        "channel": col.labels(rows.channel, profiles.CHANNELS),
        "status": col.labels(rows.status, STATUSES),
        "decline_reason": col.labels(np.where(rows.status == DECLINED, rows.reason, -1), REASONS),
        "merchant_category": col.labels(np.where(bought, rows.category, -1), profiles.CATEGORIES),
        "mcc_code": col.labels(merchant_code, shops.mcc),
        "description": _descriptions(block, rows, shops),
        "location_city": col.labels(spot, spots.city),
        "location_state": _texts(spot, spots.state),
        "location_country": col.labels(spot, spots.country),
        "latitude": _decimals(col.numeric(spots.latitude), safe, on_spot),
        "longitude": _decimals(col.numeric(spots.longitude), safe, on_spot),
        "is_international": col.booleans(rows.foreign),
        "device_id": col.labels(device, devices),
        "ip_address": col.labels(address, addresses),
        "authorization_code": _authorization(rows.nonce, by_card & approved),
        "card_last_four": col.labels(np.where(by_card, rows.account, -1), _card_digits(ctx, block)),
        "is_recurring": col.booleans(rows.recurring),
        "is_fraud": col.booleans(rows.fraud),
        "fraud_score": col.score(scores),
        "distance_from_home_km": col.numeric(np.round(away, 1), on_spot),
        "merchant_risk_score": _decimals(col.score(shops.risk_score), merchant_code, bought),
        "velocity_24h": col.integers(speed),
        "amount_deviation_score": col.score(_deviation(rows), purchase),
        "processing_time_ms": col.integers(milliseconds),
    }
