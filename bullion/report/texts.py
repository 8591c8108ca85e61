"""Text made safe for the place where it stands: a script, a cell of a CSV, a cell of a table."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from typing import Any

import pandas as pd

from bullion.charts.formats import MISSING, is_missing

# What a spreadsheet takes for the beginning of a formula or of a new cell: also in full width, and
# after blanks and other characters that it passes over.
_FORMULA = re.compile(
    r"[\s\x00-\x20\x7f-\xa0\u200b-\u200f\u2060\ufeff]*[=+\-@|\uff1d\uff0b\uff0d\uff20\u2212]|[\t\r\n]"
)
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?%?", re.ASCII)
# Ends a script element, opens a comment in one, ends a line of a script.
_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def script_json(value: Any) -> str:
    """A value as JSON for a script within a page, safe whatever names it holds."""
    return in_script(_compact(value))


def file_json(value: Any) -> str:
    """A value as JSON for a script that is a file of its own, where markup means nothing."""
    text = _compact(value)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def in_script(text: str) -> str:
    """JSON made safe within a script: in it these characters stand in strings alone."""
    for letter, code in _IN_SCRIPT.items():
        text = text.replace(letter, code)
    return text


def csv_cell(value: Any) -> str:
    """A value for a CSV that may be opened in a spreadsheet: text that it would take for a formula
    gets an apostrophe in front, numbers stay numbers."""
    if is_missing(value):
        return ""
    text = exact(value)
    if isinstance(value, str) and _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def exact(value: Any) -> str:
    """A value for CSV, nothing rounded."""
    if isinstance(value, pd.Timestamp | dt.datetime):
        return value.strftime("%Y-%m-%d" if _is_midnight(value) else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def as_text(value: Any) -> str:
    """A value for the table: at most six significant digits."""
    if is_missing(value):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not value.is_integer():
        digits = max(0, 5 - math.floor(math.log10(abs(value)))) if math.isfinite(value) else 0
        return f"{value:,.{min(digits, 2 if abs(value) >= 1000 else 6)}f}"
    if isinstance(value, int | float):
        return f"{int(value):,}"
    return exact(value)


def _is_midnight(value: dt.datetime) -> bool:
    return (value.hour, value.minute, value.second) == (0, 0, 0)
