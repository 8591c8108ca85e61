"""Regulatory reports: the bank's periodic ones, and those that follow from a customer's doings.

SAR for confirmed frauds, CTR for deposits of 10,000 and more, CIP for new customers, KYC and AML
reviews of a few. The account and the customer of a report are those of its transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bullion import contract
from bullion.synth.context import SECONDS_PER_DAY, BankContext
from bullion.synth.customers.world import Block
from bullion.synth.files import columns as col
from bullion.synth.files import keys
from bullion.synth.money.alerts import CONFIRMED, Alerts
from bullion.synth.money.rows import DEPOSIT, Rows

_TABLE = contract.table("regulatory_reports")
_TYPES = _TABLE.column("report_type").values
_STATUSES = _TABLE.column("filing_status").values
FILED, LATE, AMENDED, WITHDRAWN, PENDING, IN_REVIEW = range(6)
LOW, MEDIUM, HIGH, CRITICAL = range(4)

_REGULATOR = {
    "SAR": "FinCEN", "CTR": "FinCEN", "BSA": "FinCEN", "AML": "FinCEN", "CIP": "OCC",
    "KYC": "OCC", "OFAC": "OFAC", "HMDA": "CFPB", "CRA": "OCC", "FFIEC": "FFIEC",
    "FDIC": "FDIC", "FR-Y9C": "Federal Reserve",
}  # fmt: skip
# Months a period lasts and days after its end until the report is due.
_PERIODIC = {
    "FFIEC": (3, 30),
    "FR-Y9C": (3, 40),
    "FDIC": (3, 45),
    "OFAC": (1, 20),
    "BSA": (12, 60),
    "HMDA": (12, 60),
    "CRA": (12, 60),
}
CTR_CENTS = 1_000_000
DAYS_TO_FILE = {"SAR": 30, "CTR": 15, "CIP": 30, "KYC": 30, "AML": 45}
LATE_SHARE, AMENDED_SHARE, WITHDRAWN_SHARE = 0.05, 0.03, 0.01
CIP_SHARE, REVIEW_CHANCE_A_YEAR = 0.15, 0.02


@dataclass
class _Reports:
    """Reports as arrays: kind code, period and due days, and what they refer to (-1 = nothing)."""

    kind: NDArray
    start: NDArray
    end: NDArray
    due: NDArray
    customer: NDArray
    account: NDArray
    row: NDArray
    cents: NDArray
    risk: NDArray

    @staticmethod
    def concatenate(parts: list[_Reports]) -> _Reports:
        return _Reports(
            **{
                f.name: np.concatenate([getattr(part, f.name) for part in parts]).astype(np.int64)
                for f in fields(_Reports)
            }
        )


def _about(
    kind: str,
    day: NDArray,
    customer: NDArray,
    risk: NDArray | int,
    account: NDArray | int = -1,
    row: NDArray | int = -1,
    cents: NDArray | int = -1,
) -> _Reports:
    n = len(day)
    return _Reports(
        kind=np.full(n, _TYPES.index(kind)),
        start=day,
        end=day,
        due=day + DAYS_TO_FILE[kind],
        customer=customer,
        account=np.broadcast_to(account, n),
        row=np.broadcast_to(row, n),
        cents=np.broadcast_to(cents, n),
        risk=np.broadcast_to(risk, n),
    )


def _periodic(ctx: BankContext) -> _Reports:
    parts = []
    for kind, (months, grace) in _PERIODIC.items():
        ends = np.arange(months, ctx.months + 1, months)
        end = ctx.month_starts[ends] - 1
        none = np.full(len(ends), -1)
        parts.append(
            _Reports(
                kind=np.full(len(ends), _TYPES.index(kind)),
                start=ctx.month_starts[ends - months],
                end=end,
                due=end + grace,
                customer=none,
                account=none,
                row=none,
                cents=none,
                risk=np.full(len(ends), LOW),
            )
        )
    return _Reports.concatenate(parts)


def _of_customers(
    ctx: BankContext, block: Block, rows: Rows, alerts: Alerts, rng: np.random.Generator
) -> list[_Reports]:
    confirmed = np.flatnonzero(alerts.status == CONFIRMED)
    suspicious = alerts.row[confirmed]
    large = np.flatnonzero((rows.kind == DEPOSIT) & (rows.cents >= CTR_CENTS))
    new = np.flatnonzero(
        (block.signup_day >= ctx.start_day)
        & (block.signup_day <= ctx.end_day)
        & (rng.random(len(block)) < CIP_SHARE)
    )
    parts = [
        _about(
            "SAR",
            alerts.resolved[confirmed] // SECONDS_PER_DAY,
            rows.customer[suspicious],
            np.where(np.abs(rows.cents[suspicious]) > 50_000, CRITICAL, HIGH),
            rows.account[suspicious],
            suspicious,
            np.abs(rows.cents[suspicious]),
        ),
        _about(
            "CTR",
            rows.second[large] // SECONDS_PER_DAY,
            rows.customer[large],
            MEDIUM,
            rows.account[large],
            large,
            rows.cents[large],
        ),
        _about("CIP", block.signup_day[new], new, LOW),
    ]
    years = (ctx.end_day - ctx.start_day + 1) / 365.25
    for kind in ("KYC", "AML"):
        who = np.flatnonzero(rng.random(len(block)) < REVIEW_CHANCE_A_YEAR * years)
        day = rng.integers(ctx.start_day, ctx.end_day + 1, len(who))
        with_us = (day >= block.signup_day[who]) & (day <= block.churn_day[who])
        risk = rng.integers(LOW, HIGH + 1, len(who))
        parts.append(_about(kind, day[with_us], who[with_us], risk[with_us]))
    return parts


def build(
    ctx: BankContext, block: Block, rows: Rows, numbers: NDArray, alerts: Alerts
) -> col.Columns:
    """The rows of regulatory_reports that this block causes; the first block adds the bank's own.

    A report counts from the end of its period; filed by the extract's date or still pending.
    """
    rng = ctx.rng("regulatory_reports", "", block.number)
    parts = _of_customers(ctx, block, rows, alerts, rng)
    if block.number == 0:
        parts.append(_periodic(ctx))
    reports = _Reports.concatenate(parts)
    order = np.lexsort((reports.kind, reports.end))
    reports = _Reports(**{f.name: getattr(reports, f.name)[order] for f in fields(_Reports)})
    n = len(order)
    u = rng.random(n)
    late = u < LATE_SHARE
    filed = np.where(
        late,
        reports.due + rng.integers(1, 25, n),
        reports.end + 1 + (rng.random(n) * (reports.due - reports.end - 1)).astype(np.int64),
    )
    is_filed = filed <= ctx.end_day
    amended = (u >= LATE_SHARE) & (u < LATE_SHARE + AMENDED_SHARE)
    withdrawn = (u >= LATE_SHARE + AMENDED_SHARE) & (
        u < LATE_SHARE + AMENDED_SHARE + WITHDRAWN_SHARE
    )
    waiting = np.where(rng.random(n) < 0.5, PENDING, IN_REVIEW)
    status = np.select(
        [~is_filed, late, amended, withdrawn], [waiting, LATE, AMENDED, WITHDRAWN], FILED
    )
    follow_up = reports.risk >= HIGH
    fined = late & is_filed & (rng.random(n) < 0.2)
    row = np.maximum(reports.row, 0)
    return {
        "report_id": keys.key("report", ctx.row_ids(block.number, n)),
        "report_type": col.labels(reports.kind, _TYPES),
        "regulator": col.labels(reports.kind, [_REGULATOR[kind] for kind in _TYPES]),
        "report_period_start": col.dates(reports.start),
        "report_period_end": col.dates(reports.end),
        "due_date": col.dates(reports.due),
        "filed_date": col.dates(filed, is_filed),
        "filing_status": col.labels(status, _STATUSES),
        "customer_id": _keys("customer", block.index + 1, reports.customer),
        "account_id": _keys("account", block.accounts.number, reports.account),
        "transaction_id": keys.key(
            "transaction", numbers[row] if len(numbers) else row, reports.row >= 0
        ),
        "amount_reported": col.money(reports.cents, reports.cents >= 0),
        "risk_level": col.labels(reports.risk, _TABLE.column("risk_level").values),
        "requires_follow_up": col.booleans(follow_up),
        "follow_up_date": col.dates(reports.due + 60, follow_up),
        "filing_method": col.labels(
            rng.choice(3, n, p=(0.8, 0.15, 0.05)), ("Electronic", "Portal", "Paper")
        ),
        "findings": col.labels(
            np.where(reports.risk >= HIGH, 1, 0),
            ("No exceptions noted", "Exceptions noted; referred for follow up"),
        ),
        "penalty_amount": col.money(rng.integers(5, 200, n) * 10_000, fined),
    }


def _keys(kind: str, numbers: NDArray, which: NDArray) -> pa.Array:
    return keys.key(kind, numbers[np.maximum(which, 0)], which >= 0)
