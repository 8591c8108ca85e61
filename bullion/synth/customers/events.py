"""Dated changes of accounts, and what customers enrolled in and left behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import accounts as acc
from bullion.synth.customers import loans, world
from bullion.synth.customers.people import draw_codes
from bullion.synth.customers.world import Block
from bullion.synth.files import columns as col
from bullion.synth.files import keys
from bullion.synth.market import network, products

CATEGORIES = (
    "Account Setup",
    "Account Closure",
    "Terms Change",
    "Product Change",
    "Fee Related",
    "Payment Issue",
    "Activity Status",
    "Account Modification",
)
SETUP, CLOSURE, TERMS, PRODUCT, FEE, PAYMENT, ACTIVITY, MODIFICATION = range(8)
_CHANNELS = ("Branch", "Online", "Mobile", "Phone", "System")
_SYSTEM = 4
_TRIGGERS = ("Customer", "System", "Staff")
_REASONS = ("Competitor offer", "Fees", "Service quality", "Moved away", "No longer needed")
_FREQUENCIES = ("Monthly", "Quarterly", "Annual", "None")
_STATUSES = ("Active", "Cancelled", "Matured")
_ENROLLED_KINDS = (world.SAVINGS, world.CD, world.INVESTMENT, world.POLICY)


@dataclass
class _Kind:
    """Events of one kind: account rows, seconds, and old and new value as text columns."""

    category: int
    name: str
    attribute: str | None
    account: NDArray[np.int64]
    second: NDArray[np.int64]
    old: pa.Array
    new: pa.Array
    automatic: bool = False


def _amounts(cents: NDArray) -> pa.Array:
    return col.money(cents).cast(pa.string())


def _rates(fractions: NDArray) -> pa.Array:
    return col.rate(fractions).cast(pa.string())


def _word(text: str | None, n: int) -> pa.Array:
    return col.plain(col.constant(text, n))


def _clock(rng: np.random.Generator, days: NDArray) -> NDArray[np.int64]:
    return days * context.SECONDS_PER_DAY + rng.integers(9 * 3600, 17 * 3600, len(days))


def _kinds(ctx: context.BankContext, block: Block, rng: np.random.Generator) -> list[_Kind]:
    accounts, changes = block.accounts, block.raw["changes"]
    everything = np.arange(len(accounts))
    opened = _clock(rng, accounts.open_day)
    kinds = [
        _Kind(SETUP, "Account Opened", "account_status", everything, opened,
              _word(None, len(everything)), _word("Active", len(everything))),
    ]  # fmt: skip

    def add(
        category: int, name: str, attribute: str | None, mask: NDArray, days: NDArray,
        old: str | None, new: str | None, automatic: bool = False,
    ) -> None:  # fmt: skip
        rows = np.flatnonzero(mask)
        seconds = np.maximum(_clock(rng, days[rows]), opened[rows] + 60)
        kinds.append(
            _Kind(category, name, attribute, rows, seconds, _word(old, len(rows)),
                  _word(new, len(rows)), automatic)
        )  # fmt: skip

    primary = accounts.is_primary
    owner = accounts.customer
    autopay = primary & block.autopay[owner]
    add(MODIFICATION, "Autopay Enrolled", "autopay_enabled", autopay, accounts.open_day,
        "false", "true")  # fmt: skip
    mobile = block.mobile_day[owner]
    active = primary & (mobile < np.minimum(accounts.close_day, ctx.end_day + 1))
    add(MODIFICATION, "Mobile Banking Enrolled", "mobile_banking", active, mobile, "false", "true")
    dormant, back = changes["dormant"], changes["reactivated"]
    add(ACTIVITY, "Account Dormant", "account_status", dormant, changes["day"],
        "Active", "Dormant", True)  # fmt: skip
    add(ACTIVITY, "Account Reactivated", "account_status", back, changes["reactivated_day"],
        "Dormant", "Active")  # fmt: skip
    code = keys.key("product", np.array([products.EVERYDAY, products.PREMIUM]) + 1).to_pylist()
    add(PRODUCT, "Product Upgraded", "product_id", changes["upgraded"], changes["day"],
        code[0], code[1])  # fmt: skip
    waived = (accounts.product >= products.PREMIUM) & (rng.random(len(accounts)) < 0.15)
    waived &= changes["day"] < np.minimum(accounts.close_day, ctx.end_day + 1)
    add(FEE, "Monthly Fee Waived", None, waived & ~changes["upgraded"], changes["day"], None, None)
    raised = np.flatnonzero(changes["raised"])
    kinds.append(
        _Kind(TERMS, "Credit Limit Raised", "credit_limit", raised,
              _clock(rng, changes["day"][raised]), _amounts(changes["limit_before"][raised]),
              _amounts(accounts.credit_limit[raised]), True)
    )  # fmt: skip
    kinds += [
        _rate_changes(ctx, block),
        _late_notices(ctx, block, rng),
        *_closings(ctx, block, rng),
    ]
    again = accounts.reopen_day
    add(ACTIVITY, "Account Reopened", "account_status", again <= ctx.end_day, again,
        "Closed", "Active")  # fmt: skip
    return kinds


def _rate_changes(ctx: context.BankContext, block: Block) -> _Kind:
    """The variable savings rate, changed at 00:00 of a month's first day (T07's rate)."""
    accounts = block.accounts
    months = ctx.economy.month[1:]
    starts = ctx.month_start(months)
    rate, before = ctx.economy.savings_rate(starts), ctx.economy.savings_rate(starts - 1)
    moved = np.flatnonzero(rate != before)
    flex = np.flatnonzero(accounts.product == products.FLEX)
    until = np.minimum(accounts.close_day[flex], ctx.end_day + 1)
    row, change = np.nonzero(
        (starts[moved][None, :] > accounts.open_day[flex][:, None])
        & (starts[moved][None, :] < until[:, None])
    )
    at = moved[change]
    return _Kind(
        TERMS, "Interest Rate Changed", "interest_rate", flex[row],
        starts[at] * context.SECONDS_PER_DAY, _rates(before[at] / 100), _rates(rate[at] / 100),
        True,
    )  # fmt: skip


def _late_notices(ctx: context.BankContext, block: Block, rng: np.random.Generator) -> _Kind:
    rows = block.loan_payments
    known = rows.due_day + loans.LATE_DAYS
    limit = np.minimum(block.accounts.close_day[rows.account], ctx.end_day + 1)
    late = np.flatnonzero(
        (rows.days_late >= loans.LATE_DAYS) & ~rows.is_defaulted & (known < limit)
    )
    return _Kind(
        PAYMENT, "Payment 30 Days Late", None, rows.account[late], _clock(rng, known[late]),
        _word(None, len(late)), _amounts(rows.scheduled[late]), True,
    )  # fmt: skip


def _closings(ctx: context.BankContext, block: Block, rng: np.random.Generator) -> list[_Kind]:
    accounts, by = block.accounts, block.raw["status"]["closed_by"]
    dormant = block.raw["status"]["code"] == 1
    kinds = []
    for name, cause in (
        ("Account Closed", acc.LEFT),
        ("Loan Paid Off", acc.PAID_OFF),
        ("Loan Charged Off", acc.CHARGED_OFF),
    ):
        for old, mask in (("Active", ~dormant), ("Dormant", dormant)):
            rows = np.flatnonzero((by == cause) & (accounts.close_day <= ctx.end_day) & mask)
            seconds = accounts.close_day[rows] * context.SECONDS_PER_DAY + 17 * 3600
            seconds += rng.integers(0, 3600, len(rows))
            kinds.append(
                _Kind(CLOSURE, name, "account_status", rows, seconds, _word(old, len(rows)),
                      _word("Closed", len(rows)), cause != acc.LEFT)
            )  # fmt: skip
    return kinds


def events_table(ctx: context.BankContext, block: Block) -> col.Columns:
    """The account_events table: everything that happened to accounts, in time order."""
    rng = ctx.rng("account_events", "", block.number)
    kinds = _kinds(ctx, block, rng)
    account = np.concatenate([kind.account for kind in kinds])
    second = np.concatenate([kind.second for kind in kinds])
    which = np.repeat(np.arange(len(kinds)), [len(kind.account) for kind in kinds])
    order = np.lexsort((which, second))
    account, second, which = account[order], second[order], which[order]
    n = len(account)
    automatic = np.array([kind.automatic for kind in kinds])[which]
    attributes = [kind.attribute or "" for kind in kinds]
    has_attribute = np.array([kind.attribute is not None for kind in kinds])[which]
    names = [kind.name for kind in kinds]
    category = np.array([kind.category for kind in kinds])[which]
    channel = np.where(automatic, _SYSTEM, draw_codes(rng, (0.3, 0.35, 0.25, 0.1), n))
    trigger = np.where(automatic, 1, np.where(rng.random(n) < 0.85, 0, 2))
    place = pa.array(order)
    return {
        "event_id": keys.key("event", ctx.row_ids(block.number, n)),
        "account_id": keys.key("account", block.accounts.number[account]),
        "customer_id": keys.key("customer", block.index[block.accounts.customer[account]] + 1),
        "event_at": col.timestamps(second),
        "event_category": col.labels(category, CATEGORIES),
        "event_type": col.labels(which, names),
        "attribute": col.labels(np.where(has_attribute, which, -1), attributes),
        "old_value": pa.concat_arrays([kind.old for kind in kinds]).take(place),
        "new_value": pa.concat_arrays([kind.new for kind in kinds]).take(place),
        "triggered_by": col.labels(trigger, _TRIGGERS),
        "channel": col.labels(channel, _CHANNELS),
        "approval_status": col.labels(np.where(category == TERMS, 0, -1), ("Approved",)),
    }


def enrollments_table(ctx: context.BankContext, block: Block) -> col.Columns:
    """product_enrollments: savings, CDs, investments and insurance policies."""
    accounts, plans = block.accounts, block.raw["plans"]
    rng = ctx.rng("product_enrollments", "", block.number)
    account = np.flatnonzero(np.isin(accounts.kind, _ENROLLED_KINDS))
    account = account[np.argsort(accounts.open_day[account], kind="stable")]
    customer, product = accounts.customer[account], accounts.product[account]
    is_policy = accounts.kind[account] == world.POLICY
    premium = ctx.products.monthly_fee[product]
    monthly = np.where(is_policy, premium, _planned(block, plans, account))
    n = len(customer)
    advised = np.isin(product, (products.BROKERAGE, products.RETIREMENT, products.MANAGED))
    initial = np.maximum(_first_balances(block)[account], 0)
    gone = block.churn_day[customer] <= ctx.end_day
    return {
        "enrollment_id": keys.key("enrollment", ctx.row_ids(block.number, n)),
        "customer_id": keys.key("customer", block.index[customer] + 1),
        "product_id": keys.key("product", product + 1),
        "account_id": keys.key("account", accounts.number[account]),
        "enrollment_date": col.dates(accounts.open_day[account]),
        "initial_investment": col.money(initial, ~is_policy),
        "contribution_frequency": col.labels(np.where(monthly > 0, 0, 3), _FREQUENCIES),
        "monthly_contribution": col.money(monthly, monthly > 0),
        "advisor_id": keys.key("advisor", rng.integers(1, network.N_ADVISORS + 1, n), advised),
        "channel": col.labels(draw_codes(rng, (0.3, 0.35, 0.25, 0.1), n), _CHANNELS),
        "status": col.labels(np.where(gone, 1, 0), _STATUSES),
    }


def _planned(block: Block, plans: dict[str, NDArray], rows: NDArray) -> NDArray[np.int64]:
    """Planned monthly contribution (cents) of accounts: the median paid for savings."""
    accounts, balances = block.accounts, block.balances
    planned = np.zeros(len(accounts))
    planned[plans["account"]] = plans["amount"]
    paid = np.bincount(balances.account, balances.contributions, minlength=len(accounts))
    count = np.bincount(balances.account, minlength=len(accounts))
    savings = accounts.kind == world.SAVINGS
    mean = np.rint(paid / np.maximum(count, 1) / 500) * 500
    return np.where(savings, mean, planned).astype(np.int64)[rows]


def _first_balances(block: Block) -> NDArray[np.int64]:
    """Balance (cents) with which each account's first statement began, before its flows."""
    first = np.zeros(len(block.accounts), dtype=np.int64)
    rows = block.balances
    start = rows.balance - (rows.contributions - rows.withdrawals + rows.returns - rows.fees)
    first[rows.account[::-1]] = start[::-1].astype(np.int64)
    return first


def retention_table(ctx: context.BankContext, block: Block) -> col.Columns:
    """customer_retention: one row for each product a customer held on the day of leaving."""
    accounts = block.accounts
    rows = np.flatnonzero(
        (accounts.close_day <= ctx.end_day)
        & (accounts.close_day == block.churn_day[accounts.customer])
    )
    rows = rows[np.argsort(accounts.close_day[rows], kind="stable")]
    owner, n = accounts.customer[rows], len(rows)
    rng = ctx.rng("customer_retention", "attributes", block.number)
    reason = draw_codes(rng, (0.28, 0.22, 0.25, 0.15, 0.10), len(block))
    survey = np.round(np.clip(rng.normal(4.5, 2.0, len(block)), 0, 10), 1)
    answered, won_back = rng.random(len(block)) < 0.4, block.return_day <= ctx.end_day
    value = block.raw["customers"]["lifetime_value"]
    return {
        "customer_id": keys.key("customer", block.index[owner] + 1),
        "product_id": keys.key("product", accounts.product[rows] + 1),
        "churn_date": col.dates(accounts.close_day[rows]),
        "churn_reason": col.labels(reason[owner], _REASONS),
        "exit_survey_score": col.numeric(survey[owner], answered[owner]),
        "was_recovered": col.booleans(won_back[owner]),
        "lifetime_value": col.money(value[owner]) if n else col.money(np.zeros(0, np.int64)),
    }
