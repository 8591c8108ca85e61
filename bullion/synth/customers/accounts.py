"""Accounts of a block: opened by holdings, closed by leaving, default or the last instalment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import loans, returns, world
from bullion.synth.customers.credit import Loans
from bullion.synth.customers.people import draw_codes
from bullion.synth.customers.world import Block
from bullion.synth.files import columns as col
from bullion.synth.files import keys
from bullion.synth.market import currencies, products

CHECKING_PRODUCTS = (products.EVERYDAY, products.PREMIUM, products.BUSINESS)
CHECKING_SHARES = (0.80, 0.14, 0.06)
UPGRADED_SHARE = 0.05
OFFERED_LIMIT_MEDIAN, LEAST_LIMIT = 900_000, 500_000
RAISED_LIMIT_SHARE = 0.25
DORMANT_SHARE, REACTIVATED_SHARE = 0.06, 0.5
STATUSES = ("Active", "Dormant", "Closed")
CHARGED_OFF, PAID_OFF, LEFT = 1, 2, 3


def open_accounts(
    ctx: context.BankContext, block: Block, open_days: NDArray, limits: NDArray
) -> None:
    """Fill ``block.accounts`` with what was opened before the customer left.

    ``limits``: credit limits (cents) granted by application, -1 elsewhere.
    """
    kind = np.append(ctx.products.kind[: products.N_HELD], world.CHECKING)
    real = open_days < np.minimum(block.churn_day, ctx.end_day + 1)[:, None]
    back = returns.new_accounts(block)
    opened = np.column_stack((open_days, back))
    customer, slot = np.nonzero(np.column_stack((real, back <= ctx.end_day)))
    n = len(customer)
    rng = ctx.rng("accounts", "attributes", block.number)
    people = len(block)
    grid = people * world.SLOTS_PER_CUSTOMER
    code = customer * world.SLOTS_PER_CUSTOMER + slot
    variant = np.array(CHECKING_PRODUCTS)[draw_codes(rng, CHECKING_SHARES, people)]
    offered = np.rint(OFFERED_LIMIT_MEDIAN * np.exp(0.4 * rng.standard_normal(people)) / 1e5) * 1e5
    granted = np.where(limits > 0, np.rint(limits / 1e5) * 1e5, offered).astype(np.int64)
    granted = np.maximum(granted, LEAST_LIMIT)
    product = np.where(slot == products.EVERYDAY, variant[customer], slot)
    product[slot == returns.SLOT] = products.EVERYDAY
    is_card = kind[slot] == world.CARD
    spread = np.clip(0.004 * rng.standard_normal(grid), -0.01, 0.01)[code]
    fixed = np.isin(slot, (products.FIXED, products.CD))
    block.accounts = world.Accounts(
        number=block.index[customer] * world.SLOTS_PER_CUSTOMER + slot + 1,
        customer=customer,
        slot=slot,
        product=product,
        kind=kind[slot],
        open_day=opened[customer, slot],
        close_day=np.where(slot == returns.SLOT, context.NEVER, block.churn_day[customer]),
        reopen_day=returns.reopen_days(block, customer, slot),
        rate=np.round(ctx.products.rate[product] + spread * fixed, 4),
        credit_limit=np.where(is_card, granted[customer], -1),
        current_balance=np.zeros(n, dtype=np.int64),
        is_primary=slot == products.EVERYDAY,
        opening_balance=np.zeros(n, dtype=np.int64),
    )
    block.checking = np.flatnonzero(slot == products.EVERYDAY)
    block.card = np.full(people, -1)
    block.card[customer[is_card]] = np.flatnonzero(is_card)
    _changes(ctx, block, rng, grid, code)


def _changes(
    ctx: context.BankContext, block: Block, rng: np.random.Generator, grid: int, code: NDArray
) -> None:
    """Upgrades, raised limits and dormancy: what later becomes dated events."""
    accounts = block.accounts
    point, moment, again = (rng.random(grid)[code] for _ in range(3))
    until = np.minimum(accounts.close_day, ctx.end_day)
    span = until - accounts.open_day - 60
    day = accounts.open_day + 30 + (moment * np.maximum(span, 0)).astype(np.int64)
    able = span > 60
    upgraded = able & (accounts.product == products.PREMIUM) & (point < UPGRADED_SHARE / 0.14)
    raised = able & (accounts.kind == world.CARD) & (point < RAISED_LIMIT_SHARE)
    quiet = np.isin(accounts.kind, (world.CD, world.INVESTMENT))
    dormant = able & quiet & (point < DORMANT_SHARE)
    back = dormant & (again < REACTIVATED_SHARE)
    block.raw["changes"] = {
        "day": day,
        "upgraded": upgraded,
        "raised": raised,
        "limit_before": accounts.credit_limit.copy(),
        "dormant": dormant,
        "reactivated": back,
        "reactivated_day": np.minimum(day + 30 + (again * 60).astype(np.int64), until - 1),
    }
    accounts.credit_limit[:] = np.where(
        raised, np.rint(accounts.credit_limit * 1.5 / 1e5) * 1e5, accounts.credit_limit
    )
    block.raw["status"] = {"code": np.where(dormant & ~back, 1, 0), "closed_by": np.zeros(len(day))}


def settle_loans(
    ctx: context.BankContext, block: Block, made: Loans, schedule: loans.Schedule
) -> None:
    """Fill ``block.loan_payments``, close paid and charged-off loans, set what is still owed.

    Leaving pays the loan off on that day (one more row); a defaulted loan is charged off 120 days
    after the missed instalment, or when the customer leaves.
    """
    accounts = block.accounts
    place = np.full((len(block), world.SLOTS_PER_CUSTOMER), -1)
    place[accounts.customer, accounts.slot] = np.arange(len(accounts))
    account = place[made.customer, made.slot]
    kept = account >= 0
    leave = block.churn_day[made.customer]
    exists = schedule.exists & kept[:, None] & (schedule.due < leave[:, None])
    row, k = np.nonzero(exists)
    due, late = schedule.due[row, k], schedule.late[row, k]
    defaulted = schedule.defaulted[row, k]
    actual = np.minimum(due + late, leave[row])
    unpaid = defaulted | (actual > ctx.end_day)
    actual = np.where(unpaid, context.NEVER, actual)
    overdue = np.where(actual == context.NEVER, ctx.end_day, actual) - due
    payment, interest = schedule.payment[row, k], schedule.interest[row, k]
    before = schedule.balance_before[row, k]
    fee = np.where(~defaulted & (overdue >= loans.LATE_FEE_FROM_DAYS), loans.LATE_FEE_CENTS, 0)
    paid = world.LoanPayments(
        account=account[row],
        installment=k + 1,
        due_day=due,
        actual_day=actual,
        scheduled=payment,
        actual=payment,
        principal=payment - interest,
        interest=interest,
        outstanding=np.where(defaulted, before, before + interest - payment),
        days_late=overdue,
        late_fee=fee,
        is_defaulted=defaulted,
        received_principal=np.where(unpaid, 0, payment - interest),
        instalment=np.zeros(len(row), dtype=np.int64),
        is_part=np.zeros(len(row), dtype=bool),
    )
    block.loan_payments = _with_payoffs(ctx, block, made, (account, exists, schedule), paid)
    _close_loans(ctx, block, made, account, exists, schedule)
    chance = schedule.default_chance[row, k]
    place = np.clip((np.log(chance) - loans.LOWEST_LOG_CHANCE) * loans.BINS_PER_LOG, 0, None)
    place = np.minimum(place.astype(np.int64), loans.N_BINS - 1)
    block.realised["T06"] = {
        "exposure": np.bincount(place, minlength=loans.N_BINS).astype(float),
        "events": np.bincount(place[defaulted], minlength=loans.N_BINS).astype(float),
    }
    block.latent["loans"] = {
        "account": accounts.number[account[row]],
        "due_day": due,
        "default_chance": chance,
        "defaulted": defaulted,
    }


def _owed(exists: NDArray, schedule: loans.Schedule, principal: NDArray) -> NDArray[np.int64]:
    """Principal owed after the instalments that exist (the defaulted one is not paid)."""
    count = (exists & ~schedule.defaulted).sum(axis=1)
    last = np.maximum(count - 1, 0)
    rows = np.arange(len(count))
    after = (
        schedule.balance_before[rows, last]
        + schedule.interest[rows, last]
        - schedule.payment[rows, last]
    )
    return np.where(count == 0, principal, after)


def _with_payoffs(
    ctx: context.BankContext,
    block: Block,
    made: Loans,
    parts: tuple[NDArray, NDArray, loans.Schedule],
    paid: world.LoanPayments,
) -> world.LoanPayments:
    account, exists, schedule = parts
    leave = block.churn_day[made.customer]
    owed = _owed(exists, schedule, made.principal)
    broke = (exists & schedule.defaulted).any(axis=1)
    off = np.flatnonzero((account >= 0) & (leave <= ctx.end_day) & ~broke & (owed > 0))
    count = exists[off].sum(axis=1)
    since = np.where(count > 0, schedule.due[off, np.maximum(count - 1, 0)], made.open_day[off])
    accrued = np.rint(owed[off] * made.rate[off] * (leave[off] - since) / 365).astype(np.int64)
    zero = np.zeros(len(off), dtype=np.int64)
    payoff = {
        "account": account[off],
        "installment": count + 1,
        "due_day": leave[off],
        "actual_day": leave[off],
        "scheduled": owed[off] + accrued,
        "actual": owed[off] + accrued,
        "principal": owed[off],
        "interest": accrued,
        "outstanding": zero,
        "days_late": zero,
        "late_fee": zero,
        "is_defaulted": zero.astype(bool),
        "received_principal": owed[off],
        "instalment": zero,
        "is_part": zero.astype(bool),
    }
    joined = {name: np.concatenate((values, payoff[name])) for name, values in vars(paid).items()}
    order = np.lexsort((joined["account"], joined["due_day"]))
    joined = {name: values[order] for name, values in joined.items()}
    return world.LoanPayments(**joined | {"instalment": np.arange(len(order))})


def _close_loans(
    ctx: context.BankContext,
    block: Block,
    made: Loans,
    account: NDArray,
    exists: NDArray,
    schedule: loans.Schedule,
) -> None:
    accounts, closed_by = block.accounts, block.raw["status"]["closed_by"]
    closed_by[accounts.close_day <= ctx.end_day] = LEFT
    kept = np.flatnonzero(account >= 0)
    at = account[kept]
    live = exists[kept]
    owed = _owed(live, _rows(schedule, kept), made.principal[kept])
    broke = (live & schedule.defaulted[kept]).any(axis=1)
    missed = np.where(live & schedule.defaulted[kept], schedule.due[kept], 0).max(axis=1)
    settled = np.where(live, schedule.due[kept] + schedule.late[kept], 0).max(axis=1)
    finished = ~broke & (owed == 0) & (live.sum(axis=1) == made.term[kept])
    day = np.where(
        broke, missed + loans.CHARGE_OFF_DAYS, np.where(finished, settled, context.NEVER)
    )
    earlier = (day < accounts.close_day[at]) & (day <= ctx.end_day)
    accounts.close_day[at] = np.where(earlier, day, accounts.close_day[at])
    closed_by[at] = np.where(earlier, np.where(broke, CHARGED_OFF, PAID_OFF), closed_by[at])
    closed_by[at[broke & (accounts.close_day[at] <= ctx.end_day)]] = CHARGED_OFF
    accounts.rate[at] = made.rate[kept]
    is_open = accounts.close_day[at] > ctx.end_day
    unpaid = _unpaid_principal(block, at)
    accounts.current_balance[at] = np.where(is_open, -(owed + unpaid), 0)
    accounts.opening_balance[at] = accounts.current_balance[at]


def _unpaid_principal(block: Block, at: NDArray) -> NDArray[np.int64]:
    """Principal of due instalments not paid yet, by loan (defaulted ones are owed anyway)."""
    rows = block.loan_payments
    waiting = (rows.actual_day == context.NEVER) & ~rows.is_defaulted
    total = np.bincount(
        rows.account[waiting], rows.principal[waiting], minlength=len(block.accounts)
    )
    return total.astype(np.int64)[at]


def _rows(schedule: loans.Schedule, rows: NDArray) -> loans.Schedule:
    return loans.Schedule(**{name: values[rows] for name, values in vars(schedule).items()})


def accounts_table(ctx: context.BankContext, block: Block) -> col.Columns:
    """The accounts table from ``block.accounts`` (balances as they stand there)."""
    accounts = block.accounts
    rng = ctx.rng("accounts", "table", block.number)
    closed = accounts.is_closed(ctx.end_day)
    status = np.where(closed, 2, block.raw["status"]["code"])
    is_checking, is_card = accounts.kind == world.CHECKING, accounts.kind == world.CARD
    is_loan = accounts.kind == world.LOAN
    balance = accounts.current_balance
    overdraft = ctx.products.overdraft[accounts.product]
    protected = rng.random(len(block) * world.SLOTS_PER_CUSTOMER)[
        accounts.customer * world.SLOTS_PER_CUSTOMER + accounts.slot
    ] < 0.6  # fmt: skip
    available = np.where(is_card, accounts.credit_limit + balance, balance)
    available = np.where(is_checking & protected, balance + overdraft, available)
    owed = np.maximum(-balance, 0)
    minimum = np.where(is_card, np.minimum(np.maximum(owed // 50, 2500), owed), 0)
    level = np.zeros(len(accounts), dtype=np.int64)
    payments = block.loan_payments
    level[payments.account[::-1]] = payments.scheduled[::-1]
    minimum = np.where(is_loan, level, minimum)
    due_month = ctx.month_start(np.array([ctx.months]))[0]
    day_of_month = accounts.open_day - ctx.month_start(ctx.month_of(accounts.open_day))
    due = due_month + np.where(is_loan, np.minimum(day_of_month, 27), 20)
    borrowed = (is_card | is_loan) & ~closed
    statement = ctx.month_starts[-1] - 1
    flex = accounts.product == products.FLEX
    until = np.minimum(accounts.close_day - 1, ctx.end_day)
    rate = np.where(flex, ctx.economy.savings_rate(until) / 100, accounts.rate)
    has_rate = ~np.isin(accounts.kind, (world.INVESTMENT, world.POLICY))
    autopay = block.autopay[accounts.customer] & (is_checking | is_card | is_loan)
    serial = (accounts.number * 7_919_731 + 48_271) % 9_999_999_967
    return {
        "account_id": keys.key("account", accounts.number),
        "customer_id": keys.key("customer", block.index[accounts.customer] + 1),
        "product_id": keys.key("product", accounts.product + 1),
        "account_number": col.ids("", serial, 12),
        "account_status": col.labels(status, STATUSES),
        "open_date": col.dates(accounts.open_day),
        "close_date": col.dates(accounts.close_day, closed),
        "current_balance": col.money(balance),
        "available_balance": col.money(
            np.where(closed, 0, available), ~is_loan & (accounts.kind != world.POLICY)
        ),
        "credit_limit": col.money(accounts.credit_limit, is_card),
        "currency": currencies.account_currency(ctx, block),
        "interest_rate": col.rate(rate, has_rate),
        "minimum_payment": col.money(minimum, borrowed),
        "payment_due_date": col.dates(due, borrowed),
        "last_statement_date": col.dates(
            np.full(len(accounts), statement), ~closed & (accounts.open_day < statement)
        ),
        "autopay_enabled": col.booleans(autopay),
        "overdraft_protection": col.booleans(protected, is_checking),
        "is_primary": col.booleans(accounts.is_primary),
    }
