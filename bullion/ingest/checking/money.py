"""Money and the decimals of its currency: no digit is lost without a word.

Money is held in thousandths, since no currency in use has more decimals than three. An amount with
more decimals than its currency has is told apart from the others, with its exact value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import pyarrow as pa

from bullion.contract import Table
from bullion.currencies import decimals_of

CURRENCY = "currency"
MONEY = pa.decimal128(18, 3)
DECIMALS = MONEY.scale
# What most money has: a column that can be read like this needs no look at its decimals.
USUAL_MONEY = pa.decimal128(18, 2)
# Enough for the exact sum of any amounts that fit.
DIGITS = 80
_BOUND = 10 ** (MONEY.precision - MONEY.scale)
_UNIT = Decimal(1).scaleb(-DECIMALS)
_STEPS = np.array([10 ** (DECIMALS - decimals) for decimals in range(DECIMALS + 1)], np.int64)


@dataclass(frozen=True)
class Amounts:
    """A column of money.

    ``typed`` (MONEY) is null where nothing can be read. ``exact`` has by position the amounts with
    more decimals than their currency, as they stood in the file; in ``typed`` they are rounded
    half away from zero.
    """

    typed: pa.Array
    exact: Mapping[int, Decimal] = field(default_factory=dict)


def names_currency(table: Table) -> bool:
    """Whether the rows of a table name the currency of their money."""
    return bool(table.money_columns) and CURRENCY in table.column_names


def allowed_decimals(currencies: pa.Array | None, size: int) -> np.ndarray:
    """For each row how many decimals its money may have; where no currency is named, DECIMALS."""
    if currencies is None:
        return np.full(size, DECIMALS, np.int64)
    coded = currencies.dictionary_encode()
    known = [
        min(decimals_of(code), DECIMALS) if code and code.strip() else DECIMALS
        for code in coded.dictionary.to_pylist()
    ]
    codes = coded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    return np.array([*known, DECIMALS], np.int64)[codes]


def are_usual(decimals: np.ndarray) -> bool:
    """Whether all that USUAL_MONEY can hold has no more decimals than it may have."""
    return bool((decimals >= USUAL_MONEY.scale).all())


def judged(
    typed: pa.Array, decimals: np.ndarray, more: Mapping[int, Decimal] | None = None
) -> Amounts:
    """Amounts of at most DECIMALS decimals, each with as many as it may have; ``more``: those that
    have more than DECIMALS, by position."""
    units = to_units(typed)
    beyond = units % _STEPS[decimals] != 0
    exact = dict(more or {})
    for position in np.flatnonzero(beyond & ~_nulls(typed)).tolist():
        exact.setdefault(position, Decimal(int(units[position])).scaleb(-DECIMALS))
    if not exact:
        return Amounts(typed)
    units = units.copy()
    is_null = _nulls(typed)
    for position, amount in list(exact.items()):
        rounded = _rounded(amount, int(decimals[position]))
        is_null[position] = abs(rounded) >= _BOUND
        units[position] = 0 if is_null[position] else int(rounded / _UNIT)
        if is_null[position]:
            del exact[position]
    return Amounts(from_units(units, is_null), exact)


def read_exactly(written: Mapping[int, str]) -> tuple[dict[int, Decimal], list[int]]:
    """Numbers as they are written (point as decimal sign), by position: those with more decimals
    than DECIMALS, and the positions of those that are too large to be money."""
    more, large = {}, []
    with localcontext(prec=DIGITS):
        for position, digits in written.items():
            amount = Decimal(digits)
            if abs(_rounded(amount, DECIMALS)) >= _BOUND:
                large.append(position)
            elif amount != _rounded(amount, DECIMALS):
                more[position] = amount
    return more, large


def to_units(amounts: pa.Array) -> np.ndarray:
    """Money in thousandths, int64; 0 where it is null."""
    words = np.frombuffer(amounts.buffers()[1], np.int64)
    units = words[2 * amounts.offset : 2 * (amounts.offset + len(amounts)) : 2]
    return np.where(_nulls(amounts), 0, units) if amounts.null_count else units


def from_units(units: np.ndarray, is_null: np.ndarray) -> pa.Array:
    """Thousandths as money."""
    words = np.empty((len(units), 2), np.int64)
    words[:, 0] = units
    words[:, 1] = units >> 63
    validity = pa.array(~is_null).buffers()[1]
    return pa.Array.from_buffers(MONEY, len(units), [validity, pa.py_buffer(words)])


def _rounded(amount: Decimal, decimals: int) -> Decimal:
    """Half away from zero."""
    with localcontext(prec=DIGITS):
        if amount.adjusted() > DIGITS // 2:
            return amount
        return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _nulls(array: pa.Array) -> np.ndarray:
    return array.is_null().to_numpy(zero_copy_only=False).astype(bool)
