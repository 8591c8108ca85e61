"""Banks shared by the tests of the generator; nothing here needs a database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from bullion import contract
from bullion.synth.bank import Bank, generate
from bullion.synth.blocks import block_tables, prepared
from bullion.synth.context import BankContext
from bullion.synth.customers.world import Block
from bullion.synth.deltas.book import decoded

SHORT: dict[str, Any] = {"start": "2025-01-01", "end": "2025-06-30"}


@dataclass(frozen=True)
class Sample:
    """A whole bank in memory: its context, its truths as truth.yml has them, all 22 tables, its
    blocks (latent and realised)."""

    context: BankContext
    truths: dict[str, dict[str, Any]]
    tables: dict[str, pa.Table]
    blocks: list[Block]

    def latent(self, name: str) -> dict[str, np.ndarray]:
        """The columns of one truth table over all blocks."""
        parts = [block.latent[name] for block in self.blocks]
        return {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}

    def realised(self, truth: str) -> dict[str, float]:
        """The realised sums of one truth over all blocks."""
        total: dict[str, float] = {}
        for block in self.blocks:
            for name, value in block.realised.get(truth, {}).items():
                total[name] = total.get(name, 0) + value
        return total


def make_sample(
    customers: int = 5000,
    start: dt.date = dt.date(2022, 1, 1),
    end: dt.date = dt.date(2025, 12, 31),
    seed: int = 42,
    null: bool = False,
    without: frozenset[str] = frozenset(),
) -> Sample:
    """A bank in memory, block after block (dictionary-encoded texts are decoded)."""
    bank = prepared(seed, customers, start, end, null, without)
    blocks, parts = [], []
    for number in range(bank.context.blocks):
        tables, block = block_tables(bank, number)
        parts.append({name: decoded(table) for name, table in tables.items()})
        blocks.append(block)
    tables = {name: decoded(table) for name, table in bank.tables.items()}
    tables |= {name: pa.concat_tables([part[name] for part in parts]) for name in parts[0]}
    truths = {truth.id: truth.entry(bank.context) for truth in bank.truths}
    return Sample(bank.context, truths, tables, blocks)


@pytest.fixture(scope="session")
def default_bank() -> Sample:
    """The default bank (5,000 customers, 48 months, seed 42) in memory; about 2 million rows."""
    return make_sample()


@pytest.fixture(scope="session")
def small_bank() -> Sample:
    """1,500 customers (two blocks) over 24 months, in memory."""
    return make_sample(1500, dt.date(2024, 1, 1), dt.date(2025, 12, 31), seed=7)


@pytest.fixture(scope="session")
def bank_with_deltas(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """60 customers, six months, six later extracts, with planted faults, as CSV files."""
    out = tmp_path_factory.mktemp("bank") / "raw"
    return generate(out, customers=60, seed=5, deltas=6, faults=True, workers=1, **SHORT)


def read_file(path: Path) -> pa.Table:
    """One CSV file of a bank, every value as text (empty = null)."""
    names = path.open(encoding="utf-8").readline().rstrip("\n").split(",")
    return pa.csv.read_csv(
        path,
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )


def typed(table: pa.Table, name: str) -> pa.Table:
    """Text columns cast to the contract's types."""
    from bullion.synth.files.columns import arrow_type

    columns = {column.name: arrow_type(column) for column in contract.table(name).columns}
    return pa.table(
        {key: table[key].cast(columns.get(key, pa.string())) for key in table.column_names}
    )
