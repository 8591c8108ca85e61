"""Bad rows of every kind, planted beside the good ones and listed exactly.

Each planted row is a copy of a good row under a key of its own with one thing wrong, so no good
row is touched and only the expected rule can strike. What can be wrong follows from the
contract: closed sets, ranges, required columns, types, required parents; only the order of dates
and the sign of amounts are listed here. Rows that ingest must reject stay under half a percent
of their file, below the share at which a whole file is turned down.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bullion import contract
from bullion.synth.context import BankContext
from bullion.synth.files.columns import arrow_type, plain

REJECTED, QUARANTINED, ACCEPTED = "rejected", "quarantined", "accepted"
MOST_REJECTS = 0.005

DATE_ORDER = (
    ("customers", "date_of_birth", "signup_date"),
    ("customers", "signup_date", "last_login_at"),
    ("accounts", "open_date", "close_date"),
    ("credit_applications", "application_date", "decision_date"),
    ("fraud_alerts", "alert_at", "assigned_at"),
    ("fraud_alerts", "alert_at", "resolved_at"),
    ("marketing_campaigns", "start_date", "end_date"),
    ("atm_locations", "install_date", "last_maintenance_date"),
    ("regulatory_reports", "report_period_start", "report_period_end"),
    ("regulatory_reports", "report_period_start", "filed_date"),
    ("risk_assessments", "assessment_date", "next_review_date"),
)
"""(table, earlier, later): a row whose later column lies before the earlier one is impossible."""

NOT_NEGATIVE = {
    "products": ("min_balance", "monthly_fee"),
    "merchants": ("avg_transaction_amount",),
    "customers": ("annual_income", "number_of_dependents"),
    "accounts": ("credit_limit", "minimum_payment"),
    "transactions": ("velocity_24h", "processing_time_ms"),
    "credit_applications": ("requested_amount", "approved_amount"),
    "fraud_alerts": ("amount_at_risk", "amount_recovered"),
    "customer_interactions": ("duration_minutes", "wait_minutes"),
    "loan_payments": ("scheduled_amount", "actual_amount", "late_fee"),
    "marketing_campaigns": ("budget", "clicks"),
    "branch_locations": ("number_of_employees",),
    "atm_locations": ("max_withdrawal_amount", "surcharge_fee"),
    "regulatory_reports": ("amount_reported",),
    "product_enrollments": ("initial_investment", "monthly_contribution"),
    "account_balances": ("contributions", "fees"),
    "digital_engagement": ("pages_viewed",),
    "advisors": ("clients_count",),
}
"""Amounts and counts that must not be below zero."""

OFF_THE_MAP = ("latitude", "home_latitude")

CONTRADICTIONS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("transactions", "amount", "75.00", {"transaction_type": "Purchase"}),
    ("transactions", "decline_reason", "Expired Card", {"status": "Completed"}),
    ("credit_applications", "decision_date", "2099-01-01", {"decision": "Pending"}),
    ("fraud_alerts", "amount_recovered", "987654321.00", {"investigation_status": "Open"}),
    ("marketing_campaigns", "conversions", "2000000000", {}),
    ("digital_engagement", "experiment_arm", "treatment", {"experiment_id": ""}),
)
"""(table, column, value, what the row must hold): values at odds with the rest of their row."""

OUT_OF_TIME = (
    ("transactions", "late", "transaction_at", "2099-01-01 12:00:00"),
    ("transactions", "range", "transaction_at", "2001-01-01 12:00:00"),
    ("account_balances", "order", "balance_date", "2001-01-31"),
    ("account_balances", "late", "balance_date", "9999-12-31"),
    ("credit_applications", "order", "application_date", "1900-01-01"),
    ("loan_payments", "late", "scheduled_date", "9999-12-31"),
    ("digital_engagement", "early", "engaged_at", "0001-01-01 00:00:00"),
    ("account_events", "late", "event_at", "2204-01-06 10:00:00"),
)
"""(table, kind, column, value): days to come, days before anything that a bank holds, before any
account and before any 18th birthday."""

_SOURCE_OF_VALUE_FAULT = {
    ("credit_applications", "decision"): {"decision": "Declined"},
    ("transactions", "status"): {"status": "Completed"},
}
"""Rows in which a value outside its set contradicts nothing else."""

_UNREADABLE = {
    "date": "2024-02-31",
    "ts": "2024-01-01 25:61:00",
    "money": "99999999999999999999.00",
    "rate": "five percent",
    "score": "high",
    "numeric": "12..5",
    "exchange_rate": "par",
    "int": "twelve",
    "bool": "perhaps",
}


@dataclass
class Fault:
    """One planted row: where it is, what is wrong with it, and what must become of it.

    ``row`` is the record's ordinal in its file (the first record after the header is 1).
    """

    file: str
    row: int
    table: str
    key: dict[str, str]
    kind: str
    column: str
    value: str
    outcome: str
    reason: str


@dataclass
class Planted:
    """What goes behind the good rows of one file: lines, or for Parquet typed rows."""

    lines: bytes = b""
    rows: list[dict[str, str]] = field(default_factory=list)
    last_line: bytes = b""
    count: int = 0


@dataclass(frozen=True)
class _Plan:
    kind: str
    column: str
    outcome: str
    reason: str
    value: str = ""
    change: Callable[[dict[str, str]], str] | None = None
    source: Mapping[str, str] = field(default_factory=dict)


def _before(earlier: str, later_is_time: bool) -> Callable[[dict[str, str]], str]:
    def change(cells: dict[str, str]) -> str:
        day = np.datetime64(cells[earlier][:10]) - 2
        return f"{day} 12:00:00" if later_is_time else str(day)

    return change


def _business_plans(table: contract.Table) -> Iterator[_Plan]:
    for column in table.columns:
        name = column.name
        if column.values:
            source = _SOURCE_OF_VALUE_FAULT.get((table.name, name), {})
            yield _quarantined("value", name, "Not In The Set", source)
        if column.maximum is not None:
            yield _quarantined("range", name, str(column.maximum + 1))
        if name in OFF_THE_MAP:
            yield _quarantined("range", name, "95.5")
        if column.on_missing == "quarantine":
            yield _quarantined("orphan", name, "NEVER-ARRIVES")
    for owner, earlier, later in DATE_ORDER:
        if owner == table.name:
            change = _before(earlier, table.column(later).type == "ts")
            yield _Plan("order", later, QUARANTINED, f"order:{later}", change=change)
    for name in NOT_NEGATIVE.get(table.name, ()):
        yield _quarantined("negative", name, "-125")
    for owner, name, value, source in CONTRADICTIONS:
        if owner == table.name:
            yield _quarantined("identity", name, value, source)
    for owner, kind, name, value in OUT_OF_TIME:
        if owner == table.name:
            yield _quarantined(kind, name, value)


def _quarantined(
    kind: str, column: str, value: str, source: Mapping[str, str] | None = None
) -> _Plan:
    return _Plan(kind, column, QUARANTINED, f"{kind}:{column}", value, source=source or {})


def _reject_plans(table: contract.Table) -> Iterator[_Plan]:
    seen: set[str] = set()
    for column in table.columns:
        if column.name in table.key:
            continue
        if column.required:
            yield _Plan("required", column.name, REJECTED, "required", "")
        if column.type in _UNREADABLE and column.type not in seen:
            seen.add(column.type)
            yield _Plan("type", column.name, REJECTED, "type", _UNREADABLE[column.type])
    yield _Plan("required", table.key[0], REJECTED, "required", "")


def _accepted_plans(table: contract.Table) -> Iterator[_Plan]:
    if table.name == "transactions":
        yield _Plan("duplicate", table.key[0], ACCEPTED, "")
    if table.name == "customer_interactions":
        yield _Plan("quoted line break", "notes", ACCEPTED, "", 'Said: "call back",\nthen hung up')
        yield _Plan("optional parent missing", "product_id", ACCEPTED, "", "PRD-NEVER-ARRIVES")


def _cells(table: pa.Table, row: int) -> dict[str, str]:
    record = table.slice(row, 1)
    return {
        name: plain(record[name].combine_chunks()).cast(pa.string())[0].as_py() or ""
        for name in record.column_names
    }


def _sources(table: pa.Table, plan: _Plan, most: int = 20_000) -> np.ndarray:
    """Rows a plan may copy: what it asks for, and where possible what it spoils, is filled in."""
    head = table.slice(0, most)
    fits = np.ones(head.num_rows, dtype=bool)
    for column, value in plan.source.items():
        wanted = pc.equal(head[column], value) if value else pc.is_null(head[column])
        fits &= np.asarray(pc.fill_null(wanted, False))
    filled = fits & np.asarray(pc.is_valid(head[plan.column]))
    if plan.kind == "order" or filled.any():
        return np.flatnonzero(filled)
    return np.flatnonzero(fits)


def _new_key(cells: dict[str, str], table: contract.Table, number: int) -> dict[str, str]:
    column = table.key[0]
    if len(table.key) > 1 or table.column(column).type != "id":
        return {}
    letters = re.match(r"[A-Za-z]*", cells[column])
    prefix = letters.group() if letters else ""
    return {column: f"{prefix}F{number:07d}"}


def _line(cells: dict[str, str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells.values())
    return text.getvalue().encode()


def plant(
    context: BankContext, tables: dict[str, pa.Table], extract: str, file_format: str
) -> tuple[dict[str, Planted], list[Fault]]:
    """Bad rows for the files of one extract, to be put behind their ``tables`` (good rows).

    Parquet files hold typed values, so what only text can hold wrong is left out there. The one
    ``last_line`` is cut off in mid-line and must end its file; its Fault has row 0 until then.
    """
    planted: dict[str, Planted] = {}
    listed: list[Fault] = []
    for name, rows in tables.items():
        if rows.num_rows == 0:
            continue
        table = contract.table(name)
        rng = context.rng(name, "faults")
        rejects = int(rows.num_rows * MOST_REJECTS) - 1
        plans = [
            *_business_plans(table),
            *_accepted_plans(table),
            *list(_reject_plans(table))[: max(rejects, 0)],
        ]
        mine = planted.setdefault(name, Planted())
        for number, plan in enumerate(plans, start=1):
            if file_format != "csv" and plan.kind == "type":
                continue
            fault = _spoil(table, rows, plan, number, rng, mine, file_format)
            if fault:
                fault.file = f"{extract}/{name}.{file_format}"
                listed.append(fault)
        if name == "digital_engagement" and file_format == "csv" and rejects > 0:
            listed.append(_cut_off(table, rows, rng, mine, f"{extract}/{name}.csv"))
    return planted, listed


def _spoil(
    table: contract.Table,
    rows: pa.Table,
    plan: _Plan,
    number: int,
    rng: np.random.Generator,
    planted: Planted,
    file_format: str,
) -> Fault | None:
    sources = _sources(rows, plan)
    if not len(sources):
        return None
    cells = _cells(rows, int(rng.choice(sources)))
    if plan.kind != "duplicate":
        cells |= _new_key(cells, table, number)
        for code in ("branch_code", "atm_code"):
            if code in cells:
                cells[code] = f"{cells[code]}-F{number}"
        cells[plan.column] = plan.change(cells) if plan.change else plan.value
    if file_format == "csv":
        planted.lines += _line(cells)
    else:
        planted.rows.append(cells)
    planted.count += 1
    return Fault(
        file="",
        row=rows.num_rows + planted.count,
        table=table.name,
        key={column: cells[column] for column in table.key},
        kind=plan.kind,
        column=plan.column,
        value=cells[plan.column],
        outcome=plan.outcome,
        reason=plan.reason,
    )


def _cut_off(
    table: contract.Table, rows: pa.Table, rng: np.random.Generator, planted: Planted, file: str
) -> Fault:
    cells = _cells(rows, int(rng.integers(rows.num_rows)))
    cells |= _new_key(cells, table, 0)
    half = dict(list(cells.items())[: len(cells) // 2])
    planted.last_line = _line(half).rstrip(b"\n")
    return Fault(
        file=file,
        row=0,
        table=table.name,
        key={column: cells[column] for column in table.key},
        kind="truncated",
        column="",
        value=planted.last_line.decode(),
        outcome=REJECTED,
        reason="truncated",
    )


def typed_rows(table: contract.Table, planted: Planted) -> pa.Table:
    """The planted rows as Arrow columns of the contract's types (for Parquet)."""
    return pa.table(
        {
            column.name: pa.array(
                [row[column.name] or None for row in planted.rows], pa.string()
            ).cast(arrow_type(column))
            for column in table.columns
        }
    )


def broken_files() -> dict[str, tuple[bytes, str]]:
    """Whole files that ingest must turn down, by table: their bytes and the kind of fault."""
    key, *rest = contract.table("merchants").column_names
    headerless = ",".join([key, *[name for name in rest if name != "merchant_name"]]) + "\n"
    return {
        "advisors": (b"", "empty"),
        "merchants": (headerless.encode() + b"MER1" + b"," * (len(rest) - 1) + b"\n", "header"),
        "branch_locations": (bytes(range(256)) * 16, "binary"),
    }
