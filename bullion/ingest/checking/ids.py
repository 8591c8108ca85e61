"""Ids and text as they stood in the file, whatever they are stored as there."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

# How a spreadsheet writes a long number: 1.23457E+12, 1,23457E+12, 1E+15. Without sign and point it
# may be an id: 12E5.
_SHORTENED = r"^[+-]?\d+([.,]\d*[eE][+-]?|[eE]\+)\d+$"
# How a spreadsheet is told that digits are text: ="00123" and '00123.
_FORMULA, _FORMULA_MARK = r'^="(.*)"$', b"="
_APOSTROPHE, _APOSTROPHE_MARK = r"^'[^']+$", b"'"
_POINTS = b".,+"
# In characters. Two of them, of four bytes each, still fit an entry of PostgreSQL's indexes.
LONGEST_ID = 255
# Above this, neighbouring whole numbers are one float.
_EXACT_BITS = {pa.float16(): 11, pa.float32(): 24, pa.float64(): 53}


def id_text(given: pa.Array) -> tuple[pa.Array, int]:
    """A column of ids as text, null where the id cannot be known exactly; and how many were
    written with a leading apostrophe, which is left out.

    The same number gives the same text whatever it is stored as.
    """
    if pa.types.is_boolean(given.type):
        return pa.nulls(len(given), pa.string()), 0
    if is_inexact(given.type):
        return _whole_numbers(given), 0
    texts = as_text(given)
    marks = 0
    if _holds(texts, _APOSTROPHE_MARK):
        marked = pc.match_substring_regex(texts, _APOSTROPHE)
        marks = pc.sum(marked).as_py() or 0
        if marks:
            texts = pc.if_else(marked, pc.utf8_slice_codeunits(texts, 1), texts)
    if _holds(texts, _POINTS):
        shortened = pc.match_substring_regex(texts, _SHORTENED)
        texts = pc.if_else(shortened, pa.scalar(None, texts.type), texts)
    return texts, marks


def as_text(given: pa.Array) -> pa.Array:
    """A column as text, null where its bytes are none; whole numbers without a point."""
    if is_inexact(given.type):
        return pc.coalesce(_whole_numbers(given), given.cast(pa.string()))
    if pa.types.is_binary(given.type) or pa.types.is_large_binary(given.type):
        return _decoded(given)
    texts = given.cast(pa.string())
    if pa.types.is_integer(given.type) or not _holds(texts, _FORMULA_MARK):
        return texts
    return pc.replace_substring_regex(texts, _FORMULA, r"\1")


def count_shortened(texts: pa.Array) -> int:
    """How many texts have the form of a long number that a spreadsheet has shortened."""
    if not _holds(texts, b"+"):
        return 0
    return pc.sum(pc.match_substring_regex(texts, _SHORTENED)).as_py() or 0


def why_no_id(kind: pa.DataType) -> str:
    """What is wrong with a value of a column of that type that is no id."""
    if pa.types.is_boolean(kind):
        return "which is true or false and no id: export the column as text"
    if is_inexact(kind):
        return "which as a number does not say its digits exactly: export the column as text"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return (
            "the form in which a spreadsheet shortens long numbers, so that digits are lost: "
            "export the column as text"
        )
    return "expected text without NUL"


def too_long(ids: pa.Array) -> pa.Array:
    """Which ids have more characters than :data:`LONGEST_ID`; null ids have none."""
    return pc.fill_null(pc.greater(pc.utf8_length(ids), LONGEST_ID), False)


def is_inexact(kind: pa.DataType) -> bool:
    """Whether numbers of a type may have a fraction."""
    return bool(pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _whole_numbers(given: pa.Array) -> pa.Array:
    """Floats and decimals as text without a point, null where they are not exactly whole."""
    whole = pc.equal(pc.floor(given), given)
    if pa.types.is_decimal(given.type):
        kept = pc.if_else(whole, given, pa.scalar(None, given.type))
        return kept.cast(pa.decimal256(76, 0)).cast(pa.string())
    wide = given.cast(pa.float64())
    bound = float(1 << _EXACT_BITS[given.type])
    whole = pc.and_(whole, pc.less_equal(pc.abs(wide), bound))
    kept = pc.if_else(whole, wide, pa.scalar(None, pa.float64()))
    return kept.cast(pa.int64()).cast(pa.string())


def _decoded(given: pa.Array) -> pa.Array:
    try:
        return given.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([_utf8(value) for value in given.to_pylist()], pa.string())


def _utf8(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _holds(texts: pa.Array, characters: bytes) -> bool:
    """Whether one of the ASCII characters may stand in a text; a look at the bytes is cheap."""
    buffer = texts.buffers()[-1]
    if buffer is None:
        return False
    data = buffer.to_pybytes()
    return any(character in data for character in characters)
