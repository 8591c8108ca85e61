"""T07, T16: contributions, month-end balances and the wealth that final balances add up to.

What the bank calls a customer's lifetime value follows from it: a log-linear relation to income,
assets and tenure (VALUE_OF), with noise, so that its distribution is close to lognormal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import returns, world
from bullion.synth.customers.world import Block
from bullion.synth.market import products
from bullion.synth.planted import PlantedTruth

LOG_MEAN, LOG_SD = 9.0, 1.1
Z_90 = 1.2815515655446004
TAIL_SHARE, TAIL_INDEX = 0.10, 1.6
TAIL_FROM = float(np.exp(LOG_MEAN + LOG_SD * Z_90))

RATE_RESPONSE = 1.06
ACCOUNT_MEAN, ACCOUNT_SD = 5.0, 0.7
SHOCK_AR, SHOCK_SD = 0.8, 0.02
TREND_A_MONTH = 0.003
ERROR_AR, ERROR_SD = 0.5, 0.5

VALUE_LOG_MEAN, VALUE_LOG_SD = 8.9, 0.3
VALUE_OF = {"income": (0.5, 60_000.0), "assets": (0.3, 9_000.0), "years": (0.3, 4.0)}
"""Elasticity of the lifetime value (currency units) and the level at which each leaves it alone;
years are those since signup, plus one, to the bank's end or to leaving."""

T07 = PlantedTruth(
    id="T07",
    name="contributions follow the variable savings rate",
    parameters={
        "variable_product": products.NAMES[products.FLEX],
        "fixed_product": products.NAMES[products.FIXED],
        "account_effect": [ACCOUNT_MEAN, ACCOUNT_SD],
        "common_shock_ar_sd": [SHOCK_AR, SHOCK_SD],
        "error_ar_sd": [ERROR_AR, ERROR_SD],
        "trend_a_month": TREND_A_MONTH,
        "rate": "variable rate (points) in force on the first of the month",
    },
    estimand={"log_contribution_per_point": float(np.log(RATE_RESPONSE))},
    null_estimand={"log_contribution_per_point": 0.0},
    population="account_balances of the variable product's accounts against those of the fixed one,"
    " by month of contribution",
)
T16 = PlantedTruth(
    id="T16",
    name="wealth has a Pareto tail",
    parameters={
        "assets": "accounts.current_balance of open Deposit and Investment accounts, by customer"
        " who has not left",
        "body_log_mean_sd": [LOG_MEAN, LOG_SD],
        "tail_share": TAIL_SHARE,
        "tail_threshold": TAIL_FROM,
    },
    estimand={
        "tail_index": TAIL_INDEX,
        "gini and shares": "truth/customers.parquet, column target_assets (cents)",
    },
    null_estimand=None,
    population="customers who have not left; the tail index of those above the threshold",
)

# Relative part of a customer's assets by account kind (order of world.KINDS).
_PART = np.array([0.25, 0.0, 0.6, 0.5, 1.2, 0.0, 0.0])
_FLOOR_SHARE = 0.3
_OPEN_ENDED = 2**62


def draw_assets(ctx: context.BankContext, block: Block) -> NDArray[np.int64]:
    """T16: target assets (cents) of each customer: lognormal body, Pareto tail above its 90 %."""
    rng = ctx.rng("account_balances", "T16", block.number)
    n = len(block)
    tail = rng.random(n) < TAIL_SHARE
    normal = rng.standard_normal((n, 16))
    body_z = normal[np.arange(n), (normal < Z_90).argmax(axis=1)]
    body = np.exp(LOG_MEAN + LOG_SD * np.minimum(body_z, Z_90))
    top = TAIL_FROM * rng.random(n) ** (-1 / TAIL_INDEX)
    return np.rint(np.where(tail, top, body) * 100).astype(np.int64)


def common_shock(ctx: context.BankContext) -> NDArray[np.float64]:
    """T07: shock to ln contribution shared by all accounts, by month."""
    draws = ctx.rng("account_balances", "T07 common").standard_normal(ctx.months)
    return _autoregressive(draws[None, :], SHOCK_AR, SHOCK_SD)[0]


def _autoregressive(draws: NDArray, rho: float, sd: float) -> NDArray[np.float64]:
    series = draws * sd
    for month in range(1, draws.shape[1]):
        series[:, month] = rho * series[:, month - 1] + np.sqrt(1 - rho**2) * series[:, month]
    return series


def draw_contributions(
    ctx: context.BankContext, block: Block, rows: NDArray, variable: NDArray
) -> NDArray[np.float64]:
    """T07: (accounts, months) contributions in cents (whole numbers) of savings accounts.

    ``rows`` are (customer, slot) codes that make the draws belong to the account whatever else
    the block holds; ``variable`` marks variable-rate accounts.
    """
    rng = ctx.rng("account_balances", "T07", block.number)
    slots = 2
    effect = rng.normal(ACCOUNT_MEAN, ACCOUNT_SD, len(block) * slots)[rows]
    noise = rng.standard_normal((len(block) * slots, ctx.months), dtype=np.float32)[rows]
    error = _autoregressive(noise.astype(np.float64), ERROR_AR, ERROR_SD)
    rate = ctx.economy.savings_rate(ctx.month_starts[:-1])
    response = np.log(RATE_RESPONSE) if ctx.has("T07") else 0.0
    log_amount = (
        effect[:, None]
        + response * rate[None, :] * variable[:, None]
        + common_shock(ctx)[None, :]
        + TREND_A_MONTH * np.arange(ctx.months)[None, :]
        + error
    )
    return np.maximum(np.rint(100 * np.exp(log_amount)), 1)


def settle_wealth(ctx: context.BankContext, block: Block) -> None:
    """Fill ``block.balances`` and the current balances of deposit and investment accounts.

    Open accounts of a customer add up to the T16 target; those of customers who left end at 0.
    Month ends run from the window's first month (or the opening) to the end (or leaving); every
    row obeys balance = previous + contributions - withdrawals + returns - fees to the cent.
    """
    accounts = block.accounts
    rng = ctx.rng("account_balances", "paths", block.number)
    grid = len(block) * world.SLOTS_PER_CUSTOMER
    code = accounts.customer * world.SLOTS_PER_CUSTOMER + accounts.slot
    weight = _PART[accounts.kind] * rng.gamma(2.0, 0.5, grid)[code]
    weight[accounts.slot == returns.SLOT] = 0
    total = np.bincount(accounts.customer, weight, minlength=len(block))
    assets = draw_assets(ctx, block)
    target = np.floor(assets[accounts.customer] * weight / total[accounts.customer])
    rows = np.flatnonzero(np.isin(accounts.kind, (world.SAVINGS, world.CD, world.INVESTMENT)))
    first, last, closing = _spans(ctx, block, rows)
    flows, growth, fee = _terms(ctx, block, rows, rng, grid, code[rows])
    months = np.arange(ctx.months)
    within = (months >= first[:, None]) & (months <= last[:, None])
    fresh = accounts.open_day[rows] >= ctx.start_day
    savings = accounts.kind[rows] == world.SAVINGS
    cap = np.where(
        fresh[:, None],
        np.where(savings[:, None], np.cumsum(np.where(within, flows, 0), axis=1), _OPEN_ENDED),
        _OPEN_ENDED,
    )
    end_cap = np.take_along_axis(cap, np.maximum(last, 0)[:, None], axis=1)[:, 0]
    final = np.where(last >= first, np.minimum(target[rows], end_cap), 0).astype(np.int64)
    block.balances = _paths(
        ctx, block, rows, (first, last, closing), (flows, growth, fee), cap, final
    )
    block.balances = _with_premiums(ctx, block)
    stays = block.churn_day[accounts.customer] > ctx.end_day
    accounts.current_balance[rows] = np.where(stays[rows], final, 0)
    other = np.bincount(
        accounts.customer[rows], accounts.current_balance[rows], minlength=len(block)
    )
    checking = accounts.kind == world.CHECKING
    rest = assets - other.astype(np.int64)
    owner = accounts.customer[checking]
    accounts.current_balance[checking] = np.where(stays[checking], rest[owner], 0)
    accounts.opening_balance[rows] = accounts.current_balance[rows]
    is_customer = (block.churn_day > ctx.end_day) | (block.return_day <= ctx.end_day)
    block.latent.setdefault("customers", {})["target_assets"] = np.where(is_customer, assets, 0)
    block.raw["returns"] = {"assets": assets}
    _value(ctx, block, assets)


def _value(ctx: context.BankContext, block: Block, assets: NDArray[np.int64]) -> None:
    """The lifetime value of each customer, in cents: see VALUE_OF."""
    until = np.minimum(block.churn_day, ctx.end_day)
    levels = {
        "income": np.maximum(block.income, 500_000) / 100,
        "assets": assets / 100,
        "years": 1 + (until - block.signup_day) / 365.25,
    }
    log_value = VALUE_LOG_MEAN + VALUE_LOG_SD * block.raw["customers"]["value_noise"]
    for name, (elasticity, neutral) in VALUE_OF.items():
        log_value = log_value + elasticity * np.log(levels[name] / neutral)
    block.raw["customers"]["lifetime_value"] = np.rint(100 * np.exp(log_value)).astype(np.int64)


def _with_premiums(ctx: context.BankContext, block: Block) -> world.BalanceRows:
    """The balance rows with those of insurance policies: each month's premium, paid in and earned.

    A policy holds no money: what is contributed is the fee.
    """
    accounts = block.accounts
    rows = np.flatnonzero(accounts.kind == world.POLICY)
    first, last, _ = _spans(ctx, block, rows)
    months = np.arange(ctx.months)
    row, month = np.nonzero((months >= first[:, None]) & (months <= last[:, None]))
    premium = ctx.products.monthly_fee[accounts.product[rows[row]]]
    nothing = np.zeros(len(row), dtype=np.int64)
    premiums = {
        "account": rows[row],
        "day": ctx.month_starts[month + 1] - 1,
        "balance": nothing,
        "contributions": premium,
        "withdrawals": nothing,
        "returns": nothing,
        "fees": premium,
    }
    return world.BalanceRows(
        **{
            name: np.concatenate((values, premiums[name]))
            for name, values in vars(block.balances).items()
        }
    )


def _spans(
    ctx: context.BankContext, block: Block, rows: NDArray
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """First and last regular month-end, and the month of the closing row (-1: none)."""
    accounts = block.accounts
    first = np.maximum(ctx.month_of(accounts.open_day[rows]), 0)
    close = accounts.close_day[rows]
    closed = close <= ctx.end_day
    closing = np.where(closed, ctx.month_of(np.minimum(close, ctx.end_day)), -1)
    return first, np.where(closed, closing - 1, ctx.months - 1), closing


def _terms(
    ctx: context.BankContext,
    block: Block,
    rows: NDArray,
    rng: np.random.Generator,
    grid: int,
    code: NDArray,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Planned contributions (cents) and monthly growth, (accounts, months); monthly fee rate."""
    accounts, months = block.accounts, ctx.months
    kind, product = accounts.kind[rows], accounts.product[rows]
    flows = np.zeros((len(rows), months))
    growth = np.zeros((len(rows), months))
    savings = np.flatnonzero(kind == world.SAVINGS)
    variable = product[savings] == products.FLEX
    flows[savings] = draw_contributions(
        ctx, block, accounts.customer[rows][savings] * 2 + variable, variable
    )
    rate = ctx.economy.savings_rate(ctx.month_starts[:-1]) / 100
    own = accounts.rate[rows]
    growth[savings] = np.where(variable[:, None], rate[None, :], own[savings][:, None]) / 12
    deposits = kind == world.CD
    growth[deposits] = own[deposits][:, None] / 12
    invested = np.flatnonzero(kind == world.INVESTMENT)
    beta = np.array([0.0, 1.1, 0.7, 0.9])[
        np.searchsorted((products.BROKERAGE, products.RETIREMENT, products.MANAGED),
                        product[invested]) + 1
    ]  # fmt: skip
    market = ctx.economy.market_return(np.arange(months))
    noise = 0.012 * rng.standard_normal((grid, months), dtype=np.float32)[code[invested]]
    growth[invested] = np.clip(beta[:, None] * market[None, :] + noise, -0.4, 0.4)
    monthly = rng.random(grid)[code[invested]] < 0.55
    plan = np.rint(np.exp(rng.normal(4.8, 0.6, grid)[code[invested]])) * 100
    flows[invested] = np.where(monthly, plan, 0)[:, None]
    block.raw["plans"] = {"account": rows[invested], "amount": np.where(monthly, plan, 0)}
    fee = np.zeros(len(rows))
    fee[invested] = ctx.products.annual_fee[product[invested]] / 12
    return flows, growth, fee


def _paths(
    ctx: context.BankContext,
    block: Block,
    rows: NDArray,
    spans: tuple[NDArray, NDArray, NDArray],
    terms: tuple[NDArray, NDArray, NDArray],
    cap: NDArray,
    final: NDArray[np.int64],
) -> world.BalanceRows:
    """Walk back from the final balances, so that they are met exactly and flows stay >= 0.

    A new account starts from nothing: savings grow from their contributions alone (``cap``), CDs
    and investments from a first contribution.
    """
    first, last, closing = spans
    flows, growth, fee = terms
    accounts = block.accounts
    fresh = accounts.open_day[rows] >= ctx.start_day
    savings = accounts.kind[rows] == world.SAVINGS
    shape = flows.shape
    balance, contribution, back, gain, charge = (np.zeros(shape, dtype=np.int64) for _ in range(5))
    floor = np.floor(_FLOOR_SHARE * final)
    after = final.astype(np.float64)
    for month in range(ctx.months - 1, -1, -1):
        closes = month == closing
        live = (month >= first) & (month <= last)
        opens = fresh & (month == first)
        flow = flows[:, month]
        flow = np.where(savings, flow, np.minimum(flow, np.floor(after / 2)))
        rate, limit = growth[:, month], cap[:, month - 1] if month else np.inf
        prior = np.clip(np.ceil((after - flow) / (1 + rate - fee)), np.minimum(floor, limit), limit)
        prior = np.where(opens, 0, prior)
        flow = np.where(opens & ~savings, after, flow)
        closing_prior = np.where(opens, 0, final)
        prior = np.where(closes, closing_prior, prior)
        flow = np.where(closes & ~savings, np.where(opens, final, 0), flow)
        earned, cost = np.rint(prior * rate), np.rint(prior * fee)
        end = np.where(closes, 0, after)
        out = prior + flow + earned - cost - end
        earned = np.where(out < 0, earned - out, earned)
        balance[:, month], contribution[:, month] = end, flow
        gain[:, month], charge[:, month] = earned, cost
        back[:, month] = np.maximum(out, 0)
        after = np.where(live, prior, after)
    months = np.arange(ctx.months)
    exists = ((months >= first[:, None]) & (months <= last[:, None])) | (months == closing[:, None])
    row, column = np.nonzero(exists)
    day = ctx.month_starts[column + 1] - 1
    day = np.where(column == closing[row], accounts.close_day[rows][row], day)
    pick = (row, column)
    return world.BalanceRows(
        account=rows[row],
        day=day,
        balance=balance[pick],
        contributions=contribution[pick],
        withdrawals=back[pick],
        returns=gain[pick],
        fees=charge[pick],
    )
