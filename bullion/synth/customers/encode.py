"""Tables of contacts, applications, instalments and balances, from the state of a block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import contacts as con
from bullion.synth.customers import credit, world
from bullion.synth.customers.people import draw_codes
from bullion.synth.customers.world import Block, LoanPayments
from bullion.synth.files import columns as col
from bullion.synth.files import keys

_DECISIONS = ("Approved", "Declined", "Pending")
_APPLIED = ("Online", "Branch", "Phone", "Mobile")
_GRADES = tuple("ABCDEFG")
# Lowest score of grades A to F; no boundary lies at 720, where T04 plants its step.
_GRADE_FROM = np.array([580, 620, 660, 700, 740, 780])
_METHODS = ("ACH", "Check", "Online", "Wire Transfer")


def interactions_table(ctx: context.BankContext, block: Block, made: con.Contacts) -> col.Columns:
    """customer_interactions: contacts and visits until the customer left, in time order."""
    n = len(made)
    visit = made.channel == con.BRANCH
    return {
        "interaction_id": keys.key("interaction", ctx.row_ids(block.number, n)),
        "customer_id": keys.key("customer", block.index[made.customer] + 1),
        "agent_id": keys.key("agent", made.agent + 1, ~visit),
        "interaction_at": col.timestamps(made.second),
        "channel": col.labels(made.channel, con.CHANNELS),
        "reason": col.labels(made.reason, con.REASONS),
        "product_id": keys.key("product", made.product + 1, made.product >= 0),
        "branch_id": keys.key("branch", block.branch[made.customer] + 1, visit),
        "duration_minutes": col.numeric(made.minutes),
        "wait_minutes": col.numeric(made.wait, ~visit),
        "sentiment_score": col.numeric(made.mood, made.rating > 0),
        "satisfaction_rating": col.numeric(made.rating, made.rating > 0),
        "resolution_status": col.labels(made.resolution, con.RESOLUTIONS),
        "is_first_contact_resolved": col.booleans(made.at_once, ~visit),
        "is_escalated": col.booleans(made.escalated, ~visit),
        "notes": col.constant(None, n),
    }


def join_contacts(block: Block, *parts: con.Contacts) -> con.Contacts:
    """All contacts and visits before the customer left, ordered by second."""
    joined = con.Contacts(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])}
    )
    kept = np.flatnonzero(
        joined.second // context.SECONDS_PER_DAY < block.churn_day[joined.customer]
    )
    return joined.take(kept[np.argsort(joined.second[kept], kind="stable")])


def keep_applications(block: Block, made: credit.Applications) -> credit.Applications:
    """Applications made before the customer left."""
    kept = made.day < block.churn_day[made.customer]
    return credit.Applications(**{name: values[kept] for name, values in vars(made).items()})


def note_scores(block: Block, made: credit.Applications) -> None:
    """The customer's credit score on file is the one of the last application."""
    block.raw["customers"]["credit_score"][made.customer] = made.score


def applications_table(
    ctx: context.BankContext, block: Block, made: credit.Applications
) -> col.Columns:
    """credit_applications in the order of their dates."""
    rng = ctx.rng("credit_applications", "table", block.number)
    n = len(made)
    accounts = block.accounts
    place = np.full((len(block), world.SLOTS_PER_CUSTOMER), -1)
    place[accounts.customer, accounts.slot] = np.arange(len(accounts))
    account = np.where(made.opens, place[made.customer, made.slot], -1)
    approved = made.decision == credit.APPROVED
    years = np.minimum(rng.poisson(6, n), np.maximum(block.age[made.customer] - 18, 0).astype(int))
    working = block.employment[made.customer] < 2
    grade = 6 - np.searchsorted(_GRADE_FROM, made.score, side="right")
    income = np.maximum(block.income, 500_000)[made.customer]
    belief = np.clip(made.probability + 0.05 * rng.standard_normal(n), 0, 1)
    return {
        "application_id": keys.key("application", ctx.row_ids(block.number, n)),
        "customer_id": keys.key("customer", block.index[made.customer] + 1),
        "product_id": keys.key("product", made.slot + 1),
        "account_id": keys.key(
            "account", accounts.number[np.maximum(account, 0)], (account >= 0) & approved
        ),
        "application_date": col.dates(made.day),
        "requested_amount": col.money(made.amount),
        "requested_term_months": col.integers(made.term, made.term > 0),
        "credit_score_at_application": col.integers(made.score),
        "annual_income": col.money(income),
        "debt_to_income_ratio": col.numeric(made.dti),
        "employment_length_years": col.integers(years, working),
        "decision": col.labels(made.decision, _DECISIONS),
        "decision_date": col.dates(made.decision_day, made.decision != credit.PENDING),
        "decline_reason": col.labels(
            np.where(made.decision == credit.DECLINED, made.reason, -1), credit.REASONS
        ),
        "approved_amount": col.money(made.amount, approved),
        "approved_rate": col.rate(made.rate, approved),
        "application_channel": col.labels(draw_codes(rng, (0.4, 0.3, 0.1, 0.2), n), _APPLIED),
        "approval_probability_score": col.score(belief),
        "risk_grade": col.labels(grade, _GRADES),
    }


def payments_table(ctx: context.BankContext, block: Block) -> col.Columns:
    """loan_payments: every instalment due so far and every payment to it, in order of due dates."""
    rows, accounts = block.loan_payments, block.accounts
    number = ctx.row_ids(block.number, len(rows.account))
    order = np.argsort(rows.due_day, kind="stable")
    rows = LoanPayments(**{name: values[order] for name, values in vars(rows).items()})
    rng = ctx.rng("loan_payments", "table", block.number)
    methods = draw_codes(rng, (0.35, 0.15, 0.45, 0.05), int(rows.instalment.max(initial=-1)) + 1)
    owner = accounts.customer[rows.account]
    paid = rows.actual_day != context.NEVER
    method = np.where(block.autopay[owner], 0, methods[rows.instalment])
    return {
        "payment_id": keys.key("payment", number[order]),
        "account_id": keys.key("account", accounts.number[rows.account]),
        "customer_id": keys.key("customer", block.index[owner] + 1),
        "installment_number": col.integers(rows.installment),
        "scheduled_date": col.dates(rows.due_day),
        "actual_date": col.dates(rows.actual_day, paid),
        "scheduled_amount": col.money(rows.scheduled),
        "actual_amount": col.money(rows.actual, paid),
        "principal_amount": col.money(rows.principal),
        "interest_amount": col.money(rows.interest),
        "outstanding_balance": col.money(rows.outstanding),
        "days_late": col.integers(rows.days_late, ~rows.is_defaulted),
        "late_fee": col.money(rows.late_fee),
        "payment_method": col.labels(np.where(paid, method, -1), _METHODS),
        "is_defaulted": col.booleans(rows.is_defaulted),
    }


def _cents(values: NDArray) -> NDArray[np.int64]:
    return np.asarray(values).astype(np.int64)


def balances_table(ctx: context.BankContext, block: Block) -> col.Columns:
    """account_balances: month ends (and the closing day) of savings, CDs and investments."""
    rows, accounts = block.balances, block.accounts
    order = np.argsort(rows.day, kind="stable")
    account = rows.account[order]
    return {
        "balance_id": keys.key("balance", ctx.row_ids(block.number, len(order))),
        "account_id": keys.key("account", accounts.number[account]),
        "customer_id": keys.key("customer", block.index[accounts.customer[account]] + 1),
        "product_id": keys.key("product", accounts.product[account] + 1),
        "balance_date": col.dates(rows.day[order]),
        "balance": col.money(_cents(rows.balance)[order]),
        "contributions": col.money(_cents(rows.contributions)[order]),
        "withdrawals": col.money(_cents(rows.withdrawals)[order]),
        "investment_returns": col.money(_cents(rows.returns)[order]),
        "fees": col.money(_cents(rows.fees)[order]),
    }
