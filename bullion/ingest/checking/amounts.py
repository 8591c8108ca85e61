"""Columns of money, however they are stored and written, with every digit that stood there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bullion.ingest.checking.ids import as_text
from bullion.ingest.checking.money import (
    MONEY,
    USUAL_MONEY,
    Amounts,
    are_usual,
    judged,
    read_exactly,
    to_units,
)
from bullion.ingest.checking.values import ValueFormat, number

_MONEY_SQL = f"decimal({MONEY.precision}, {MONEY.scale})"
# More digits than money has, or as many as an exponent says.
_LONG = r"coalesce(regexp_matches(n, '\.\d{4}|[eE]'), false)"


class AmountReader:
    """Reads amounts as the run writes them."""

    def __init__(
        self, database: Callable[[], duckdb.DuckDBPyConnection], style: ValueFormat
    ) -> None:
        self._database = database
        self._style = style

    def read(self, given: pa.Array, decimals: np.ndarray) -> Amounts:
        """The amounts of a column, each with as many decimals as it may have.

        ``given`` may be text, floats, decimals or whole numbers.
        """
        if pa.types.is_floating(given.type):
            return self._of_floats(given, decimals)
        style = self._style
        if not pa.types.is_string(given.type) and not pa.types.is_large_string(given.type):
            # Whole numbers and decimals say all their digits, with a point.
            given, style = as_text(given), ValueFormat()
        if style.is_as_usual(MONEY):
            # What most money has is tried first; then nothing has to be looked for.
            if are_usual(decimals):
                with suppress(pa.ArrowInvalid):
                    return Amounts(given.cast(USUAL_MONEY).cast(MONEY))
            with suppress(pa.ArrowInvalid):
                return judged(given.cast(MONEY), decimals)
        return self._of_any_text(given, style, decimals)

    def _of_any_text(self, given: pa.Array, style: ValueFormat, decimals: np.ndarray) -> Amounts:
        read = (
            self._database()
            .from_arrow(pa.table({"x": given}))
            .project(f"{number(style)} as n")
            .project(f"n, try_cast(n as {_MONEY_SQL}) as y, {_LONG} as is_long")
            .to_arrow_table()
            .combine_chunks()
        )
        typed = _one(read["y"]).cast(MONEY)
        long = np.flatnonzero(_one(read["is_long"]).to_numpy(zero_copy_only=False)).tolist()
        digits = read["n"].take(pa.array(long, pa.int64())).to_pylist()
        more, large = read_exactly(dict(zip(long, digits, strict=True)))
        if large:
            mask = np.zeros(len(typed), bool)
            mask[large] = True
            typed = pc.if_else(pa.array(mask), pa.scalar(None, MONEY), typed)
        return judged(typed, decimals, more)

    def _of_floats(self, given: pa.Array, decimals: np.ndarray) -> Amounts:
        """A float stands for the nearest amount, if it is not further off than sums of floats."""
        read = self._database().from_arrow(pa.table({"x": given}))
        read = read.project(f"try_cast(x as {_MONEY_SQL}) as y").to_arrow_table()
        typed = _one(read["y"]).cast(MONEY)
        floats = given.to_numpy(zero_copy_only=False)
        values = floats.astype(np.float64)
        off = np.abs(values - to_units(typed) / 10**MONEY.scale)
        slack = 8 * np.finfo(np.float64 if given.type == pa.float64() else np.float32).eps
        is_read = typed.is_valid().to_numpy(zero_copy_only=False)
        more = np.flatnonzero((off > np.abs(values) * slack) & is_read).tolist()
        return judged(typed, decimals, {at: Decimal(str(floats[at])) for at in more})


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()
