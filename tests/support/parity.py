"""Whether two engines hold the same warehouse: every table and view, row by row.

A side is anything that lists its relations and gives each as an Arrow table. Integers, decimals,
text, dates, timestamps and booleans must be equal, doubles to 1e-9 of the larger (or both below
1e-9); a column must be of the same kind on both sides.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
from psycopg import sql

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

SCHEMAS = ("silver", "gold", "gold_pii")
# What a build notes about itself rather than about the bank.
UNCOMPARED = {"build_log", "int_touched_accounts", "int_touched_customers"}
UNCOMPARED_COLUMNS = {"int_account_openings": "_shifted_batch_id"}
# A column that only partitions a table's files begins so.
PARTITION_PREFIX = "_partition"
TOLERANCE = 1e-9
SHOWN_ROWS = 3
_PAIRED_ROWS = 100

# The kind of a column by its type's name on any of the engines (without precision, lower case).
KINDS = {
    "tinyint": "integer",
    "smallint": "integer",
    "int": "integer",
    "integer": "integer",
    "bigint": "integer",
    "hugeint": "integer",
    "decimal": "decimal",
    "numeric": "decimal",
    "double": "double",
    "double precision": "double",
    "string": "text",
    "text": "text",
    "varchar": "text",
    "character varying": "text",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp_ntz": "timestamp",
    "timestamp without time zone": "timestamp",
    "boolean": "boolean",
}
# How a kind is read, so that equal values are equal text; doubles are compared as numbers.
_READ_AS = {"integer": "bigint", "date": "date", "timestamp": "timestamp", "boolean": "boolean"}

Columns = dict[str, str]


class Side(Protocol):
    """One engine's warehouse."""

    name: str

    def relations(self) -> dict[str, Columns]:
        """Tables and views as schema.name (the schema without its suffix), with their columns'
        kinds."""

    def rows(self, relation: str) -> pa.Table:
        """All rows of one of them."""


def kind_of(type_name: str) -> str:
    """The kind of a column type; the name itself where it is none that models may use."""
    return KINDS.get(type_name.lower().split("(")[0].strip(), type_name)


def is_compared(name: str, column: str) -> bool:
    """Whether a relation's column is compared: not what a build or an engine notes for itself."""
    noted = name in UNCOMPARED or column == UNCOMPARED_COLUMNS.get(name)
    return not noted and not column.startswith(PARTITION_PREFIX)


@dataclass
class PostgresSide:
    """The warehouse of a PostgreSQL connection."""

    connection: psycopg.Connection[Any]
    schemas: Sequence[str] = SCHEMAS
    suffix: str = ""
    name: str = "PostgreSQL"

    def relations(self) -> dict[str, Columns]:
        """Tables and views with their columns' kinds, as they were when first asked for."""
        return self._relations

    @cached_property
    def _relations(self) -> dict[str, Columns]:
        found = self.connection.execute(
            "select table_schema, table_name, column_name, data_type"
            " from information_schema.columns where table_schema = any(%s)"
            " order by 1, 2, ordinal_position",
            ([schema + self.suffix for schema in self.schemas],),
        )
        return _by_relation(found, self.suffix)

    @cached_property
    def _reader(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect()

    def rows(self, relation: str) -> pa.Table:
        """All rows; decimals as text, since PostgreSQL's may have any scale."""
        columns = self._relations[relation]
        schema, name = relation.split(".")
        query = sql.SQL("copy (select {} from {}) to stdout (format csv)").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.Identifier(schema + self.suffix, name),
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.csv"
            with path.open("wb") as file, self.connection.cursor().copy(query) as copy:
                for block in copy:
                    file.write(block)
            types = {
                column: "double" if kind == "double" else _READ_AS.get(kind, "varchar")
                for column, kind in columns.items()
            }
            return self._reader.sql(
                "select * from read_csv(?, auto_detect = false, columns = ?, nullstr = '',"
                " allow_quoted_nulls = false, quote = '\"', escape = '\"', delim = ',',"
                " max_line_size = 10000000)",
                params=[str(path), types],
            ).to_arrow_table()


@dataclass
class DuckDBSide:
    """The warehouse of a DuckDB file, which is open from the first question until it is closed."""

    path: Path
    schemas: Sequence[str] = SCHEMAS
    suffix: str = ""
    name: str = "DuckDB"
    _connection: duckdb.DuckDBPyConnection | None = None

    def relations(self) -> dict[str, Columns]:
        """Tables and views with their columns' kinds."""
        found = self._opened().execute(
            "select table_schema, table_name, column_name, data_type"
            " from information_schema.columns"
            " where table_catalog = current_database() and list_contains(?, table_schema)"
            " order by 1, 2, ordinal_position",
            [[schema + self.suffix for schema in self.schemas]],
        )
        return _by_relation(found.fetchall(), self.suffix)

    def rows(self, relation: str) -> pa.Table:
        """All rows."""
        schema, name = relation.split(".")
        query = f'select * from "{schema}{self.suffix}"."{name}"'
        return self._opened().sql(query).to_arrow_table()

    def close(self) -> None:
        """Let the file be written again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = duckdb.connect(self.path, read_only=True)
        return self._connection


def _by_relation(found: Any, suffix: str) -> dict[str, Columns]:
    relations: dict[str, Columns] = {}
    for schema, name, column, type_name in found:
        if is_compared(name, column):
            relation = f"{schema.removesuffix(suffix)}.{name}"
            relations.setdefault(relation, {})[column] = kind_of(type_name)
    return relations


@dataclass
class Comparison:
    """What was compared, and by relation what differs, in words."""

    relations: int = 0
    rows: int = 0
    cells: int = 0
    differences: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.relations} relations, {self.rows:,} rows, {self.cells:,} cells"


def compare(left: Side, right: Side, chosen: Set[str] | None = None) -> Comparison:
    """Compare everything that either side has, or the chosen relations."""
    try:
        with duckdb.connect() as connection:
            return _compared(connection, left, right, chosen)
    finally:
        for side in (left, right):
            if isinstance(side, DuckDBSide):
                side.close()


def _compared(
    connection: duckdb.DuckDBPyConnection, left: Side, right: Side, chosen: Set[str] | None
) -> Comparison:
    result = Comparison()
    there, here = left.relations(), right.relations()
    relations = there.keys() | here.keys()
    for relation in sorted(relations if chosen is None else relations & chosen):
        if relation not in here or relation not in there:
            only = left if relation in there else right
            result.differences[relation] = f"only on {only.name}"
            continue
        result.relations += 1
        columns = there[relation]
        difference = _columns_differ(left.name, columns, right.name, here[relation])
        if not difference:
            rows = left.rows(relation), right.rows(relation)
            result.rows += rows[0].num_rows
            result.cells += rows[0].num_rows * len(columns)
            with _arrived(connection, *rows):
                is_as_long = rows[0].num_rows == rows[1].num_rows
                if not (is_as_long and _is_within(connection, columns)):
                    _load(connection, columns)
                    difference = _rows_differ(connection, columns, left.name, right.name)
        if difference:
            result.differences[relation] = difference
    return result


def assert_equal(left: Side, right: Side, step: str = "") -> Comparison:
    """Fail with the first differences of each relation; returns what was compared."""
    result = compare(left, right)
    assert_none_differ(result, f"{step}: {left.name} and {right.name} differ")
    return result


def assert_none_differ(result: Comparison, words: str) -> None:
    """Fail with ``words`` and the first differences of each relation, or when there were no rows
    to compare."""
    shown = "\n".join(f"{name}: {found}" for name, found in result.differences.items())
    assert not result.differences, f"{words}\n{shown}"
    assert result.rows > 0, f"{words}: nothing was compared"


def _columns_differ(left: str, there: Columns, right: str, here: Columns) -> str:
    words = []
    for column in sorted(there.keys() | here.keys()):
        one, other = there.get(column, "missing"), here.get(column, "missing")
        if one != other:
            words.append(f"column {column} is {one} on {left}, {other} on {right}")
        elif one not in {*_READ_AS, "decimal", "text", "double"}:
            words.append(f"column {column} is {one}, a type that models do not use")
    return "; ".join(words)


def _canonical(column: str, kind: str) -> str:
    quoted = f'"{column}"'
    if kind in _READ_AS:
        return f"cast(cast({quoted} as {_READ_AS[kind]}) as varchar)"
    text = f"cast({quoted} as varchar)"
    if kind == "decimal":
        # 1.50 is 1.5; what has no point keeps its zeros.
        return (
            f"case when contains({text}, '.') then rtrim(rtrim({text}, '0'), '.') else {text} end"
        )
    return text


@contextmanager
def _arrived(
    connection: duckdb.DuckDBPyConnection, left: pa.Table, right: pa.Table
) -> Iterator[None]:
    """Both sides as views left_arrived and right_arrived."""
    connection.register("left_arrived", left)
    connection.register("right_arrived", right)
    try:
        yield
    finally:
        connection.unregister("left_arrived")
        connection.unregister("right_arrived")


def _chosen(columns: Columns) -> str:
    """The columns as they are compared: every one but doubles is canonical text."""
    return ", ".join(
        f'{_canonical(column, kind)} as "{column}"' if kind != "double" else f'"{column}"'
        for column, kind in columns.items()
    )


def _is_within(connection: duckdb.DuckDBPyConnection, columns: Columns) -> bool:
    """Whether the right side has all rows of the left, to the last bit of their doubles: so it is
    with most relations, which need no closer look then."""
    left, right = (f"select {_chosen(columns)} from {side}_arrived" for side in ("left", "right"))
    return not connection.execute(f"{left} except all {right} limit 1").fetchall()


def _load(connection: duckdb.DuckDBPyConnection, columns: Columns) -> None:
    """Both sides as tables left_rows and right_rows.

    ``_row`` stands for all columns but doubles, and numbers rows that are alike in them by their
    doubles.
    """
    exact = [column for column, kind in columns.items() if kind != "double"]
    doubles = [column for column, kind in columns.items() if kind == "double"]
    parts = ", ".join(f'coalesce("{column}", chr(30)), chr(31)' for column in exact) or "''"
    order = ", ".join(f'"{column}" nulls first' for column in doubles) or "1"
    for name in ("left", "right"):
        connection.execute(
            f"create or replace table {name}_rows as select *,"
            f" _digest || '#' || row_number() over (partition by _digest order by {order})"
            f" as _row from (select *, md5(concat({parts})) as _digest"
            f" from (select {_chosen(columns)} from {name}_arrived))"
        )


def _rows_differ(
    connection: duckdb.DuckDBPyConnection, columns: Columns, left: str, right: str
) -> str:
    alone = {}
    counts = {}
    for name, one, other in ((left, "left_rows", "right_rows"), (right, "right_rows", "left_rows")):
        unmatched = f"from {one} where _row not in (select _row from {other})"
        [(counts[name],)] = connection.execute(f"select count(*) {unmatched}").fetchall()
        names = ", ".join(f'"{column}"' for column in columns)
        found = connection.execute(
            f"select {names} {unmatched} order by all limit {_PAIRED_ROWS}"
        ).fetchall()
        alone[name] = [dict(zip(columns, row, strict=True)) for row in found]
    words = [f"{count} rows only on {name}" for name, count in counts.items() if count]
    words += _pairs(left, alone[left], right, alone[right])
    words += _doubles_differ(connection, columns, left, right)
    return "\n  ".join(words)


def _pairs(left: str, there: Sequence[Mapping], right: str, here: Sequence[Mapping]) -> list[str]:
    """Rows without an equal, each beside the one that is most like it."""
    words = []
    remaining = list(here)
    for row in there[:SHOWN_ROWS]:
        if not remaining:
            words.append(f"only on {left}: {_short(row)}")
            continue
        like = max(remaining, key=lambda other: sum(other[c] == row[c] for c in row))
        remaining.remove(like)
        apart = {c: (row[c], like[c]) for c in row if row[c] != like[c]}
        first = next(iter(row))
        words.append(f"{first} {row[first]}: " + _short(apart))
    if not there:
        words += [f"only on {right}: {_short(row)}" for row in remaining[:SHOWN_ROWS]]
    return words


def _short(row: Mapping) -> str:
    return ", ".join(f"{column} = {value!r}" for column, value in row.items())[:1500]


def _doubles_differ(
    connection: duckdb.DuckDBPyConnection, columns: Columns, left: str, right: str
) -> list[str]:
    words = []
    for column, kind in columns.items():
        if kind != "double":
            continue
        one, other = f'l."{column}"', f'r."{column}"'
        larger = f"greatest(abs({one}), abs({other}))"
        # DuckDB holds a NaN equal to a NaN and above all numbers, also as a bound.
        apart = (
            f"({one} is null) <> ({other} is null) or isnan({one}) <> isnan({other})"
            f" or ({one} <> {other} and {larger} >= {TOLERANCE}"
            f" and abs({one} - {other}) > {TOLERANCE} * {larger})"
        )
        joined = f"from left_rows as l inner join right_rows as r using (_row) where {apart}"
        [(count,)] = connection.execute(f"select count(*) {joined}").fetchall()
        if count:
            found = connection.execute(
                f"select {one}, {other} {joined} limit {SHOWN_ROWS}"
            ).fetchall()
            pairs = ", ".join(f"{a!r} and {b!r}" for a, b in found)
            words.append(f"{column}: {count} differ, as on {left} and {right}: {pairs}")
    return words
