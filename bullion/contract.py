"""The bronze contract, read from its one home ``models/bronze/_bronze__sources.yml``."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import yaml

from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR

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
    rules: a value outside them is accepted by ingest and quarantined by silver.
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

    def column(self, name: str) -> Column:
        """The column of that name; raises BullionError when the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise BullionError(f"The contract's table {self.name} has no column {name}.")


def _read_column(raw: dict) -> Column:
    meta = raw["config"]["meta"]
    return Column(
        name=raw["name"],
        type=meta["type"],
        data_type=raw["data_type"],
        required=meta.get("required", False),
        pii=meta.get("pii", False),
        references=meta.get("references"),
        on_missing=meta.get("on_missing"),
        minimum=None if "min" not in meta else Decimal(str(meta["min"])),
        maximum=None if "max" not in meta else Decimal(str(meta["max"])),
        values=tuple(str(value) for value in meta.get("values", ())),
        description=raw.get("description", ""),
    )


@functools.cache
def load_contract(path: Path = CONTRACT_FILE) -> dict[str, Table]:
    """All contract tables by name, in the file's order."""
    source = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"][0]
    tables = {}
    for raw in source["tables"]:
        meta = raw["config"]["meta"]
        tables[raw["name"]] = Table(
            name=raw["name"],
            key=tuple(meta["key"]),
            columns=tuple(_read_column(column) for column in raw["columns"]),
            event_time=meta.get("event_time"),
            description=raw.get("description", ""),
        )
    return tables


def table(name: str) -> Table:
    """One table of the contract; raises BullionError naming the 22 known ones."""
    tables = load_contract()
    if name not in tables:
        raise BullionError(
            f"'{name}' is not a table of the bronze contract; known: {', '.join(tables)}."
        )
    return tables[name]
