"""The bronze contract, read from its one home ``models/bronze/_bronze__sources.yml``."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR

if TYPE_CHECKING:
    from bullion.contract_file import ColumnEntry, TableEntry

CONTRACT_FILE = PROJECT_DIR / "models" / "bronze" / "_bronze__sources.yml"

METADATA_COLUMNS = (
    "_batch_id",
    "_extracted_at",
    "_loaded_at",
    "_source_file",
    "_source_row",
    "_op",
)


@dataclass(frozen=True)
class Column:
    """One column of the contract.

    ``type`` is the contract type (id, text, date, ts, money, rate, score, numeric, int, bool),
    ``data_type`` its PostgreSQL type. ``minimum``, ``maximum`` and ``values`` are business
    rules: a value outside them is accepted by ingest and quarantined by silver. ``time`` says of a
    date or ts what may stand there: ``past`` nothing later than the extract, ``planned`` also what
    lies ahead, ``end`` that and a far day for an open end, ``birth`` a day of birth.
    """

    name: str
    type: str
    data_type: str
    required: bool = False
    pii: bool = False
    references: str | None = None
    on_missing: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    values: tuple[str, ...] = ()
    time: str | None = None
    description: str = ""


@dataclass(frozen=True)
class Table:
    """One raw table: its columns in order, its natural key and its event-time column."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    event_time: str | None = None
    description: str = ""

    @property
    def column_names(self) -> list[str]:
        """Names of the contract columns, in order (metadata columns are not among them)."""
        return [column.name for column in self.columns]

    @property
    def money_columns(self) -> list[str]:
        """Names of the columns whose totals are controlled."""
        return [column.name for column in self.columns if column.type == "money"]

    @property
    def past_columns(self) -> list[str]:
        """Names of the columns that no extract can hold a later moment in than its own."""
        return [column.name for column in self.columns if column.time == "past"]

    def column(self, name: str) -> Column:
        """The column of that name; raises BullionError when the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise BullionError(f"The contract's table {self.name} has no column {name}.")


@functools.cache
def load_contract(path: Path = CONTRACT_FILE) -> dict[str, Table]:
    """All contract tables by name, in the file's order.

    Raises BullionError naming the line and the field when the file is no contract.
    """
    # Here, because pydantic is slow to import: only who reads the contract waits for it.
    from bullion.contract_file import ContractFile
    from bullion.documents import read_document

    (source,) = read_document(path, ContractFile).sources
    return {entry.name: _table(entry) for entry in source.tables}


def _table(entry: TableEntry) -> Table:
    return Table(
        name=entry.name,
        key=entry.config.meta.key,
        columns=tuple(_column(column) for column in entry.columns),
        event_time=entry.config.meta.event_time,
        description=entry.description,
    )


def _column(entry: ColumnEntry) -> Column:
    # How silver cleans a column is for dbt alone.
    said = entry.config.meta.model_dump(exclude={"clean"})
    return Column(entry.name, data_type=entry.data_type, description=entry.description, **said)


def table(name: str) -> Table:
    """One table of the contract; raises BullionError naming the 22 known ones."""
    tables = load_contract()
    if name not in tables:
        raise BullionError(
            f"'{name}' is not a table of the bronze contract; known: {', '.join(tables)}."
        )
    return tables[name]
