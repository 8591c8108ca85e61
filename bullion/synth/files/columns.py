"""Fast encoders from numpy arrays to the Arrow columns of the bronze contract.

A generated table (or the part of it that one block of customers makes) is a ``Columns``: the
contract's column names, each with one Arrow array of the contract's type. ``to_table`` checks
that and puts the columns in order; nothing else in the generator repeats names or types.

Masks: every encoder takes ``valid`` (bool array of the same length, or None = no nulls);
where it is False the value is null, whatever the value array holds there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bullion import contract
from bullion.errors import BullionError

Columns = dict[str, pa.Array]

_ARROW_TYPES = {
    "id": pa.string(),
    "text": pa.string(),
    "date": pa.date32(),
    "ts": pa.timestamp("s"),
    "money": pa.decimal128(18, 2),
    "rate": pa.decimal128(9, 6),
    "score": pa.decimal128(9, 6),
    "numeric": pa.decimal128(18, 6),
    "exchange_rate": pa.decimal128(18, 9),
    "int": pa.int32(),
    "bool": pa.bool_(),
}


def arrow_type(column: contract.Column) -> pa.DataType:
    """The Arrow type of a contract column (a text may also come dictionary encoded)."""
    return _ARROW_TYPES[column.type]


def _validity(valid: NDArray[np.bool_] | None) -> pa.Buffer | None:
    return None if valid is None else pa.array(valid).buffers()[1]


def _mask(valid: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    return None if valid is None else ~np.asarray(valid)


def _scaled(
    values: NDArray, scale: int, precision: int, valid: NDArray[np.bool_] | None
) -> pa.Array:
    words = np.empty((len(values), 2), dtype=np.int64)
    words[:, 0] = values
    words[:, 1] = words[:, 0] >> 63
    return pa.Array.from_buffers(
        pa.decimal128(precision, scale), len(values), [_validity(valid), pa.py_buffer(words)]
    )


def money(cents: NDArray, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """numeric(18,2) from whole cents (ints; 1234 becomes 12.34)."""
    cents = np.asarray(cents)
    if not np.issubdtype(cents.dtype, np.integer):
        raise TypeError("money takes whole cents as integers; round before calling it")
    return _scaled(cents, 2, 18, valid)


def _six_places(values: NDArray, precision: int, valid: NDArray[np.bool_] | None) -> pa.Array:
    values = np.asarray(values, dtype=np.float64)
    if valid is not None:
        values = np.where(valid, values, 0.0)
    return _scaled(np.rint(values * 1e6).astype(np.int64), 6, precision, valid)


def rate(values: NDArray, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """numeric(9,6) from floats, a fraction a year (0.045 = 4.5 %), rounded to six places."""
    return _six_places(values, 9, valid)


def score(values: NDArray, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """numeric(9,6) from floats, usually 0..1, rounded to six places."""
    return _six_places(values, 9, valid)


def numeric(values: NDArray, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """numeric(18,6) from floats (or ints), rounded to six places."""
    return _six_places(values, 18, valid)


def exchange_rate(units: NDArray, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """numeric(18,9) from whole units of its last place (ints; 1_090_000_000 becomes 1.09)."""
    return _scaled(np.asarray(units, dtype=np.int64), 9, 18, valid)


def ids(
    prefix: str, numbers: NDArray, width: int = 8, valid: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Text keys: prefix and the number padded with zeros (``CUS00000017``); numbers >= 0.

    Raises ValueError when a number needs more than ``width`` digits.
    """
    rest = np.asarray(numbers, dtype=np.int64)
    if valid is not None:
        rest = np.where(valid, rest, 0)
    if len(rest) and (rest.min() < 0 or rest.max() >= 10**width):
        raise ValueError(f"a number of {prefix} does not fit into {width} digits")
    start = len(prefix.encode())
    letters = np.empty((len(rest), start + width), dtype=np.uint8)
    letters[:, :start] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    for place in range(start + width - 1, start - 1, -1):
        tens = rest // 10
        letters[:, place] = rest - tens * 10 + ord("0")
        rest = tens
    offsets = np.arange(len(letters) + 1, dtype=np.int32) * (start + width)
    return pa.Array.from_buffers(
        pa.string(),
        len(letters),
        [_validity(valid), pa.py_buffer(offsets), pa.py_buffer(letters)],
    )


def labels(codes: NDArray, names: Sequence[str] | pa.Array, null: int = -1) -> pa.Array:
    """Text from a small list: ``names[code]``, null where the code equals ``null``.

    Dictionary encoded: the letters are stored once. Also for pools of thousands of names.
    """
    codes = np.asarray(codes, dtype=np.int32)
    missing = codes == null
    indices = pa.array(np.where(missing, 0, codes), mask=missing if missing.any() else None)
    pool = names if isinstance(names, pa.Array) else pa.array(list(names), pa.string())
    return pa.DictionaryArray.from_arrays(indices, pool)


def constant(value: str | None, n: int) -> pa.Array:
    """The same text n times (null n times for None)."""
    return labels(np.full(n, -1 if value is None else 0), [value or ""])


def texts(
    values: Sequence[str | None] | NDArray, valid: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Text from Python or numpy strings; slow for millions of rows, prefer labels or ids."""
    return pa.array(values, pa.string(), mask=_mask(valid))


def join(*parts: pa.Array | str, separator: str = "") -> pa.Array:
    """Row-wise joined text of columns and constant strings; null where a part is null."""
    operands = [
        pa.scalar(part)
        if isinstance(part, str)
        else (part.dictionary_decode() if isinstance(part, pa.DictionaryArray) else part)
        for part in parts
    ]
    return pc.binary_join_element_wise(*operands, separator)


def dates(days: NDArray, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """Dates from day numbers since 1970-01-01 (ints)."""
    return pa.array(np.asarray(days, dtype=np.int32), pa.int32(), mask=_mask(valid)).view(
        pa.date32()
    )


def timestamps(seconds: NDArray, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """UTC timestamps from seconds since 1970-01-01 00:00:00 (ints)."""
    return pa.array(np.asarray(seconds, dtype=np.int64), pa.int64(), mask=_mask(valid)).view(
        pa.timestamp("s")
    )


def booleans(values: NDArray, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """Booleans from a bool array."""
    return pa.array(np.asarray(values, dtype=np.bool_), pa.bool_(), mask=_mask(valid))


def integers(values: NDArray, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """32-bit integers from an int array."""
    return pa.array(np.asarray(values, dtype=np.int32), pa.int32(), mask=_mask(valid))


def plain(array: pa.Array) -> pa.Array:
    """The array without dictionary encoding."""
    return array.dictionary_decode() if isinstance(array, pa.DictionaryArray) else array


def to_table(name: str, columns: Mapping[str, pa.Array]) -> pa.Table:
    """The columns of one contract table as an Arrow table in contract order.

    Raises BullionError when a column is missing, unknown, of another type or another length.
    """
    wanted = contract.table(name).columns
    unknown = set(columns) - {column.name for column in wanted}
    missing = {column.name for column in wanted} - set(columns)
    if unknown or missing:
        raise BullionError(
            f"Generated table {name} does not fit the contract:"
            f" missing {sorted(missing)}, unknown {sorted(unknown)}."
        )
    for column in wanted:
        found = columns[column.name].type
        if pa.types.is_dictionary(found):
            found = found.value_type
        if found != arrow_type(column):
            raise BullionError(
                f"Generated column {name}.{column.name} is {found}, not {arrow_type(column)}."
            )
    return pa.table({column.name: columns[column.name] for column in wanted})
