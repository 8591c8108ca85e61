"""The attempts customers start: ten Poisson processes per customer, with all their attributes.

Every process runs on the day weights of its channel (month totals of 1, so that rates are per
month) times the largest factor that T13 and T21 ever apply; planted or not, the effect is then a
*thinning*, and the lift of T02 an extra process. All draws are therefore made whatever is
switched off, and each truth draws from its own stream: what stays keeps its other attributes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth.context import NEVER, SECONDS_PER_DAY, BankContext
from bullion.synth.customers.world import SEGMENTS, Block
from bullion.synth.market import campaigns, merchants, profiles
from bullion.synth.money import activity, fraud
from bullion.synth.money.rows import PAYMENT, PURCHASE, TRANSFER, WITHDRAWAL, Rows, bits
from bullion.synth.planted import PlantedTruth

TABLE = "transactions"
GRID = 1 << 16
ATM_NOTE_CENTS = 2_000
MOST_ATM_NOTES = 25
MEAN_ATM_NOTES = 5.0
TRANSFER_LOG_AMOUNT, TRANSFER_SD = 5.4, 0.8
BILL_LOG_AMOUNT, BILL_SD = 4.5, 0.7
SEGMENT_MULTIPLIERS = (1.0, 1.6, 2.4, 3.1)
NEAR_ATMS = 3

T23 = PlantedTruth(
    id="T23",
    name="amounts rise with the segment",
    parameters={"multipliers": dict(zip(SEGMENTS, SEGMENT_MULTIPLIERS, strict=True))},
    estimand={
        name: math.log(factor) for name, factor in zip(SEGMENTS, SEGMENT_MULTIPLIERS, strict=True)
    },
    null_estimand=dict.fromkeys(SEGMENTS, 0.0),
    population="ln mean monthly spend on purchases (attempted, not fraud), segment at the time,"
    " campaign windows left out",
)


@dataclass(frozen=True)
class World:
    """What all blocks share: calendar, merchants, campaigns, hot cells and the draw tables.

    cumulative: (10, days + 1) running sums of each component's largest day weights; keep_day:
    (days,) thinning odds of T21; fee_cents: monthly fee by product code.
    """

    calendar: profiles.Calendar
    merchants: merchants.Merchants
    campaigns: campaigns.Campaigns
    hot: fraud.HotCells
    cumulative: NDArray[np.float64]
    keep_day: NDArray[np.float32]
    state_of_city: NDArray[np.int64]
    fee_cents: NDArray[np.int64]


def make_world(ctx: BankContext, fee_cents: NDArray[np.int64]) -> World:
    """Everything of transactions that no block owns; fee_cents: monthly fee by product code."""
    cal = profiles.calendar(ctx.start_day, ctx.end_day)
    odd = profiles.odd_day_factors(cal)
    most = np.maximum(odd, 1.0)
    december = np.where(cal.calendar_month == 12, profiles.DECEMBER_FACTOR, 1.0)
    weights = []
    for kind, channel in activity.COMPONENTS:
        weight = profiles.day_weights(cal, channel) * most
        weights.append(weight * december if kind == PURCHASE else weight)
    cumulative = np.zeros((len(weights), cal.n_days + 1))
    np.cumsum(np.stack(weights), axis=1, out=cumulative[:, 1:])
    places = ctx.network.places
    shops = merchants.draw_merchants(ctx.rng("merchants"), places, ctx.start_day)
    code_of_state = {state: code for code, state in enumerate(shops.states)}
    return World(
        calendar=cal,
        merchants=shops,
        campaigns=campaigns.draw_campaigns(
            ctx.rng("marketing_campaigns", "T17"), ctx.start_day, ctx.end_day
        ),
        hot=fraud.choose_hot_cells(ctx.rng(TABLE, "T15 cells")),
        cumulative=cumulative,
        keep_day=((odd if ctx.has("T21") else 1.0) / most).astype(np.float32),
        state_of_city=np.array([code_of_state.get(state, -1) for state in places.state]),
        fee_cents=fee_cents,
    )


def activity_span(ctx: BankContext, block: Block) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First day index and the one after the last on which each customer acts.

    From the day after the checking account opened to the day before it closes.
    """
    accounts = block.accounts
    days = ctx.end_day - ctx.start_day + 1
    first = np.clip(accounts.open_day[block.checking] + 1 - ctx.start_day, 0, days)
    last = np.clip(accounts.close_day[block.checking] - ctx.start_day, 0, days)
    return first, np.maximum(last, first)


@dataclass(frozen=True)
class _Slots:
    """Poisson units: rates (components, units) over day indices [first, last) of a customer."""

    part: str
    customer: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    rates: NDArray[np.float64]


def _base_slots(block: Block, first: NDArray, last: NDArray) -> _Slots:
    return _Slots("base", np.arange(len(block)), first, last, activity.component_rates(block))


def _lift_slots(world: World, block: Block, first: NDArray, last: NDArray) -> _Slots:
    """T02: the extra purchases of opted-in customers of the target segment in each window.

    Membership is the segment on the campaign's first day.
    """
    everyone = np.arange(len(block))
    rates = activity.component_rates(block)[: activity.N_PURCHASE_COMPONENTS]
    customers, starts = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for number in world.campaigns.addressed:
        start = world.campaigns.start_day[number]
        segment = block.segment_at(everyone, np.full(len(block), start))
        members = everyone[block.opt_in & (segment == world.campaigns.target[number])]
        customers.append(members)
        starts.append(np.full(len(members), start - world.calendar.first))
    customer, start_index = np.concatenate(customers), np.concatenate(starts)
    begin = np.maximum(start_index, first[customer])
    end = np.minimum(start_index + campaigns.WINDOW_DAYS, last[customer])
    return _Slots(
        "lift",
        customer,
        begin,
        np.maximum(end, begin),
        rates[:, customer] * (campaigns.LIFT - 1),
    )


def _grid(shares: NDArray[np.float64]) -> NDArray[np.int8]:
    """Code of each of the 65,536 values of a 16-bit uniform, with these shares."""
    edges = np.rint(np.cumsum(shares) / np.sum(shares) * GRID).astype(np.int64)
    return np.repeat(np.arange(len(shares), dtype=np.int8), np.diff(edges, prepend=0))


def _words(rng: np.random.Generator, n: int) -> NDArray[np.uint16]:
    return rng.integers(0, GRID, n, dtype=np.uint16)


def _near_atms(ctx: BankContext, block: Block) -> NDArray[np.int64]:
    """(n, NEAR_ATMS): the ATMs nearest to home that stood before the window."""
    net = ctx.network
    old = np.flatnonzero(net.atm_install_day < ctx.start_day)
    lat, lon = net.atm_latitude[old], net.atm_longitude[old]
    squeeze = np.cos(np.radians(block.home_lat))[:, None]
    distance = (block.home_lat[:, None] - lat) ** 2 + (
        (block.home_lon[:, None] - lon) * squeeze
    ) ** 2
    return old[np.argsort(distance, axis=1, kind="stable")[:, :NEAR_ATMS]]


def _draw(ctx: BankContext, world: World, block: Block, slots: _Slots) -> tuple[Rows, NDArray]:
    """All rows of the slots, unthinned, ordered by component; and their day index."""

    def stream(truth: str) -> np.random.Generator:
        return ctx.rng(TABLE, f"{truth} {slots.part}", block.number)

    components = activity.COMPONENTS[: len(slots.rates)]
    low = world.cumulative[: len(slots.rates), slots.first]
    width = world.cumulative[: len(slots.rates), slots.last] - low
    counts = stream("T14").poisson(slots.rates * width)
    unit = np.concatenate([np.repeat(np.arange(counts.shape[1]), row) for row in counts])
    ends = np.concatenate([[0], np.cumsum(counts.sum(axis=1))])
    n = len(unit)
    customer = slots.customer[unit]
    place = stream("T21").random(n)
    hour_word, second_word = _words(stream("T13 hours"), n), _words(stream("seconds"), n)
    category_word, foreign_word = _words(stream("T13 categories"), n), _words(stream("foreign"), n)
    recurring_word = _words(stream("recurring"), n)
    day, hour = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    category = np.full(n, -1, dtype=np.int8)
    foreign = np.zeros(n, dtype=bool)
    kind, channel = np.empty(n, dtype=np.int8), np.empty(n, dtype=np.int8)
    for number, (kind_code, channel_code) in enumerate(components):
        part = slice(ends[number], ends[number + 1])
        at = low[number][unit[part]] + place[part] * width[number][unit[part]]
        day[part] = np.searchsorted(world.cumulative[number], at, side="right") - 1
        hour[part] = _grid(profiles.hour_shares(channel_code))[hour_word[part]]
        kind[part], channel[part] = kind_code, channel_code
        if kind_code == PURCHASE:
            mix = np.asarray(profiles.CATEGORY_MIX[channel_code])
            category[part] = _grid(mix)[category_word[part]]
            foreign[part] = foreign_word[part] < round(profiles.FOREIGN_SHARE[channel_code] * GRID)
    day = np.clip(day, slots.first[unit], slots.last[unit] - 1)
    seconds = (second_word.astype(np.int64) * 3600) >> 16
    nonce = stream("nonce").integers(0, 2**64, n, dtype=np.uint64)
    chance = activity.recurring_chance(block)[customer]
    repeatable = (kind == PURCHASE) | (kind == PAYMENT)
    night = hour < len(profiles.NIGHT_HOURS)
    rows = Rows(
        customer=customer.astype(np.int32),
        account=block.checking[customer].astype(np.int32),
        second=(day + world.calendar.first) * SECONDS_PER_DAY + hour * 3600 + seconds,
        kind=kind,
        channel=channel,
        category=category,
        merchant=_merchants_of(world, block, stream("merchant"), ends, customer, category, foreign),
        atm=_atms_of(ctx, block, kind, customer, nonce),
        branch=np.where(channel == profiles.BRANCH, block.branch[customer], -1).astype(np.int32),
        foreign=foreign,
        fraud=_frauds(ctx, world, stream("T15"), kind, channel, category, night, foreign),
        recurring=repeatable & (recurring_word < chance * GRID),
        cents=np.zeros(n, dtype=np.int64),
        status=np.zeros(n, dtype=np.int8),
        reason=np.full(n, -1, dtype=np.int8),
        latent=stream("T03").standard_normal(n),
        nonce=nonce,
    )
    rows.cents = _amounts(ctx, block, stream("T24"), rows)
    return rows, day


def _merchants_of(
    world: World,
    block: Block,
    rng: np.random.Generator,
    ends: NDArray,
    customer: NDArray,
    category: NDArray,
    foreign: NDArray,
) -> NDArray[np.int32]:
    """Merchant of each purchase (components 0..2 come first), -1 for the rest.

    Half of what is bought by phone is bought in a shop (a wallet), Online never.
    """
    found = np.full(len(customer), -1, dtype=np.int32)
    n = ends[activity.N_PURCHASE_COMPONENTS]
    u = rng.random(len(customer), dtype=np.float32)[:n]
    is_shop = np.zeros(n, dtype=bool)
    is_shop[: ends[1]] = True
    is_shop[ends[2] :] = rng.random(n - ends[2], dtype=np.float32) < 0.5
    found[:n] = merchants.pick_merchants(
        world.merchants,
        category[:n],
        world.state_of_city[block.city][customer[:n]],
        is_shop,
        foreign[:n],
        u,
    )
    return found


def _atms_of(
    ctx: BankContext, block: Block, kind: NDArray, customer: NDArray, nonce: NDArray
) -> NDArray[np.int32]:
    found = np.full(len(kind), -1, dtype=np.int32)
    withdrawals = np.flatnonzero(kind == WITHDRAWAL)
    favourite = np.array([0, 0, 0, 0, 0, 1, 1, 2])[bits(nonce[withdrawals], 0, 3)]
    near = _near_atms(ctx, block)
    found[withdrawals] = near[customer[withdrawals], np.minimum(favourite, near.shape[1] - 1)]
    return found


def _frauds(
    ctx: BankContext,
    world: World,
    rng: np.random.Generator,
    kind: NDArray,
    channel: NDArray,
    category: NDArray,
    night: NDArray,
    foreign: NDArray,
) -> NDArray[np.bool_]:
    """T15: the label, at the cell's rate for purchases and at the base rate for all else."""
    u = rng.random(len(kind), dtype=np.float32)
    candidates = np.flatnonzero(u < fraud.BASE_FRAUD_RATE * max(fraud.MULTIPLIERS))
    factor = np.ones(len(candidates))
    if ctx.has("T15"):
        bought = kind[candidates] == PURCHASE
        who = candidates[bought]
        cell = fraud.cell_numbers(channel[who], category[who], night[who], foreign[who])
        factor[bought] = world.hot.factor[cell]
    label = np.zeros(len(kind), dtype=bool)
    label[candidates] = u[candidates] < fraud.BASE_FRAUD_RATE * factor
    return label


def _amounts(ctx: BankContext, block: Block, rng: np.random.Generator, rows: Rows) -> NDArray:
    """Attempted amounts in cents, negative (debits).

    T24: ln of a purchase = 3.6 + category + ln segment (T23, the segment of the day) + N(0, 0.8);
    frauds are larger. Nothing cuts them. ATM amounts are whole notes below every machine's limit.
    """
    z = rng.standard_normal(len(rows), dtype=np.float32).astype(np.float64)
    cents = np.empty(len(rows), dtype=np.int64)
    bought = np.flatnonzero(rows.kind == PURCHASE)
    log = profiles.BASE_LOG_AMOUNT + np.asarray(profiles.CATEGORY_LOG_AMOUNT)[rows.category[bought]]
    if ctx.has("T23"):
        customer = rows.customer[bought]
        log += np.log(SEGMENT_MULTIPLIERS)[_segments(block, customer, rows.second[bought])]
    log += profiles.AMOUNT_SD * z[bought] + fraud.FRAUD_LOG_AMOUNT_SHIFT * rows.fraud[bought]
    cents[bought] = np.maximum(np.rint(100 * np.exp(log)), 1)
    for kind, mean, sd in (
        (TRANSFER, TRANSFER_LOG_AMOUNT, TRANSFER_SD),
        (PAYMENT, BILL_LOG_AMOUNT, BILL_SD),
    ):
        where = np.flatnonzero(rows.kind == kind)
        cents[where] = np.maximum(np.rint(100 * np.exp(mean + sd * z[where])), 1)
    where = np.flatnonzero(rows.kind == WITHDRAWAL)
    notes = 1 + np.floor(MEAN_ATM_NOTES * np.abs(z[where]))
    cents[where] = ATM_NOTE_CENTS * np.minimum(notes, MOST_ATM_NOTES).astype(np.int64)
    return -cents


def _segments(block: Block, customer: NDArray, second: NDArray) -> NDArray[np.int64]:
    """Segment codes on the day of each row; only the few customers who change are looked up."""
    code = block.segment_codes[:, 0][customer]
    moved = np.flatnonzero((block.segment_days[:, 0] < NEVER)[customer])
    code[moved] = block.segment_at(customer[moved], second[moved] // SECONDS_PER_DAY)
    return code


def draw_attempts(ctx: BankContext, world: World, block: Block) -> Rows:
    """The attempts of a block after T02, T13 and T21, before status and retries; unordered."""
    first, last = activity_span(ctx, block)
    parts = []
    for slots in (_base_slots(block, first, last), _lift_slots(world, block, first, last)):
        rows, day = _draw(ctx, world, block, slots)
        december = (world.calendar.calendar_month == 12)[day] & (rows.kind == PURCHASE)
        seasonal = np.array([name in profiles.SEASONAL_CATEGORIES for name in profiles.CATEGORIES])
        chance = world.keep_day[day]
        full = seasonal[rows.category] if ctx.has("T13") else np.zeros(len(rows), dtype=bool)
        chance = np.where(december & ~full, chance / profiles.DECEMBER_FACTOR, chance)
        u = ctx.rng(TABLE, f"T13 {slots.part}", block.number).random(len(rows), dtype=np.float32)
        keep = u < chance
        if slots.part == "lift" and not ctx.has("T02"):
            keep[:] = False
        parts.append(rows.take(keep))
    return Rows.concatenate(parts)
