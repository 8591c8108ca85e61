"""The contract check: raw batches in, typed rows and rejects with reasons out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bullion.contract import Column, Table
from bullion.ingest.checking.rejects import Reject
from bullion.ingest.checking.values import (
    ARROW_TYPES,
    NULL_WORDS,
    ValueFormat,
    expected,
    expression,
    hint,
)
from bullion.ingest.reading.batch import RawBatch
from bullion.ingest.reading.header import OPERATION
from bullion.printing import printable

SOURCE_ROW = "_source_row"
UPSERT, DELETE = "upsert", "delete"
_VALUE_SHOWN = 60
_FIRST_DAY = (date(1, 1, 1) - date(1970, 1, 1)).days


class Checker:
    """Types the records of one table; a record with any bad value becomes one reject.

    Arrow's strict casts do the usual columns; only a column in which one fails (another spelling,
    or a bad value) is read again by DuckDB with the full rules of
    :mod:`bullion.ingest.checking.values`.
    """

    def __init__(self, table: Table, style: ValueFormat) -> None:
        self.table = table
        self._style = style
        self._duckdb = duckdb.connect(config={"threads": 2})
        self._duckdb.execute("set TimeZone = 'UTC'")

    def check(self, batch: RawBatch) -> tuple[pa.Table, list[Reject]]:
        """Good rows (contract columns, ``_source_row``, ``_op``) and rejects, in file order."""
        size = len(batch.ordinals)
        given: dict[str, pa.Array] = {}
        typed: dict[str, pa.Array] = {}
        for column in self.table.columns:
            raw = batch.columns.get(column.name)
            kind = ARROW_TYPES[column.type]
            given[column.name] = pa.nulls(size, kind) if raw is None else _without_null_words(raw)
            typed[column.name] = self._typed(column, given[column.name])
        operations, bad_operation = _operations(batch.columns.get(OPERATION), size)
        problems = self._problems(given, typed, operations, bad_operation)
        rows = pa.table({**typed, SOURCE_ROW: batch.ordinals, OPERATION: operations})
        if not problems:
            return rows, batch.rejects
        bad = np.zeros(size, bool)
        for mask in problems.values():
            bad |= mask
        positions = np.flatnonzero(bad)
        rejects = self._explain(batch, given, problems, positions.tolist())
        rejects = sorted([*batch.rejects, *rejects], key=lambda reject: reject.source_row)
        return rows.filter(pa.array(~bad)), rejects

    def _typed(self, column: Column, given: pa.Array) -> pa.Array:
        target = ARROW_TYPES[column.type]
        if column.type in ("id", "text"):
            return _as_text(given)
        if given.type == target or given.null_count == len(given):
            return given.cast(target)
        if _is_text(given.type):
            return self._typed_text(column, given, target)
        return self._typed_native(column, given, target)

    def _typed_text(self, column: Column, given: pa.Array, target: pa.DataType) -> pa.Array:
        if self._style.is_default:
            try:
                typed = given.cast(target)
            except pa.ArrowInvalid:
                pass
            else:
                if not _before_year_one(typed):
                    return typed
        return self._evaluate(expression(column, self._style), given, target)

    def _typed_native(self, column: Column, given: pa.Array, target: pa.DataType) -> pa.Array:
        """A Parquet column of another type or width."""
        if pa.types.is_timestamp(given.type):
            # A zone is resolved to UTC by the cast; dates must fall on midnight.
            moments = given.cast(pa.timestamp("us"), safe=False)
            if target == pa.timestamp("us"):
                return moments
            given = moments
        elif pa.types.is_date(given.type) and target == pa.timestamp("us"):
            return given.cast(pa.date32()).cast(target)
        if column.type == "bool" or pa.types.is_temporal(given.type):
            return self._evaluate(expression(column, self._style), given.cast(pa.string()), target)
        data_type = "decimal(38,6)" if column.type == "int" else column.data_type
        sql = f"try_cast(x as {data_type})"
        if column.type == "int":
            sql = f"case when {sql} = trunc({sql}) then try_cast(x as integer) end"
        return self._evaluate(sql, given, target)

    def _evaluate(self, sql: str, given: pa.Array, target: pa.DataType) -> pa.Array:
        relation = self._duckdb.from_arrow(pa.table({"x": given}))
        result = relation.project(f"{sql} as y").to_arrow_table()["y"]
        return result.cast(target).combine_chunks()

    def _problems(
        self,
        given: dict[str, pa.Array],
        typed: dict[str, pa.Array],
        operations: pa.Array,
        bad_operation: np.ndarray | None,
    ) -> dict[tuple[str, str], np.ndarray]:
        """Masks of bad rows by (column, kind), only those with any."""
        problems: dict[tuple[str, str], np.ndarray] = {}
        if bad_operation is not None:
            problems[OPERATION, "operation"] = bad_operation
        is_delete: np.ndarray | None = None
        for column in self.table.columns:
            before, after = given[column.name], typed[column.name]
            if after.null_count != before.null_count:
                problems[column.name, "type"] = _nulls(after) & ~_nulls(before)
            elif column.type in ("id", "text") and _may_hold_nul(after):
                mask = _mask(pc.fill_null(pc.match_substring(after, "\x00"), False))
                if mask.any():
                    problems[column.name, "encoding"] = mask
            if column.required and before.null_count:
                mask = _nulls(before)
                if column.name not in self.table.key:
                    if is_delete is None:
                        is_delete = _mask(pc.equal(operations, DELETE))
                    mask = mask & ~is_delete
                if mask.any():
                    problems[column.name, "required"] = mask
        return problems

    def _explain(
        self,
        batch: RawBatch,
        given: dict[str, pa.Array],
        problems: dict[tuple[str, str], np.ndarray],
        positions: list[int],
    ) -> list[Reject]:
        rejects = []
        places = batch.locate(positions)
        for position, (line, text) in zip(positions, places, strict=True):
            found = [key for key, mask in problems.items() if mask[position]]
            reasons = [self._reason(name, kind, given, batch, position) for name, kind in found]
            name, kind = found[0]
            ordinal = batch.ordinals[position].as_py()
            rejects.append(Reject(ordinal, line, name, kind, text, " ".join(reasons)))
        return rejects

    def _reason(
        self,
        name: str,
        kind: str,
        given: dict[str, pa.Array],
        batch: RawBatch,
        position: int,
    ) -> str:
        if kind == "operation":
            value = batch.columns[OPERATION][position].as_py()
            return f"{OPERATION} is '{_short(value)}'; it must be upsert or delete."
        column = self.table.column(name)
        if kind == "required":
            return f"{name} is empty, but it is required."
        if kind == "encoding":
            return f"{name} holds a NUL character, which is not text; export it again."
        value = _short(given[name][position].as_py())
        return (
            f"{name} is '{value}', expected {expected(column, self._style)}"
            f"{hint(column, self._style, value)}."
        )


def _without_null_words(raw: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(raw.type):
        raw = raw.dictionary_decode()
    if not _is_text(raw.type):
        return raw
    words = pc.is_in(raw, value_set=pa.array(NULL_WORDS, raw.type))
    return pc.if_else(words, pa.scalar(None, raw.type), raw) if pc.any(words).as_py() else raw


def _as_text(given: pa.Array) -> pa.Array:
    if pa.types.is_floating(given.type) and given.null_count:
        # pandas turns whole numbers beside nulls into floats: 17.0 was 17.
        values = given.drop_null()
        if pc.all(pc.equal(values, pc.trunc(values))).as_py() and len(values):
            given = given.cast(pa.int64())
    return given.cast(pa.string())


def _operations(raw: pa.Array | None, size: int) -> tuple[pa.Array, np.ndarray | None]:
    """``_op`` of each record (empty: upsert) and the mask of values that are neither."""
    if raw is None:
        return pa.repeat(pa.scalar(UPSERT), size), None
    words = pc.fill_null(pc.utf8_lower(_without_null_words(raw).cast(pa.string())), UPSERT)
    unknown = ~_mask(pc.is_in(words, value_set=pa.array([UPSERT, DELETE])))
    return words, unknown if unknown.any() else None


def _before_year_one(typed: pa.Array) -> bool:
    """Whether a date lies before the calendar's first year, which Arrow can read, others not."""
    if not pa.types.is_temporal(typed.type):
        return False
    days = pc.min(typed.cast(pa.date32(), safe=False).cast(pa.int32())).as_py()
    return days is not None and days < _FIRST_DAY


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _nulls(array: pa.Array) -> np.ndarray:
    return _mask(array.is_null())


def _mask(array: pa.Array) -> np.ndarray:
    return array.to_numpy(zero_copy_only=False).astype(bool)


def _may_hold_nul(array: pa.Array) -> bool:
    data = array.buffers()[-1]
    return data is not None and bool((np.frombuffer(data, np.uint8) == 0).any())


def _short(value: object) -> str:
    """A value as it may stand in a message."""
    text = printable(str(value))
    return text if len(text) <= _VALUE_SHOWN else text[: _VALUE_SHOWN - 1] + "…"


def sums(rows: pa.Table, columns: Sequence[str]) -> dict[str, Decimal | None]:
    """Sum of each money column over the upsert rows (Decimal; None where no value is there)."""
    is_upsert = pc.equal(rows[OPERATION], UPSERT)
    if not pc.all(is_upsert).as_py():
        rows = rows.filter(is_upsert)
    return {name: pc.sum(rows[name].cast(pa.decimal128(38, 2))).as_py() for name in columns}
