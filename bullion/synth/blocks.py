"""One block of customers, from random streams to part files; this is what a worker runs."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from bullion import contract
from bullion.synth import core, deltas, faults, transactions, truth_file, writer
from bullion.synth.book import Extract, decoded
from bullion.synth.columns import to_table
from bullion.synth.context import BankContext


@dataclass(frozen=True)
class Job:
    """Everything a worker needs to make one block, and where to leave it."""

    seed: int
    customers: int
    start: dt.date
    end: dt.date
    null: bool
    without: frozenset[str]
    deltas: int
    faults: bool
    file_format: str
    number: int
    parts: Path


@dataclass(frozen=True)
class Part:
    """One part file: the rows of one block for one file of the bank."""

    extract: str
    table: str
    columns: tuple[str, ...]
    rows: int
    path: Path


@dataclass
class BlockReport:
    """What a block wrote, in file order, and what is true about it.

    ``last_lines``: bytes that must end a table's file in the first extract, without a line break;
    ``changes``: by extract date, how many changes of each kind ("table: kind") it brought.
    """

    number: int
    parts: list[Part] = field(default_factory=list)
    truth: dict[str, dict[str, object]] = field(default_factory=dict)
    realised: dict[str, dict[str, float]] = field(default_factory=dict)
    faults: list[faults.Fault] = field(default_factory=list)
    last_lines: dict[str, bytes] = field(default_factory=dict)
    changes: dict[str, dict[str, int]] = field(default_factory=dict)

    def rows_by_table(self) -> dict[str, int]:
        """Rows of this block by table, over all extracts."""
        rows: dict[str, int] = {}
        for part in self.parts:
            if part.extract == truth_file.FOLDER:
                continue
            rows[part.table] = rows.get(part.table, 0) + part.rows
        return rows


@functools.lru_cache(maxsize=1)
def prepared(
    seed: int,
    customers: int,
    start: dt.date,
    end: dt.date,
    null: bool,
    without: frozenset[str],
) -> tuple[BankContext, dict[str, pa.Table]]:
    """The bank's context with everything its blocks share, and its global tables.

    Kept for the next block of the same bank in this process.
    """
    context = BankContext(
        seed=seed, customers=customers, start=start, end=end, null=null, without=without
    )
    columns = core.prepare(context) | transactions.prepare(context)
    return context, {name: to_table(name, columns[name]) for name in columns}


def block_tables(context: BankContext, number: int) -> tuple[dict[str, pa.Table], core.Block]:
    """The tables of one block as of the bank's end, in contract order, and the block itself."""
    block, columns = core.build_block(context, number)
    columns |= transactions.build_transactions(context, block)
    columns["accounts"] = core.accounts_table(context, block)
    return {name: to_table(name, columns[name]) for name in columns}, block


def make_block(job: Job) -> BlockReport:
    """Make one block and write its parts of every file of every extract.

    The first block also writes the global tables and carries the planted faults.
    """
    context, shared = prepared(job.seed, job.customers, job.start, job.end, job.null, job.without)
    tables, block = block_tables(context, job.number)
    if job.number == 0:
        tables = shared | tables
    report = BlockReport(job.number, truth=context.truth, realised=block.realised)
    later: list[Extract] = []
    if job.deltas:
        tables, later, changes = deltas.split(context, job.number, tables, job.deltas)
        _leave(job, report, truth_file.FOLDER, "delta_changes", changes)
        for date, name, _, kind in zip(*changes.to_pydict().values(), strict=True):
            counts = report.changes.setdefault(date, {})
            counts[f"{name}: {kind}"] = counts.get(f"{name}: {kind}", 0) + 1
    first = context.end.isoformat()
    spoiled: dict[str, faults.Planted] = {}
    if job.faults and job.number == 0:
        spoiled, report.faults = faults.plant(context, tables, first, job.file_format)
    for name in contract.load_contract():
        if name in tables:
            _leave(job, report, first, name, tables[name], spoiled.get(name))
    for day, extract in enumerate(later, start=1):
        date = (context.end + dt.timedelta(days=day)).isoformat()
        for name in contract.load_contract():
            if name in extract:
                _leave(job, report, date, name, extract[name])
    for name, latent in block.latent.items():
        columns = {column: pa.array(np.asarray(values)) for column, values in latent.items()}
        _leave(job, report, truth_file.FOLDER, name, pa.table(columns))
    return report


def _leave(
    job: Job,
    report: BlockReport,
    extract: str,
    name: str,
    table: pa.Table,
    spoiled: faults.Planted | None = None,
) -> None:
    file_format = "arrow" if extract == truth_file.FOLDER else job.file_format
    path = job.parts / f"{extract}.{name}.{job.number:06d}"
    rows = table.num_rows
    if spoiled and spoiled.rows:
        typed = faults.typed_rows(contract.table(name), spoiled)
        table = pa.concat_tables([decoded(table), typed])
    writer.write_part(path, table, file_format)
    if spoiled:
        rows += spoiled.count
        if spoiled.lines:
            with path.open("ab") as sink:
                sink.write(spoiled.lines)
        if spoiled.last_line:
            report.last_lines[name] = spoiled.last_line
    report.parts.append(Part(extract, name, tuple(table.column_names), rows, path))
