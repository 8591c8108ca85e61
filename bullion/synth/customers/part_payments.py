"""Instalments of loans that are paid in parts: late ones, by two payments or only in part so far.

No truth moves (T06, T11): an instalment that is paid late is complete on the day on which it was,
and one that waits at the bank's end waits on, for what is missing. What is paid on time is paid at
once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import loans
from bullion.synth.customers.world import Block, LoanPayments

IN_TWO_SHARE = 0.08
"""Of the instalments paid late, those that come in two payments."""
STARTED_SHARE = 0.4
"""Of the instalments that wait at the bank's end, those of which a part has come."""
SMALLEST_PART, LARGEST_PART = 0.3, 0.8


def pay_in_parts(ctx: context.BankContext, block: Block) -> None:
    """Split payments in ``block.loan_payments`` and take what has come off the loans' balances.

    A first payment is a row of its own, behind all others; the second one keeps the instalment's
    row, and its day.
    """
    rows, accounts = block.loan_payments, block.accounts
    rng = ctx.rng("loan_payments", "parts", block.number)
    n = len(rows.account)
    chance, share, moment = rng.random((3, n))
    part = np.rint(
        rows.scheduled * (SMALLEST_PART + (LARGEST_PART - SMALLEST_PART) * share)
    ).astype(np.int64)
    late = ~rows.is_defaulted & (rows.days_late > 0) & (part > 0) & (part < rows.scheduled)
    paid = rows.actual_day != context.NEVER
    # The first part never comes so late as to be known to the bureaus by itself.
    day = rows.due_day + (moment * np.minimum(rows.days_late, loans.LATE_DAYS)).astype(np.int64)
    principal = np.maximum(part - rows.interest, 0)

    started = late & ~paid & (chance < STARTED_SHARE)
    rows.actual_day = np.where(started, day, rows.actual_day)
    rows.actual = np.where(started, part, rows.actual)
    rows.received_principal = np.where(started, principal, rows.received_principal)
    rows.is_part |= started
    for balance in (accounts.current_balance, accounts.opening_balance):
        np.add.at(balance, rows.account[started], principal[started])

    split = np.flatnonzero(late & paid & (chance < IN_TWO_SHARE))
    first = _further(rows, split, day[split], part[split], principal[split])
    rows.actual[split] -= part[split]
    rows.received_principal[split] -= principal[split]
    block.loan_payments = LoanPayments(
        **{
            name: np.concatenate((values, getattr(first, name)))
            for name, values in vars(rows).items()
        }
    )


def _further(
    rows: LoanPayments, split: NDArray, day: NDArray, part: NDArray, principal: NDArray
) -> LoanPayments:
    """The first payments to the instalments in rows ``split``, which repeat what was due."""
    made = {name: values[split] for name, values in vars(rows).items()}
    none = np.zeros(len(split), dtype=np.int64)
    made |= {
        "actual_day": day,
        "actual": part,
        "received_principal": principal,
        "days_late": day - rows.due_day[split],
        "late_fee": none,
        "is_part": np.ones(len(split), dtype=bool),
    }
    return LoanPayments(**made)
