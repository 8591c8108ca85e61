"""The bank's books while later extracts are written: current rows, and what changed today.

A ``Book`` holds the tables of one block. Rows are added, changed and deleted by position; at the
end of a day ``close_day`` gives one extract: each touched row once, in its last version, deletes
with only their key filled. Positions stay valid: rows are appended, never removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bullion import contract
from bullion.synth.files.columns import plain

Extract = dict[str, pa.Table]
Change = tuple[str, str, str, str]
"""(extract date, table, key as text, kind of change)."""

WITH_DELETES = ("transactions", "customer_interactions", "digital_engagement", "customers")
SECONDS_PER_DAY = 86_400


def decoded(table: pa.Table) -> pa.Table:
    """The table without dictionary encoding, so that rows can be appended and replaced."""
    return pa.table({name: _decoded(table[name]) for name in table.column_names})


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        return pa.chunked_array([plain(chunk) for chunk in column.chunks], column.type.value_type)
    return column


def _chunks(values: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> list[pa.Array]:
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    return [plain(chunk).cast(kind) for chunk in chunks]


def cents(column: pa.ChunkedArray | pa.Array) -> NDArray[np.int64]:
    """Money as whole cents; nulls as 0."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if len(column) == 0:
        return np.zeros(0, dtype=np.int64)
    low_words = np.frombuffer(column.buffers()[1], dtype=np.int64)[2 * column.offset :: 2]
    return np.where(is_given(column), low_words[: len(column)], 0)


def days(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Dates (or timestamps) as day numbers; nulls as -1."""
    values = pc.fill_null(column.cast(pa.date32()).cast(pa.int32()), -1)
    return np.asarray(values).astype(np.int64)


def seconds(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Timestamps as seconds since 1970-01-01; nulls as -1."""
    return np.asarray(pc.fill_null(column.cast(pa.int64()), -1))


def is_one_of(column: pa.ChunkedArray, *values: str) -> NDArray[np.bool_]:
    """Whether a text equals one of the values; false for null."""
    return np.asarray(pc.is_in(column, pa.array(values, pa.string())))


def is_true(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """A boolean column as a mask; false for null."""
    return np.asarray(pc.fill_null(column, False))


def is_given(column: pa.ChunkedArray | pa.Array) -> NDArray[np.bool_]:
    """Whether a value is there."""
    return np.asarray(pc.is_valid(column))


def with_columns(table: pa.Table, new: Mapping[str, pa.Array]) -> pa.Table:
    """The table with some columns replaced."""
    return pa.table({name: new.get(name, table[name]) for name in table.column_names})


class Book:
    """Current rows of one block's tables (texts decoded), the day being written, the ledger."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self.tables = dict(tables)
        self.alive = {
            name: np.ones(table.num_rows, dtype=bool) for name, table in self.tables.items()
        }
        self.changes: list[Change] = []
        self.date = ""
        self._touched: dict[str, set[int]] = {}
        self._deleted: dict[str, list[int]] = {}
        self._sent = 0

    def open_day(self, date: str) -> None:
        """Start the extract of this date (ISO text)."""
        self.date = date
        self._touched = {}
        self._deleted = {}

    def number(self) -> int:
        """A number no other new row of this block has."""
        self._sent += 1
        return self._sent

    def positions(self, name: str, keys: pa.ChunkedArray | pa.Array) -> NDArray[np.int64]:
        """Where rows with these values of the table's first key column are; -1 for none."""
        if len(keys) == 0:
            return np.zeros(0, dtype=np.int64)
        wanted = pc.unique(keys)
        column = self.tables[name][contract.table(name).key[0]]
        match = np.asarray(pc.fill_null(pc.index_in(column, value_set=wanted), -1))
        rows = np.flatnonzero(match >= 0)
        place = np.full(len(wanted), -1, dtype=np.int64)
        place[match[rows]] = rows
        return place[np.asarray(pc.index_in(keys, value_set=wanted))]

    def add(self, name: str, rows: pa.Table, kind: str) -> NDArray[np.int64]:
        """Append new rows to a table and to today's extract; returns their positions."""
        table = self.tables[name]
        start = table.num_rows
        rows = rows.select(table.column_names).cast(table.schema)
        self.tables[name] = pa.concat_tables([table, rows])
        self.alive[name] = np.append(self.alive[name], np.ones(rows.num_rows, dtype=bool))
        positions = np.arange(start, start + rows.num_rows)
        self.touch(name, positions, kind)
        return positions

    def add_records(
        self, name: str, records: Sequence[Mapping[str, Any]], kind: str
    ) -> NDArray[np.int64]:
        """Append a few rows given as dicts of Python values."""
        schema = self.tables[name].schema
        return self.add(name, pa.Table.from_pylist(list(records), schema=schema), kind)

    def records(self, name: str, positions: NDArray[np.int64]) -> list[dict[str, Any]]:
        """A few current rows as dicts of Python values."""
        return self.tables[name].take(pa.array(positions)).to_pylist()

    def change(
        self,
        name: str,
        positions: NDArray[np.int64],
        new: Mapping[str, pa.Array | pa.ChunkedArray],
        kind: str,
    ) -> None:
        """Give the rows at these positions new values; today's extract holds their new versions."""
        if not len(positions):
            return
        table = self.tables[name]
        source = np.arange(table.num_rows)
        source[positions] = table.num_rows + np.arange(len(positions))
        order = pa.array(source)
        replaced = {}
        for column, values in new.items():
            old = table[column]
            both = pa.chunked_array([*old.chunks, *_chunks(values, old.type)], old.type)
            replaced[column] = both.combine_chunks().take(order)
        self.tables[name] = with_columns(table, replaced)
        self.touch(name, positions, kind)

    def touch(self, name: str, positions: NDArray[np.int64], kind: str) -> None:
        """Send rows with today's extract, as they stand when the day closes."""
        self._touched.setdefault(name, set()).update(int(position) for position in positions)
        self._note(name, positions, kind)

    def delete(self, name: str, positions: NDArray[np.int64], kind: str) -> None:
        """Delete rows: today's extract says so."""
        self.alive[name][positions] = False
        self._deleted.setdefault(name, []).extend(int(position) for position in positions)
        self._note(name, positions, kind)

    def revive(self, name: str, positions: NDArray[np.int64], kind: str) -> None:
        """Bring deleted rows back, in the version they had."""
        self.alive[name][positions] = True
        self.touch(name, positions, kind)

    def move(self, accounts: NDArray[np.int64], amounts: NDArray[np.int64]) -> None:
        """Post amounts (cents) to the balances of accounts (positions, repeats allowed)."""
        total = np.zeros(self.tables["accounts"].num_rows, dtype=np.int64)
        np.add.at(total, accounts, amounts)
        moved = np.flatnonzero(total)
        if not len(moved):
            return
        rows = self.tables["accounts"].take(pa.array(moved))
        new = {"current_balance": shifted(rows["current_balance"], total[moved])}
        new["available_balance"] = shifted(rows["available_balance"], total[moved])
        self.change("accounts", moved, new, "balance")

    def _note(self, name: str, positions: NDArray[np.int64], kind: str) -> None:
        key = contract.table(name).key
        rows = self.tables[name].select(list(key)).take(pa.array(positions, pa.int64()))
        for record in rows.to_pylist():
            text = "|".join(str(value) for value in record.values())
            self.changes.append((self.date, name, text, kind))

    def close_day(self) -> Extract:
        """Today's extract: touched rows in their last version, then deletes."""
        extract: Extract = {}
        for name in {**self._touched, **self._deleted}:
            positions = sorted(
                position for position in self._touched.get(name, ()) if self.alive[name][position]
            )
            table = self.tables[name]
            rows = table.take(pa.array(positions, pa.int64()))
            if name in WITH_DELETES:
                rows = rows.append_column("_op", pa.array(["upsert"] * rows.num_rows, pa.string()))
                gone = [p for p in self._deleted.get(name, ()) if not self.alive[name][p]]
                key = contract.table(name).key
                keys = table.select(list(key)).take(pa.array(gone, pa.int64()))
                blank = {
                    column: keys[column] if column in key else pa.nulls(len(gone), kind)
                    for column, kind in zip(table.column_names, table.schema.types, strict=True)
                }
                blank["_op"] = pa.array(["delete"] * len(gone), pa.string())
                rows = pa.concat_tables([rows, pa.table(blank, schema=rows.schema)])
            if rows.num_rows:
                extract[name] = rows
        return extract

    def changes_table(self) -> pa.Table:
        """All changes so far, as columns for truth/delta_changes.parquet."""
        names = ("extract_date", "table_name", "key", "kind")
        columns = zip(*self.changes, strict=True) if self.changes else ((),) * len(names)
        return pa.table(
            {
                name: pa.array(list(values), pa.string())
                for name, values in zip(names, columns, strict=True)
            }
        )


def shifted(column: pa.ChunkedArray, amounts: NDArray[np.int64]) -> pa.Array:
    """Money plus whole cents, row by row; nulls stay null."""
    given = is_given(column)
    words = np.zeros((len(amounts), 2), dtype=np.int64)
    words[:, 0] = cents(column) + amounts
    words[:, 1] = words[:, 0] >> 63
    return pa.Array.from_buffers(
        pa.decimal128(18, 2),
        len(amounts),
        [pa.array(given).buffers()[1], pa.py_buffer(words)],
    )
