"""What the values of a sample's column are: dates in some format, numbers, flags or text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bullion.ingest.checking.values import strptime_format

Kind = Literal["date", "number", "whole", "flag", "text", "empty"]

# As a mapping writes them, by which strptime reads them; of two that fit the first is taken.
_DATES = {
    name: strptime_format(name)
    for name in (
        "YYYY-MM-DD",
        "DD.MM.YYYY",
        "DD.MM.YY",
        "DD/MM/YYYY",
        "MM/DD/YYYY",
        "DD/MM/YY",
        "MM/DD/YY",
        "DD-MM-YYYY",
        "MM-DD-YYYY",
        "YYYY/MM/DD",
        "YYYY.MM.DD",
        "YYYYMMDD",
        "YYMMDD",
        "DD MMM YYYY",
        "DD-MMM-YYYY",
    )
}
ISO = "YYYY-MM-DD"
_TIME = re.compile(r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|UTC|[+-]\d{2}:?\d{2}))?$")
_POINT = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?([eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?")
# A number or date in any style, an amount with its currency.
_ANY_VALUE = re.compile(
    r"[+-]?\d[\d.,']*([eE][+-]?\d+)?( ?([A-Z]{3}|[€$£]))?"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}([ T].*)?"
)
_WHOLE = re.compile(r"[+-]?\d+")
_FLAGS = {"true", "false", "yes", "no", "y", "n", "t", "f", "0", "1"}
# A few words among them, as n/a, do not make numbers text.
_SHARE = 0.9
_DATES_LOOKED_AT = 200
_YEARS = range(1900, 2101)


@dataclass(frozen=True)
class ColumnValues:
    """A column's kind; of dates the formats that fit all of them, of numbers the decimal sign.

    ``decimal`` is None where no number shows it. ``words`` are a few of the values.
    """

    kind: Kind
    date_formats: tuple[str, ...] = ()
    decimal: str | None = None
    words: tuple[str, ...] = ()


def column_values(values: Sequence[str | None]) -> ColumnValues:
    """Look at the values of one column; empty ones say nothing."""
    given = [value.strip() for value in values if value and value.strip()]
    if not given:
        return ColumnValues("empty")
    words = tuple(dict.fromkeys(given))[:4]
    flags = {value.lower() for value in given}
    if flags <= _FLAGS:
        return ColumnValues("flag", words=words)
    formats = _date_formats(given)
    if formats:
        return ColumnValues("date", formats, words=words)
    if _most(_WHOLE, given):
        return ColumnValues("whole", words=words)
    point, comma = _most(_POINT, given), _most(_COMMA, given)
    if point or comma:
        return ColumnValues("number", decimal="." if point else ",", words=words)
    return ColumnValues("text", words=words)


def looks_like_value(text: str) -> bool:
    """Whether a field is a date, a number or an amount, as no column is named."""
    text = text.strip()
    return bool(text) and bool(_ANY_VALUE.fullmatch(text) or _date_formats([text]))


def _date_formats(given: Sequence[str]) -> tuple[str, ...]:
    days = [_TIME.sub("", value) for value in given[:_DATES_LOOKED_AT]]
    return tuple(
        name for name in _DATES if sum(_is_date(day, name) for day in days) >= _SHARE * len(days)
    )


def _is_date(day: str, name: str) -> bool:
    has_words = "MMM" in name
    if not has_words and (len(day) > len(name) or not day.replace(".", "").strip()):
        return False
    try:
        year = datetime.strptime(day, _DATES[name]).year  # noqa: DTZ007 (only whether it is one)
    except ValueError:
        return False
    return year in _YEARS and (has_words or len(day) >= len(name) - 2)


def _most(pattern: re.Pattern[str], given: Sequence[str]) -> bool:
    return sum(pattern.fullmatch(value) is not None for value in given) >= _SHARE * len(given)
