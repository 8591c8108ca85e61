"""Runs a mapping: source files into DuckDB as text, one SELECT a table, then the normal checks."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import duckdb

from bullion.contract import Table, load_contract
from bullion.errors import BullionError
from bullion.ingest.adapters.mapping import Mapping, TableMapping, mapping_path, read_mapping
from bullion.ingest.adapters.rows import MappedReader
from bullion.ingest.adapters.sandbox import first_line, limited, lock, open_sandbox
from bullion.ingest.adapters.sources import FILE, ROW, SourceTable, find_files
from bullion.ingest.destination import Destination
from bullion.ingest.discovery import end_of_day, require_past
from bullion.ingest.loader import FileOutcome, LoadOptions, load_reader
from bullion.ingest.reading.header import OPERATION
from bullion.ingest.run import LoadReport, open_destination


def load_adapter(
    name: str,
    path: Path,
    options: LoadOptions,
    extracted_at: datetime | None = None,
    lake: Path | None = None,
) -> LoadReport:
    """Load a third-party source by its mapping; each table is one file's batch.

    ``path`` is the source's folder, or its file where the source is one file. Raises BullionError
    when the mapping or one of its files is not there, or when its SQL names what is not there; a
    table on whose values it fails as a whole is an outcome that failed.
    """
    mapping = read_mapping(name)
    adapter = mapping_path(name).stem
    files = find_files(mapping.sources, path)
    with tempfile.TemporaryDirectory(prefix="bullion-adapter-") as folder:
        database = open_sandbox(Path(folder))
        with database, open_destination(lake) as (destination, report):
            sources = {
                name: SourceTable(name, source, adapter, files[name])
                for name, source in mapping.sources.items()
            }
            for source in sources.values():
                source.read_into(database)
            lock(database)
            moment = extracted_at or _extract_time(database, adapter, mapping)
            for table_name in sorted(mapping.tables, key=list(load_contract()).index):
                mapped = _MappedTable(
                    adapter, load_contract()[table_name], mapping.tables[table_name]
                )
                report.outcomes.append(
                    _load_table(destination, database, mapped, sources, moment, options)
                )
    return report


@dataclass(frozen=True)
class _MappedTable:
    """One table of the contract as the mapping makes it; ``place`` names both in messages."""

    adapter: str
    table: Table
    mapping: TableMapping

    @property
    def place(self) -> str:
        return f"The mapping {self.adapter}, table {self.table.name}"


def _load_table(
    destination: Destination,
    database: duckdb.DuckDBPyConnection,
    mapped: _MappedTable,
    sources: dict[str, SourceTable],
    extracted_at: datetime,
    options: LoadOptions,
) -> FileOutcome:
    reads, sql = mapped.mapping.reads, mapped.mapping.sql
    main = sources[reads[0]]
    outcome = FileOutcome(main.source_file, mapped.table.name, extracted_at=extracted_at)
    _show_only(database, reads)
    _require_contract_columns(database, mapped, sql)
    reader = MappedReader(database, sql, main, mapped.table, mapped.place)
    digest = hashlib.sha256("".join(sources[name].hash for name in reads).encode()).hexdigest()
    style = replace(options.style, decimal=main.decimal, date_format=main.date_format)
    load_reader(destination, outcome, reader, digest, replace(options, style=style))
    return outcome


def _require_contract_columns(
    database: duckdb.DuckDBPyConnection, mapped: _MappedTable, sql: str
) -> None:
    try:
        found = database.execute(f"describe\n{sql}").fetchall()
    except duckdb.Error as error:
        raise BullionError(f"{mapped.place}: {first_line(error)}") from error
    kinds = {name: kind for name, kind, *_ in found}
    allowed = {*mapped.table.column_names, OPERATION, ROW, FILE}
    unknown = [name for name in kinds if name not in allowed]
    if unknown:
        raise BullionError(
            f"{mapped.place}: its SELECT has the columns {', '.join(unknown)}, which the contract "
            "does not have."
        )
    unsaid = [
        column.name
        for column in mapped.table.columns
        if (column.name in mapped.table.key or (column.required and OPERATION not in kinds))
        and kinds.get(column.name, _UNTYPED) == _UNTYPED
    ]
    if unsaid:
        raise BullionError(
            f"{mapped.place}: its SELECT does not say what {', '.join(unsaid)} is, which the "
            "contract requires."
        )


# DuckDB's type of a bare null.
_UNTYPED = '"NULL"'


def _show_only(database: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """Let a SELECT see just the sources that it has declared."""
    found = database.execute(
        "select view_name from duckdb_views() where schema_name = 'visible'"
    ).fetchall()
    for (name,) in found:
        database.execute(f"drop view visible.{name}")
    for name in names:
        database.execute(f"create view visible.{name} as select * from sources.{name}")


def _extract_time(database: duckdb.DuckDBPyConnection, adapter: str, mapping: Mapping) -> datetime:
    _show_only(database, list(mapping.sources))
    try:
        with limited(database, f"The mapping {adapter}, extracted_at"):
            row = database.execute(mapping.extracted_at).fetchone()
    except duckdb.Error as error:
        raise BullionError(f"The mapping {adapter}, extracted_at: {first_line(error)}") from error
    value = row[0] if row else None
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else end_of_day(value)
        return require_past(moment, f"The mapping {adapter}: the extract that extracted_at finds")
    raise BullionError(
        f"The mapping {adapter} finds no newest event in the files: say --extracted-at."
    )
