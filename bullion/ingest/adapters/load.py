"""Runs a mapping: source files into DuckDB as text, one SELECT a table, then the normal checks."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from bullion.contract import load_contract
from bullion.errors import BullionError
from bullion.ingest.adapters.mapping import (
    Mapping,
    SourceFile,
    TableMapping,
    mapping_path,
    read_mapping,
)
from bullion.ingest.checking.rejects import Reject
from bullion.ingest.destination import Destination
from bullion.ingest.discovery import end_of_day
from bullion.ingest.loader import FileOutcome, LoadOptions, load_reader
from bullion.ingest.reading.batch import RawBatch
from bullion.ingest.reading.csv_reader import CsvReader
from bullion.ingest.reading.header import sniff_delimiter, split_line
from bullion.ingest.reading.source import detect_encoding, open_source
from bullion.ingest.run import LoadReport, open_destination

_ROW = "_source_row"
_ROWS_PER_BATCH = 20_000


def load_adapter(
    name: str,
    path: Path,
    options: LoadOptions,
    extracted_at: datetime | None = None,
    lake: Path | None = None,
) -> LoadReport:
    """Load a third-party source by its mapping; each table is one file's batch.

    ``path`` is the source's folder, or its file where the source is one file. Raises BullionError
    when the mapping or one of its files is not there, or when its SQL fails.
    """
    mapping = read_mapping(name)
    adapter = mapping_path(name).stem
    with tempfile.TemporaryDirectory(prefix="bullion-adapter-") as folder:
        database = duckdb.connect(f"{folder}/files.duckdb", config={"threads": 2})
        with database, open_destination(lake) as (destination, report):
            database.execute("set TimeZone = 'UTC'")
            files = {
                source_name: _SourceTable(source_name, source, adapter, path)
                for source_name, source in mapping.sources.items()
            }
            for source_table in files.values():
                source_table.read_into(database)
            moment = extracted_at or _extract_time(database, adapter, mapping)
            for table_name in sorted(mapping.tables, key=list(load_contract()).index):
                mapped = _MappedTable(adapter, table_name, mapping.tables[table_name])
                report.outcomes.append(
                    _load_table(destination, database, mapped, files, moment, options)
                )
    return report


@dataclass(frozen=True)
class _MappedTable:
    """One table of the contract as the mapping makes it; ``place`` names both in messages."""

    adapter: str
    name: str
    mapping: TableMapping

    @property
    def place(self) -> str:
        return f"The mapping {self.adapter}, table {self.name}"


class _SourceTable:
    """One source file, read as text with the readers of ``bullion load``."""

    def __init__(self, name: str, source: SourceFile, adapter: str, path: Path) -> None:
        self.name = name
        self.path = _find(source, path)
        self.source_file = f"{adapter}/{self.path.name}"
        self.rejects: list[Reject] = []
        self.hash = ""
        self.note: str | None = None
        self._source = source
        self._columns: list[str] = []

    def read_into(self, database: duckdb.DuckDBPyConnection) -> None:
        """Make the table ``sources.<name>`` of text columns and ``_source_row``."""
        opened = detect_encoding(open_source(self.path, self._source.encoding))
        self.note = opened.note
        reader = CsvReader(opened, self._match)
        database.execute("create schema if not exists sources")
        created = False
        for batch in reader.batches():
            self.rejects += batch.rejects
            rows = pa.table({_ROW: batch.ordinals, **batch.columns})
            relation = database.from_arrow(rows)
            if created:
                relation.insert_into(f"sources.{self.name}")
            else:
                relation.create(f"sources.{self.name}")
                created = True
        if not created:
            empty = pa.table({_ROW: pa.array([], pa.int64())} | dict.fromkeys(self._columns, _TEXT))
            database.from_arrow(empty).create(f"sources.{self.name}")
        self.hash = opened.content_hash()

    def _match(self, line: str) -> tuple[str, Sequence[str]]:
        delimiter = self._source.delimiter or sniff_delimiter(line, ())
        self._columns = [field.strip() for field in split_line(line, delimiter)]
        return delimiter, self._columns


_TEXT = pa.array([], pa.string())


class _MappedReader:
    """The rows of one SELECT as record batches; broken records of its first source are rejects."""

    def __init__(self, database: duckdb.DuckDBPyConnection, sql: str, main: _SourceTable) -> None:
        self.notes: list[str] = [] if main.note is None else [main.note]
        self._database = database
        self._sql = sql
        self._main = main

    def content_hash(self) -> str:
        """Not asked for: the batch's hash is that of all sources that it reads."""
        return self._main.hash

    def batches(self) -> Iterator[RawBatch]:
        relation = self._database.sql(self._sql)
        names = relation.columns
        if _ROW not in names:
            relation = self._database.sql(
                f"select *, row_number() over () as {_ROW} from ({self._sql})"
            )
        relation = relation.order(_ROW)
        rejects = self._main.rejects
        reader = relation.to_arrow_reader(_ROWS_PER_BATCH)
        for batch in reader:
            columns = {
                name: column
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
                if name != _ROW
            }
            yield RawBatch(
                columns,
                batch.column(_ROW).cast(pa.int64()),
                lambda positions, batch=batch: [  # type: ignore[misc]
                    (None, json.dumps(batch.slice(position, 1).to_pylist()[0], default=str))
                    for position in positions
                ],
                rejects,
            )
            rejects = []
        if rejects:
            nothing = pa.array([], pa.int64())
            yield RawBatch({}, nothing, lambda _: [], rejects)


def _load_table(
    destination: Destination,
    database: duckdb.DuckDBPyConnection,
    mapped: _MappedTable,
    files: dict[str, _SourceTable],
    extracted_at: datetime,
    options: LoadOptions,
) -> FileOutcome:
    reads, sql = mapped.mapping.reads, mapped.mapping.sql
    main = files[reads[0]]
    outcome = FileOutcome(main.source_file, mapped.name, extracted_at=extracted_at)
    _show_only(database, reads)
    reader = _MappedReader(database, sql, main)
    digest = hashlib.sha256("".join(files[name].hash for name in reads).encode())
    try:
        _require_contract_columns(database, mapped)
        load_reader(destination, outcome, reader, digest.hexdigest(), options)
    except duckdb.Error as error:
        raise BullionError(f"{mapped.place}: {_first_line(error)}") from error
    return outcome


def _require_contract_columns(database: duckdb.DuckDBPyConnection, mapped: _MappedTable) -> None:
    allowed = {*load_contract()[mapped.name].column_names, "_op", _ROW}
    unknown = [name for name in database.sql(mapped.mapping.sql).columns if name not in allowed]
    if unknown:
        raise BullionError(
            f"{mapped.place}: its SELECT has the columns {', '.join(unknown)}, which the contract "
            "does not have."
        )


def _show_only(database: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """Let a SELECT see just the sources that it has declared."""
    database.execute("set schema = 'main'")
    database.execute("drop schema if exists visible cascade")
    database.execute("create schema visible")
    for name in names:
        database.execute(f"create view visible.{name} as select * from sources.{name}")
    database.execute("set schema = 'visible'")


def _extract_time(database: duckdb.DuckDBPyConnection, adapter: str, mapping: Mapping) -> datetime:
    _show_only(database, list(mapping.sources))
    try:
        row = database.execute(mapping.extracted_at).fetchone()
    except duckdb.Error as error:
        raise BullionError(f"The mapping {adapter}, extracted_at: {_first_line(error)}") from error
    value = row[0] if row else None
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return end_of_day(value)
    raise BullionError(
        f"The mapping {adapter} finds no newest event in the files: say --extracted-at."
    )


def _find(source: SourceFile, path: Path) -> Path:
    if path.is_file():
        return path
    wanted = source.file.lower()
    found = sorted(
        candidate
        for candidate in (path.iterdir() if path.is_dir() else [])
        if candidate.name.lower().removesuffix(".gz") == wanted
    )
    if not found:
        raise BullionError(f"{path / source.file} is not there: give the folder that holds it.")
    return found[0]


def _first_line(error: duckdb.Error) -> str:
    return str(error).strip().splitlines()[0]
