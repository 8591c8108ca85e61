"""Customers of a block: who they are, where they live, when they came; segments over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import world
from bullion.synth.market import places
from bullion.synth.market.names import name_pools
from bullion.synth.money import activity

BEFORE_WINDOW = 0.60
MEAN_MONTHS_BEFORE = 30.0
LONGEST_BEFORE = 120.0
DAYS_PER_MONTH = 365.25 / 12

DISTANCE_SHAPE, DISTANCE_SCALE_KM = 1.3, 9.0
FARTHEST_KM = 75.0

SEGMENT_SHARES = (0.60, 0.22, 0.10, 0.08)
SEGMENT_MOVES_A_MONTH = 0.004
OPT_IN = (-0.4, 0.8)
AUTOPAY_SHARE = 0.40
MOBILE_AT_ENTRY = 0.35
TIERS = ("Bronze", "Silver", "Gold", "Platinum")
RISKS = ("Low", "Medium", "High")

# Chance of each employment status (order of world.EMPLOYMENT) under 24, 24 to 65, over 65.
_EMPLOYMENT_BY_AGE = np.array(
    [[0.50, 0.04, 0.00, 0.40, 0.06], [0.78, 0.15, 0.02, 0.00, 0.05], [0.08, 0.05, 0.87, 0.0, 0.0]]
)
_INCOME_MEDIAN = np.array([62_000, 68_000, 41_000, 16_000, 14_000])
_SEGMENT_INCOME = np.array([1.0, 1.6, 2.3, 1.9])


def draw_codes(rng: np.random.Generator, shares: NDArray | tuple, n: int) -> NDArray[np.int64]:
    """n category codes with the given shares (a row of shares for all, or one row each)."""
    cumulative = np.cumsum(np.asarray(shares, dtype=float), axis=-1)
    point = rng.random(n) * cumulative[..., -1]
    if cumulative.ndim == 1:
        return np.minimum(np.searchsorted(cumulative, point, side="right"), len(cumulative) - 1)
    codes = (point[:, None] >= cumulative).sum(axis=1)
    return np.minimum(codes, cumulative.shape[1] - 1)


def draw_people(ctx: context.BankContext, number: int) -> world.Block:
    """The block's customers; nobody has left yet (``churn_day`` NEVER)."""
    low, high = ctx.block_range(number)
    n = high - low
    signup = _signup_days(ctx, number, n)
    rng = ctx.rng("customers", "birth", number)
    tenure_years = np.maximum(ctx.start_day - signup, 0) / 365.25
    age = np.clip(rng.normal(46, 15, n), 20, 88)
    age = np.maximum(age, 18.5 + tenure_years + 2 * rng.random(n))
    birth = ctx.start_day - np.ceil(age * 365.25).astype(np.int64)
    archetype = draw_codes(ctx.rng("customers", "T14", number), activity.ARCHETYPE_SHARES, n)
    active = activity.draw_activity(ctx, number, archetype)
    base, slope = OPT_IN
    logit = base + slope * activity.standardised_log_purchase_rate(active)
    opt_in = ctx.rng("customers", "T02", number).random(n) < 1 / (1 + np.exp(-logit))
    autopay = ctx.rng("customers", "T01", number).random(n) < AUTOPAY_SHARE
    days, codes = _segments(ctx, number, signup)
    rng = ctx.rng("customers", "employment", number)
    band = np.digitize(age, (24, 65))
    employment = draw_codes(rng, _EMPLOYMENT_BY_AGE[band], n)
    income = _INCOME_MEDIAN[employment] * np.exp(0.45 * rng.standard_normal(n))
    branch, km, lat, lon, city = _homes(ctx, number, n)
    block = world.Block(
        number=number,
        index=np.arange(low, high),
        signup_day=signup,
        churn_day=np.full(n, context.NEVER),
        birth_day=birth,
        age=(ctx.start_day - birth) / 365.25,
        archetype=archetype,
        tx_rate=active.rate,
        shares=np.column_stack((active.digital, active.atm, active.saving, active.recurring)),
        purchase_rate=active.purchase_rate,
        opt_in=opt_in,
        autopay=autopay,
        mobile_day=_mobile_days(ctx, number, signup, age),
        segment_days=days,
        segment_codes=codes,
        employment=employment,
        income=np.rint(income * _SEGMENT_INCOME[codes[:, 0]]).astype(np.int64) * 100,
        city=city,
        home_lat=lat,
        home_lon=lon,
        branch=branch,
        branch_km=km,
    )
    block.raw["customers"] = _attributes(ctx, block)
    return block


def _signup_days(ctx: context.BankContext, number: int, n: int) -> NDArray[np.int64]:
    rng = ctx.rng("customers", "signup", number)
    before = rng.random(n) < BEFORE_WINDOW
    tail = 1 - np.exp(-LONGEST_BEFORE / MEAN_MONTHS_BEFORE)
    months = -MEAN_MONTHS_BEFORE * np.log1p(-rng.random(n) * tail)
    early = ctx.start_day - 1 - (months * DAYS_PER_MONTH).astype(np.int64)
    late = ctx.start_day + (rng.random(n) * (ctx.end_day - ctx.start_day)).astype(np.int64)
    return np.where(before, early, late)


def _mobile_days(
    ctx: context.BankContext, number: int, signup: NDArray, age: NDArray
) -> NDArray[np.int64]:
    """T09: enrolment at entry, or after an exponential time of mean 30 exp((age-45)/25) months."""
    rng = ctx.rng("customers", "T09", number)
    n = len(signup)
    entry = np.maximum(signup, ctx.start_day)
    at_entry = rng.random(n) < MOBILE_AT_ENTRY
    earliest = np.maximum(signup, ctx.start_day - 730)
    past = earliest + (rng.random(n) * (entry - earliest)).astype(np.int64)
    wait = rng.exponential(30 * np.exp((age - 45) / 25) * DAYS_PER_MONTH)
    later = entry + 1 + np.minimum(wait, 60_000).astype(np.int64)
    day = np.where(at_entry, past, later)
    return np.where(day > ctx.end_day, context.NEVER, day)


def _segments(
    ctx: context.BankContext, number: int, signup: NDArray
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Up to three moves of segment; every new segment is drawn from the same shares."""
    rng = ctx.rng("customers", "T23", number)
    n = len(signup)
    first = signup + 30
    span = ctx.end_day - first
    days = first[:, None] + (rng.random((n, 3)) * np.maximum(span, 0)[:, None]).astype(np.int64)
    chance = SEGMENT_MOVES_A_MONTH * np.maximum(span, 0) / DAYS_PER_MONTH / 3
    days = np.where(rng.random((n, 3)) < chance[:, None], days, context.NEVER)
    days.sort(axis=1)
    codes = draw_codes(rng, SEGMENT_SHARES, n * 4).reshape(n, 4)
    for step in range(3):
        stays = (days[:, step] == context.NEVER) | (codes[:, step + 1] == codes[:, step])
        codes[stays, step + 1] = codes[stays, step]
        days[stays, step] = context.NEVER
    return _left_packed(days, codes)


def _left_packed(
    days: NDArray[np.int64], codes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Moves that did not happen go to the right; the last code stands for them."""
    order = np.argsort(days, axis=1, kind="stable")
    packed = np.take_along_axis(codes[:, 1:], order, axis=1)
    days = np.take_along_axis(days, order, axis=1)
    packed = np.column_stack((codes[:, 0], packed))
    for step in range(3):
        none = days[:, step] == context.NEVER
        packed[none, step + 1] = packed[none, step]
    return days, packed


def _homes(
    ctx: context.BankContext, number: int, n: int
) -> tuple[NDArray, NDArray, NDArray, NDArray, NDArray]:
    """T08: distance to the nearest branch Gamma(1.3, 9 km); the home is kept to 0.01 degree."""
    rng, net = ctx.rng("customers", "T08", number), ctx.network
    weight = net.places.population[net.city] ** 0.4
    branch = draw_codes(rng, weight / weight.sum(), n)
    km = np.minimum(rng.gamma(DISTANCE_SHAPE, DISTANCE_SCALE_KM, n), FARTHEST_KM)
    angle = rng.random(n) * 2 * np.pi
    lat = net.latitude[branch] + km * np.cos(angle) / places.KM_PER_DEGREE
    across = places.KM_PER_DEGREE * np.cos(np.radians(lat))
    lon = net.longitude[branch] + km * np.sin(angle) / across
    lat, lon = np.round(lat, 2), np.round(lon, 2)
    true_km = places.haversine_km(lat, lon, net.latitude[branch], net.longitude[branch])
    near = net.near_cities[branch]
    away = (net.places.latitude[near] - lat[:, None]) ** 2 + (
        (net.places.longitude[near] - lon[:, None]) * np.cos(np.radians(lat))[:, None]
    ) ** 2
    city = near[np.arange(n), away.argmin(axis=1)]
    return branch, true_km, lat, lon, city


def _attributes(ctx: context.BankContext, block: world.Block) -> dict[str, NDArray]:
    """Codes and numbers of the customers table that nothing else depends on."""
    rng, pools, n = ctx.rng("customers", "attributes", block.number), name_pools(), len(block)
    age, net = block.age, ctx.network.places
    tiers = block.signup_day[:, None] + np.cumsum(rng.exponential((500, 900, 1400), (n, 3)), 1)
    tier_days = np.where(tiers <= ctx.end_day, tiers.astype(np.int64) + 200, context.NEVER)
    moves = rng.random(n) < 0.2
    risk_day = (
        block.signup_day
        + 60
        + (rng.random(n) * np.maximum(ctx.end_day - block.signup_day - 60, 1)).astype(np.int64)
    )
    risk = draw_codes(rng, (0.6, 0.3, 0.1), n)
    retired = block.employment == world.EMPLOYMENT.index("Retired")
    works = block.employment < 2
    return {
        "first": rng.integers(0, len(pools.first), n),
        "last": rng.integers(0, len(pools.last), n),
        "street": rng.integers(0, len(pools.street), n),
        "house": rng.integers(1, 9900, n),
        "zip": rng.integers(net.zip_low[block.city], net.zip_high[block.city] + 1),
        "phone": rng.integers(0, 10**9, n),
        "ssn": rng.integers(0, 10**8, n),
        "company": np.where(works, rng.integers(0, len(pools.company), n), -1),
        "job": np.where(works, rng.integers(0, len(pools.job), n), -1),
        "education": draw_codes(rng, (0.28, 0.27, 0.30, 0.12, 0.03), n),
        "marital": draw_codes(rng, (0.30, 0.50, 0.14, 0.06), n),
        "dependents": np.minimum(rng.poisson(np.where((age > 28) & (age < 60), 1.1, 0.2)), 5),
        "home": draw_codes(rng, (0.28, 0.36, 0.36), n),
        "tolerance": draw_codes(rng, (0.35, 0.45, 0.20), n),
        "acquired": draw_codes(rng, (0.35, 0.30, 0.18, 0.07, 0.10), n),
        "preferred": draw_codes(rng, (0.35, 0.35, 0.20, 0.10), n),
        "life_stage": np.where(retired, 4, np.digitize(age, (26, 36, 50))),
        "credit_score": np.clip(np.rint(rng.normal(705, 70, n)), 300, 850).astype(np.int64),
        "churn_score": rng.beta(2, 14, n),
        "value_noise": rng.standard_normal(n),
        "tier_days": np.where(tier_days > ctx.end_day, context.NEVER, tier_days),
        "risk_day": np.where(moves & (risk_day <= ctx.end_day), risk_day, context.NEVER),
        "risk_before": risk,
        "risk_after": (risk + 1 + (rng.random(n) < 0.5)) % 3,
    }
