"""The contract check: raw batches in, typed rows and rejects with reasons out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, localcontext
from functools import cached_property

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bullion.contract import Column, Table
from bullion.currencies import decimals_of
from bullion.ingest.checking.amounts import AmountReader
from bullion.ingest.checking.ids import (
    LONGEST_ID,
    as_text,
    count_shortened,
    id_text,
    is_inexact,
    too_long,
    why_no_id,
)
from bullion.ingest.checking.money import (
    CURRENCY,
    DIGITS,
    MONEY,
    allowed_decimals,
    names_currency,
)
from bullion.ingest.checking.rejects import Reject
from bullion.ingest.checking.seen import Seen
from bullion.ingest.checking.values import (
    ARROW_TYPES,
    NULL_WORDS,
    ValueFormat,
    expected,
    expression,
    hint,
    like_null,
    number,
)
from bullion.ingest.reading.batch import RawBatch
from bullion.ingest.reading.header import OPERATION
from bullion.printing import printable

SOURCE_ROW = "_source_row"
UPSERT, DELETE = "upsert", "delete"
_VALUE_SHOWN = 60
# What is said of a kind of which no value can be shown.
_OF_NO_VALUE = {
    "required": "is empty, but it is required",
    "encoding": "holds a NUL character, which is not text; export it again",
}
_DOUBLE = pa.float64()
_FIRST_DAY = (date(1, 1, 1) - date(1970, 1, 1)).days


class Checker:
    """Types the records of one table; a record with any bad value becomes one reject.

    Arrow's strict casts do the usual columns; only a column in which one fails (another spelling,
    or a bad value) is read again by DuckDB with the full rules of
    :mod:`bullion.ingest.checking.values`.
    """

    def __init__(self, table: Table, style: ValueFormat) -> None:
        self.table = table
        self.seen = Seen(table)
        self._style = style
        self._null_words = pa.array([*NULL_WORDS, *style.null_words])
        self._words = pa.array([*self._null_words.to_pylist(), *like_null(table)])
        self._names_currency = names_currency(table)
        self._amounts = AmountReader(lambda: self._duckdb, style)

    @cached_property
    def _duckdb(self) -> duckdb.DuckDBPyConnection:
        """Opened when a column needs it, since most files have none."""
        database = duckdb.connect(config={"threads": 2})
        database.execute("set TimeZone = 'UTC'")
        return database

    def check(self, batch: RawBatch) -> tuple[pa.Table, list[Reject]]:
        """Good rows (contract columns, ``_source_row``, ``_op``) and rejects, in file order."""
        size = len(batch.ordinals)
        given: dict[str, pa.Array] = {}
        typed: dict[str, pa.Array] = {}
        for column in self.table.columns:
            raw = batch.columns.get(column.name)
            given[column.name] = (
                pa.nulls(size, ARROW_TYPES[column.type])
                if raw is None
                else self._without_null_words(raw, column)
            )
        exact = self._type_columns(given, typed)
        operations, bad_operation = self._operations(batch.columns.get(OPERATION), size)
        problems = self._problems(given, typed, operations, bad_operation)
        if not self._style.rounds_money:
            problems |= {(name, "decimals"): _at(exact[name], size) for name in exact}
        rows = pa.table({**typed, SOURCE_ROW: batch.ordinals, OPERATION: operations})
        bad = np.zeros(size, bool)
        for mask in problems.values():
            bad |= mask
        if exact:
            self._count_rounded(exact, rows, bad)
        if not problems:
            return rows, batch.rejects
        positions = np.flatnonzero(bad)
        rejects = self._explain(batch, given, problems, positions.tolist())
        rejects = sorted([*batch.rejects, *rejects], key=lambda reject: reject.source_row)
        return rows.filter(pa.array(~bad)), rejects

    def _type_columns(
        self, given: dict[str, pa.Array], typed: dict[str, pa.Array]
    ) -> dict[str, dict[int, Decimal]]:
        """Fill ``typed``; returns, of money columns with any, the amounts by position that have
        more decimals than their currency, as they stood in the file."""
        exact = {}
        decimals: np.ndarray | None = None
        for column in self.table.columns:
            name, values = column.name, given[column.name]
            if column.type != "money" or values.null_count == len(values):
                typed[name] = self._typed(column, values)
                continue
            if decimals is None:
                currencies = as_text(given[CURRENCY]) if self._names_currency else None
                decimals = allowed_decimals(currencies, len(values))
            amounts = self._amounts.read(values, decimals)
            typed[name] = amounts.typed
            if amounts.exact:
                exact[name] = dict(amounts.exact)
        return exact

    def _count_rounded(
        self, exact: dict[str, dict[int, Decimal]], rows: pa.Table, bad: np.ndarray
    ) -> None:
        """Keep how many amounts of good rows were rounded, and what the file had more."""
        is_upsert = _mask(pc.equal(rows[OPERATION], UPSERT).combine_chunks())
        for name, amounts in exact.items():
            for position, amount in amounts.items():
                if not bad[position]:
                    self.seen.rounded_money[name] += 1
                    if is_upsert[position]:
                        with localcontext(prec=DIGITS):
                            difference = amount - rows[name][position].as_py()
                            self.seen.file_has_more[name] += difference

    def _typed(self, column: Column, given: pa.Array) -> pa.Array:
        target = ARROW_TYPES[column.type]
        if column.type == "id":
            texts, marks = id_text(given)
            self.seen.apostrophes[column.name] += marks
            return texts
        if column.type == "text":
            texts = as_text(given)
            self.seen.shortened[column.name] += count_shortened(texts)
            return texts
        if given.type == target or given.null_count == len(given):
            return given.cast(target)
        if _is_text(given.type):
            return self._typed_text(column, given, target)
        return self._typed_native(column, given, target)

    def _typed_text(self, column: Column, given: pa.Array, target: pa.DataType) -> pa.Array:
        if self._style.is_as_usual(target):
            try:
                typed = given.cast(target)
            except pa.ArrowInvalid:
                pass
            else:
                if not _before_year_one(typed):
                    return typed
        typed = self._evaluate(expression(column, self._style), given, target)
        # Nearly no column has more digits, and a look for them costs less than reading it again.
        more_digits = rf"[.,]\d{{{target.scale + 1}}}|[eE]" if pa.types.is_decimal(target) else ""
        if more_digits and pc.any(pc.match_substring_regex(given, more_digits)).as_py():
            written = self._evaluate(f"try_cast({number(self._style)} as double)", given, _DOUBLE)
            self._see_rounded(column, written, typed)
        return typed

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
        typed = self._evaluate(sql, given, target)
        if pa.types.is_decimal(target) and is_inexact(given.type):
            self._see_rounded(column, given.cast(_DOUBLE), typed)
        return typed

    def _see_rounded(self, column: Column, written: pa.Array, typed: pa.Array) -> None:
        """Count the measurements of which digits are left out; what sums of floats add is none."""
        off = pc.abs(pc.subtract(written, typed.cast(_DOUBLE)))
        beyond = pc.greater(off, pc.add(pc.multiply(pc.abs(written), 1e-14), 1e-15))
        self.seen.rounded[column.name] += pc.sum(beyond).as_py() or 0

    def _without_null_words(self, raw: pa.Array, column: Column | None = None) -> pa.Array:
        if pa.types.is_dictionary(raw.type):
            raw = raw.dictionary_decode()
        if not _is_text(raw.type):
            return raw
        # Both in one look, since nearly all columns have neither.
        is_text = column is not None and column.type in ("id", "text")
        words = self._words if is_text else self._null_words
        count = pc.sum(pc.is_in(raw, value_set=words.cast(raw.type))).as_py()
        if not count:
            return raw
        is_null = pc.is_in(raw, value_set=self._null_words.cast(raw.type))
        if column is not None and count > pc.sum(is_null).as_py():
            self.seen.like_null(column.name, pc.if_else(is_null, None, raw), self._words)
        return pc.if_else(is_null, pa.scalar(None, raw.type), raw)

    def _operations(self, raw: pa.Array | None, size: int) -> tuple[pa.Array, np.ndarray | None]:
        """``_op`` of each record (empty: upsert) and the mask of values that are neither."""
        if raw is None:
            return pa.repeat(pa.scalar(UPSERT), size), None
        words = self._without_null_words(raw).cast(pa.string())
        words = pc.fill_null(pc.utf8_lower(words), UPSERT)
        unknown = ~_mask(pc.is_in(words, value_set=pa.array([UPSERT, DELETE])))
        return words, unknown if unknown.any() else None

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
            if column.type == "id":
                mask = _mask(too_long(after))
                if mask.any():
                    problems[column.name, "length"] = mask
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
        for position, (line, record) in zip(positions, places, strict=True):
            found = [key for key, mask in problems.items() if mask[position]]
            reasons = [self._reason(name, kind, given, batch, position) for name, kind in found]
            name, kind = found[0]
            ordinal = batch.ordinals[position].as_py()
            rejects.append(Reject(ordinal, line, name, kind, record, " ".join(reasons)))
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
        if kind in _OF_NO_VALUE:
            return f"{name} {_OF_NO_VALUE[kind]}."
        value = _short(given[name][position].as_py())
        if kind == "length":
            return f"{name} is '{value}', but an id has {LONGEST_ID} characters at most."
        if kind == "decimals":
            currency = given[CURRENCY][position].as_py() if self._names_currency else None
            return f"{name} is '{value}', {_most_decimals(currency)}."
        if column.type == "id":
            return f"{name} is '{value}', {why_no_id(given[name].type)}."
        return (
            f"{name} is '{value}', expected {expected(column, self._style)}"
            f"{hint(column, self._style, value)}."
        )


def _most_decimals(currency: str | None) -> str:
    if currency is None:
        has = f"but money has {MONEY.scale} decimals at most"
    else:
        decimals = min(decimals_of(currency), MONEY.scale)
        has = f"but {_short(currency)} has {decimals or 'no'} decimals"
    return f"{has}; --round-money rounds such amounts"


def _at(positions: Iterable[int], size: int) -> np.ndarray:
    mask = np.zeros(size, bool)
    mask[list(positions)] = True
    return mask


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
    wide = pa.decimal128(38, MONEY.scale)
    return {name: pc.sum(rows[name].cast(wide)).as_py() for name in columns}
