"""What a written value means: null words, numbers, dates, timestamps, booleans, as DuckDB SQL.

Each expression reads a text column ``x`` and gives the typed value, or null where the text is not
of that type. Nothing is guessed row by row: a date order or decimal sign other than the default is
said for the whole run.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from bullion.contract import Column, Table
from bullion.errors import BullionError
from bullion.ingest.checking.money import MONEY

NULL_WORDS = ("", " ", "NULL")
# What others write for no value. As text they may be meant, so only --null makes them null.
LIKE_NULL = (
    "\\N", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "null", "Null", "(null)", "None", "NaN",
    "nan", "nil", "-", "--", "?",
)  # fmt: skip

ARROW_TYPES: dict[str, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "date": pa.date32(),
    "ts": pa.timestamp("us"),
    "money": MONEY,
    "rate": pa.decimal128(9, 6),
    "score": pa.decimal128(9, 6),
    "numeric": pa.decimal128(18, 6),
    "exchange_rate": pa.decimal128(18, 9),
    "int": pa.int32(),
    "bool": pa.bool_(),
}
_TRUE = ("true", "t", "yes", "y", "1", "on", "1.0")
_FALSE = ("false", "f", "no", "n", "0", "off", "0.0")

_FORMAT_WORDS = {
    "YYYY": "%Y",
    "YY": "%y",
    "MMM": "%b",
    "MM": "%m",
    "DD": "%d",
}
_SECONDS = " %H:%M:%S"
_TIMES = (
    "", _SECONDS, " %H:%M", "T%H:%M:%S", "T%H:%M", " %H:%M:%S.%f", "T%H:%M:%S.%f"
)  # fmt: skip
_ISO_DAY = r"\d{4}-\d{2}-\d{2}"
_MIDNIGHT = r"([ T]00:00(:00(\.0+)?)?)?"
_TIME = r"[ T]\d{2}(:\d{2}(:\d{2}(\.\d{1,9})?)?)?"
# No clock is further from UTC than 14 hours.
_OFFSET = r"[+-]((0\d|1[0-3])(:?[0-5]\d)?|14(:?00)?)"
_ZONE = rf" ?(Z|z|UTC|{_OFFSET})"


@dataclass(frozen=True)
class ValueFormat:
    """How a run's values are written: ``decimal`` is ``.`` or ``,``, ``date_format`` strptime's.

    ``null_words`` stand for no value, beside those that always do. ``rounds_money``: amounts with
    more decimals than their currency are rounded, and not rejected.
    """

    decimal: str = "."
    date_format: str | None = None
    null_words: tuple[str, ...] = ()
    rounds_money: bool = False

    @property
    def is_canonical(self) -> bool:
        """Whether a file may be as bronze's own tables are written."""
        return self.decimal == "." and self.date_format is None and not self.null_words

    def is_as_usual(self, kind: pa.DataType) -> bool:
        """Whether values of that type are written as where nothing is said of them: with a decimal
        point, with ISO dates."""
        if pa.types.is_temporal(kind):
            return self.date_format is None
        return self.decimal == "." or not pa.types.is_decimal(kind)


def value_format(
    decimal: str = ".",
    date_format: str | None = None,
    null_words: Iterable[str] = (),
    *,
    rounds_money: bool = False,
) -> ValueFormat:
    """Options of a run, checked. ``date_format``: ``DD.MM.YYYY``, ``YYMMDD`` … or ``%d.%m.%Y``."""
    if decimal not in (".", ","):
        raise BullionError(f"--decimal '{decimal}' is not one: give . or , (as in 1.234,56).")
    words = tuple(null_words)
    if date_format is None:
        return ValueFormat(decimal, None, words, rounds_money)
    text = strptime_format(date_format)
    parts = set(re.findall(r"%([A-Za-z])", text))
    if not (parts & set("yY") and parts & set("mbB") and "d" in parts) or "'" in text:
        raise BullionError(
            f"--date-format '{date_format}' has no year, month and day: "
            "give for example DD.MM.YYYY, MM/DD/YYYY, YYMMDD or %d.%m.%Y."
        )
    return ValueFormat(decimal, text, words, rounds_money)


def strptime_format(date_format: str) -> str:
    """A date format in strptime's words: DD.MM.YYYY is %d.%m.%Y; one that has them stays."""
    if "%" not in date_format:
        for word, code in _FORMAT_WORDS.items():
            date_format = date_format.replace(word, code)
    return date_format


def like_null(table: Table) -> tuple[str, ...]:
    """The words of LIKE_NULL that are no value of a closed set of the table."""
    meant = {value for column in table.columns for value in column.values}
    return tuple(word for word in LIKE_NULL if word not in meant)


def expression(column: Column, style: ValueFormat) -> str:
    """SQL that reads text ``x`` as the column's type; null where it cannot be read."""
    if column.type == "bool":
        return _boolean()
    if column.type == "date":
        return _date(style)
    if column.type == "ts":
        return _timestamp(style)
    if column.type == "int":
        return _integer(style)
    return f"try_cast({number(style)} as {_decimal_type(column)})"


def expected(column: Column, style: ValueFormat) -> str:
    """What a value of this column looks like, for the one who must correct it."""
    day = _readable(style.date_format) if style.date_format else "YYYY-MM-DD"
    number = "1234.56" if style.decimal == "." else "1.234,56"
    return {
        "bool": "true or false (also yes/no, y/n, t/f, 1/0)",
        "date": f"a date written {day}",
        "ts": f"a timestamp written {day} HH:MM:SS, UTC or with its offset",
        "int": "a whole number between -2147483648 and 2147483647",
        "money": f"an amount written like {number}, below 10^15",
        "rate": f"a fraction like {_example('0.045', style)}, below 1000",
        "score": f"a fraction like {_example('0.75', style)}, below 1000",
        "numeric": f"a number written like {number}, below 10^12",
        "exchange_rate": f"a number like {_example('0.006712', style)}, below 10^9",
        "id": "text without NUL",
        "text": "text without NUL",
    }[column.type]


def hint(column: Column, style: ValueFormat, value: str) -> str:
    """Which option helps when the whole file is written the way this value is."""
    if value.strip() in LIKE_NULL:
        word = value.strip()
        return f"; where {word} stands for no value, say {null_option(word)}"
    is_day = column.type in ("date", "ts")
    if is_day and style.date_format is None and not re.match(_ISO_DAY, value.strip()):
        return "; if all dates of the file are written like this, say how with --date-format"
    if pa.types.is_decimal(ARROW_TYPES[column.type]) and style.decimal == ".":
        comma = re.fullmatch(r"\s*[+-]?[\d.]+,\d+\s*", value)
        return "; if the whole file has decimal commas, say --decimal ," if comma else ""
    return ""


def null_option(word: str) -> str:
    """The option by which a word is null, as a shell takes it."""
    return f"--null={shlex.quote(word)}" if word.startswith("-") else f"--null {shlex.quote(word)}"


def _decimal_type(column: Column) -> str:
    precision, scale = re.findall(r"\d+", column.data_type)
    return f"decimal({precision},{scale})"


def number(style: ValueFormat) -> str:
    """SQL that reads text ``x`` as a number in digits with a point; null where it is none."""
    point, group = (r"\.", ",") if style.decimal == "." else (",", r"\.")
    plain = rf"[+-]?(\d+{point}?\d*|{point}\d+)([eE][+-]?\d{{1,2}})?"
    grouped = rf"[+-]?\d{{1,3}}({group}\d{{3}})+({point}\d*)?"
    ungrouped = f"replace(trim(x), '{group[-1]}', '')"
    return (
        f"case when regexp_full_match(trim(x), '{plain}|{grouped}') "
        f"then replace({ungrouped}, ',', '.') end"
    )


def _integer(style: ValueFormat) -> str:
    whole = f"try_cast({number(style)} as decimal(38,6))"
    return f"case when {whole} = trunc({whole}) then try_cast({whole} as integer) end"


def _boolean() -> str:
    def listed(words: tuple[str, ...]) -> str:
        return ", ".join(f"'{word}'" for word in words)

    return (
        f"case when lower(trim(x)) in ({listed(_TRUE)}) then true "
        f"when lower(trim(x)) in ({listed(_FALSE)}) then false end"
    )


def _strptime(style: ValueFormat, usual: str, text: str = "trim(x)") -> str:
    # Each try costs, so the time that most have is the first.
    times = sorted(_TIMES, key=lambda time: time != usual)
    formats = ", ".join(f"'{style.date_format}{time}'" for time in times)
    return f"try_strptime({text}, [{formats}])"


def _date(style: ValueFormat) -> str:
    if style.date_format:
        moment = _strptime(style, "")
        return (
            f"case when {moment} = date_trunc('day', {moment}) and year({moment}) >= 1000 "
            f"then cast({moment} as date) end"
        )
    return (
        f"case when regexp_full_match(trim(x), '{_ISO_DAY}{_MIDNIGHT}') "
        "and left(trim(x), 4) > '0000' then try_cast(left(trim(x), 10) as date) end"
    )


def _timestamp(style: ValueFormat) -> str:
    zoned = "regexp_replace(trim(x), ' ?(Z|z|UTC)$', '+00:00')"
    zoned = f"regexp_replace({zoned}, ' ?([+-]\\d{{2}})$', '\\1:00')"
    zoned = f"regexp_replace({zoned}, ' ?([+-]\\d{{2}}):?(\\d{{2}})$', '\\1:\\2')"
    iso = (
        "case when left(trim(x), 4) = '0000' then null "
        f"when regexp_full_match(trim(x), '{_ISO_DAY}[ T]\\d{{2}}') "
        "then try_cast(trim(x) || ':00' as timestamp) "
        f"when regexp_full_match(trim(x), '{_ISO_DAY}({_TIME})?') "
        "then try_cast(trim(x) as timestamp) "
        f"when regexp_full_match(trim(x), '{_ISO_DAY}{_TIME}{_ZONE}') "
        f"then cast(try_cast({zoned} as timestamptz) as timestamp) end"
    )
    if not style.date_format:
        return iso
    # An offset follows a time, so that the end of 10-12-05 is none.
    zone = f"regexp_extract(trim(x), '[ T]\\d{{2}}:\\d{{2}}\\S*?({_ZONE})$', 1)"
    moment = _strptime(style, _SECONDS, f"left(trim(x), length(trim(x)) - length({zone}))")
    offset = f"trim({zone}, ' zZUTC')"
    hours = f"try_cast({offset}[2:3] as integer)"
    minutes = f"try_cast(nullif(replace({offset}[4:], ':', ''), '') as integer)"
    ahead = f"case {offset}[1] when '-' then -1 else 1 end"
    ahead = f"to_minutes({ahead} * coalesce({hours} * 60 + coalesce({minutes}, 0), 0))"
    own = f"case when year({moment}) >= 1000 then {moment} - {ahead} end"
    # Four digits of year first could be either order of month and day: then only what was said.
    any_form = own if style.date_format.startswith("%Y") else f"coalesce({own}, {iso})"
    # An offset is looked for only where one may be, which costs twice what all else does. (A case
    # evaluates no branch for rows that do not need it; coalesce does.)
    plain = _strptime(style, _SECONDS)
    return f"case when year({plain}) >= 1000 then {plain} else {any_form} end"


def _readable(date_format: str) -> str:
    text = date_format
    for word, code in _FORMAT_WORDS.items():
        text = text.replace(code, word)
    return text


def _example(number: str, style: ValueFormat) -> str:
    return number.replace(".", style.decimal)
