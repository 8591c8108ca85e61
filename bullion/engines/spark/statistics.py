"""The half of a Spark warehouse that DuckDB builds: its statistics, which are small and clever.

Models tagged ``statistics`` are computed by DuckDB over the Parquet files that Spark has written,
in a database of its own that holds nothing else: a view for each table that they read, and what
dbt makes of them. Each table is then written as a Parquet file in a new folder beside Spark's
tables, and Spark's catalogue led there in one statement: a reader sees the old rows or the new, and
who is killed in between has changed nothing that the next build does not make again.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb

from bullion.engines.spark.statements import Statements
from bullion.errors import BullionError

TAG = "statistics"
FILE = "statistics.duckdb"
# Types by the names that Spark has for them; the others have one name on both.
_DUCKDB_TYPES = {"int": "integer", "string": "varchar", "timestamp_ntz": "timestamp"}
_SPARK_TYPES = {duckdbs: sparks for sparks, duckdbs in _DUCKDB_TYPES.items()}
# The column that lays a table out in folders is no column of its files.
_PARTITION = "_partition"


@dataclass(frozen=True)
class Column:
    """A column as Spark has it."""

    name: str
    type: str
    comment: str = ""

    @property
    def declared(self) -> str:
        """As ``create table`` wants it."""
        said = f" comment {_literal(self.comment)}" if self.comment else ""
        return f"`{self.name}` {self.type}{said}"


@dataclass(frozen=True)
class Table:
    """A table as Spark's catalogue has it: its columns, its folder, and those of its partitions."""

    columns: Sequence[Column]
    folder: Path
    partitions: Sequence[str] | None = None

    def files(self) -> list[str]:
        """The Parquet files that hold its rows."""
        folders = [self.folder]
        if self.partitions is not None:
            folders = [self.folder / partition for partition in self.partitions]
        return [str(file) for folder in folders for file in sorted(folder.glob("*.parquet"))]


def others(manifest: Any) -> list[str]:
    """The names of the models and seeds that are Spark's half."""
    return [
        node.name
        for node in manifest.nodes.values()
        if node.resource_type in ("model", "seed") and TAG not in node.tags
    ]


@contextmanager
def statistics_database(run: Statements, manifest: Any, folder: Path) -> Iterator[Path]:
    """A DuckDB database in ``folder`` in which dbt can build the statistics of its manifest.

    What dbt has built when the context ends, well or not, is given to Spark; the folder goes.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / FILE
    catalogue = _Catalogue(run)
    try:
        with closing(duckdb.connect(path)) as connection:
            for schema, name in _read(manifest):
                _show(connection, catalogue, schema, name)
        try:
            yield path
        finally:
            with closing(duckdb.connect(path)) as connection:
                for schema, name in _built(connection, manifest):
                    _publish(connection, catalogue, schema, name)
    finally:
        shutil.rmtree(folder)


def _statistics(manifest: Any) -> dict[str, Any]:
    return {
        name: node
        for name, node in manifest.nodes.items()
        if node.resource_type == "model" and TAG in node.tags
    }


def _read(manifest: Any) -> set[tuple[str, str]]:
    """Schema and name of what statistics and their tests read, and of themselves as they stand."""
    own = _statistics(manifest)
    found = set(own)
    for name, node in manifest.nodes.items():
        parents = set(node.depends_on.nodes) if node.resource_type in ("model", "test") else set()
        if name in own or parents & own.keys():
            found |= parents
    nodes = [manifest.nodes[name] for name in found if name in manifest.nodes]
    return {(node.schema, node.alias) for node in nodes}


def _show(
    connection: duckdb.DuckDBPyConnection, catalogue: _Catalogue, schema: str, name: str
) -> None:
    """Make a view of a table of Spark's, if it stands."""
    table = catalogue.table(schema, name)
    if table is None:
        return
    typed = ", ".join(
        f'cast("{column.name}" as {_DUCKDB_TYPES.get(column.type, column.type)}) as "{column.name}"'
        for column in table.columns
    )
    files = ", ".join(map(_literal, table.files()))
    rows = f"read_parquet([{files}], hive_partitioning = false)"
    if not files:
        # Spark writes no file for a table without rows.
        empty = ", ".join(f'null as "{column.name}"' for column in table.columns)
        rows = f"(select {empty} where false)"
    connection.execute(f'create schema if not exists "{schema}"')
    connection.execute(f'create view "{schema}"."{name}" as select {typed} from {rows}')


def _built(connection: duckdb.DuckDBPyConnection, manifest: Any) -> Iterator[tuple[str, str]]:
    found = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    for node in _statistics(manifest).values():
        if (node.schema, node.alias) in found:
            yield node.schema, node.alias


def _publish(
    connection: duckdb.DuckDBPyConnection, catalogue: _Catalogue, schema: str, name: str
) -> None:
    """Write a table where Spark's readers find it, and lead them there."""
    place = catalogue.schema_folder(schema) / name
    folder = place / str(time.time_ns())
    folder.mkdir(parents=True)
    file = _literal(str(folder / "rows.parquet"))
    connection.execute(f'copy "{schema}"."{name}" to {file} (format parquet)')
    columns = [
        Column(column, _SPARK_TYPES.get(kind.lower(), kind.lower()), comment or "")
        for column, kind, comment in connection.execute(
            "select column_name, data_type, comment from duckdb_columns()"
            " where schema_name = ? and table_name = ? order by column_index",
            [schema, name],
        ).fetchall()
    ]
    [(comment,)] = connection.execute(
        "select comment from duckdb_tables() where schema_name = ? and table_name = ?",
        [schema, name],
    ).fetchall()
    standing = catalogue.table(schema, name)
    if standing is not None and standing.columns == columns:
        catalogue.run(f"alter table {schema}.{name} set location {_literal(str(folder))}")
    else:
        catalogue.run(f"drop table if exists {schema}.{name}")
        catalogue.run(
            f"create table {schema}.{name} ({', '.join(column.declared for column in columns)})"
            f" using parquet location {_literal(str(folder))} comment {_literal(comment or '')}"
        )
    # The folder of before stays until the next build, for who is still reading it.
    kept = {folder, standing.folder if standing else folder}
    for other in place.iterdir():
        if other not in kept:
            shutil.rmtree(other) if other.is_dir() else other.unlink()


@dataclass(frozen=True)
class _Catalogue:
    """What Spark knows of its tables."""

    run: Statements

    def schema_folder(self, schema: str) -> Path:
        """The folder of a schema's tables."""
        described = {row[0]: row[1] for row in self.run(f"describe schema {schema}")}
        return _folder(described["Location"])

    def table(self, schema: str, name: str) -> Table | None:
        """A table; None where there is none, or a view, whose rows are in no file."""
        if not self._has(f"show schemas like '{schema}'"):
            return None
        if not self._has(f"show tables in {schema} like '{name}'"):
            return None
        rows = self.run(f"describe table extended {schema}.{name}")
        names = [row[0] for row in rows]
        end = next(number for number, name in enumerate(names) if not name or name.startswith("#"))
        details = {row[0]: row[1] for row in rows[end:]}
        if details["Type"] == "VIEW":
            return None
        if details.get("Provider", "parquet") != "parquet":
            raise BullionError(
                f"{schema}.{name} is no plain Parquet but {details['Provider']}, which DuckDB"
                " cannot read for its statistics: 'dbt build --target spark' builds what is Spark's"
                " alone."
            )
        columns = [
            Column(row[0], row[1], row[2] or "") for row in rows[:end] if row[0] != _PARTITION
        ]
        partitions = None
        if "# Partition Information" in names:
            partitions = [row[0] for row in self.run(f"show partitions {schema}.{name}")]
        return Table(columns, _folder(details["Location"]), partitions)

    def _has(self, question: str) -> bool:
        return bool(self.run(question))


def _folder(location: str) -> Path:
    """A place in Spark's words as a folder; BullionError where it is not in the file system."""
    parts = urlsplit(location)
    if parts.scheme not in ("", "file"):
        raise BullionError(
            f"Spark keeps its tables at {location}, where DuckDB cannot write its statistics beside"
            " them: let spark.sql.warehouse.dir be a folder that this machine sees too."
        )
    return Path(unquote(parts.path))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
