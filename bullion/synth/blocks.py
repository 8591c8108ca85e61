"""One block of customers, from random streams to part files; this is what a worker runs."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from bullion import contract
from bullion.synth import faults, life, transactions
from bullion.synth.context import BankContext, BankPlan
from bullion.synth.customers.world import Block
from bullion.synth.deltas import split
from bullion.synth.deltas.book import Extract, decoded
from bullion.synth.files import writer
from bullion.synth.files.columns import to_table
from bullion.synth.files.parts import FOLDER, BlockJob, BlockReport, Part
from bullion.synth.market.currencies import rates_table
from bullion.synth.money.attempts import World
from bullion.synth.planted import PlantedTruth
from bullion.synth.truth.registry import planted_truths


@dataclass(frozen=True)
class PreparedBank:
    """What the blocks of one bank share, and its global tables."""

    context: BankContext
    world: World
    tables: dict[str, pa.Table]

    @property
    def truths(self) -> tuple[PlantedTruth, ...]:
        """What is planted in it."""
        return planted_truths(self.context, self.world)


@functools.lru_cache(maxsize=1)
def prepared(
    seed: int,
    customers: int,
    start: dt.date,
    end: dt.date,
    null: bool,
    without: frozenset[str],
    currencies: tuple[str, ...] = (),
) -> PreparedBank:
    """The bank's context with everything its blocks share, and its global tables.

    Kept for the next block of the same bank in this process.
    """
    plan = BankPlan(
        seed=seed,
        customers=customers,
        start=start,
        end=end,
        null=null,
        without=without,
        currencies=currencies,
    )
    context, columns = life.prepare(plan)
    world, more = transactions.prepare(context)
    columns |= more
    return PreparedBank(context, world, {name: to_table(name, columns[name]) for name in columns})


def block_tables(bank: PreparedBank, number: int) -> tuple[dict[str, pa.Table], Block]:
    """The tables of one block as of the bank's end, in contract order, and the block itself."""
    block, columns = life.build_block(bank.context, number)
    columns |= transactions.build_transactions(bank.context, bank.world, block)
    columns["accounts"] = life.accounts_table(bank.context, block)
    return {name: to_table(name, columns[name]) for name in columns}, block


def make_block(job: BlockJob) -> BlockReport:
    """Make one block and write its parts of every file of every extract.

    The first block also writes the global tables and carries the bank's truths and faults.
    """
    bank = prepared(
        job.seed, job.customers, job.start, job.end, job.null, job.without, job.currencies
    )
    context = bank.context
    tables, block = block_tables(bank, job.number)
    report = BlockReport(job.number, realised=block.realised)
    if job.number == 0:
        tables = bank.tables | tables
        report.truths = bank.truths
    later: list[Extract] = []
    if job.deltas:
        tables, later, changes = split.split(context, job.number, tables, job.deltas)
        _leave(job, report, FOLDER, "delta_changes", changes)
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
        if job.number == 0 and job.currencies:
            quoted = rates_table(context, context.end_day + day, context.end_day + day)
            extract["exchange_rates"] = to_table("exchange_rates", quoted)
        date = (context.end + dt.timedelta(days=day)).isoformat()
        for name in contract.load_contract():
            if name in extract:
                _leave(job, report, date, name, extract[name])
    for name, latent in block.latent.items():
        columns = {column: pa.array(np.asarray(values)) for column, values in latent.items()}
        _leave(job, report, FOLDER, name, pa.table(columns))
    return report


def _leave(
    job: BlockJob,
    report: BlockReport,
    extract: str,
    name: str,
    table: pa.Table,
    spoiled: faults.Planted | None = None,
) -> None:
    file_format = "arrow" if extract == FOLDER else job.file_format
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
