"""Numbers as people read them, in sentences, on marks and on axes; what is missing is an en dash.

Every number of a chart is written here, ticks included: per cent after a narrow no-break space, a
true minus, and no rounding that says nothing or all of what is only nearly so.
"""

from __future__ import annotations

import html
import math
from typing import Any

import pandas as pd

MISSING = "–"
MINUS = "−"
# Narrow and not broken: between a number and its unit.
SPACE = "\u202f"
_STEPS = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"))
# ISO 4217's code for none.
NO_CURRENCY = "XXX"


def is_missing(value: Any) -> bool:
    """None, NaN, NaT or pandas' NA."""
    return value is None or bool(pd.isna(value))


def number(value: Any, digits: int = 2) -> str:
    """1,234.50, with a true minus, and never a minus before nothing."""
    if is_missing(value):
        return MISSING
    text = f"{float(value):,.{digits}f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def count(value: Any) -> str:
    """12,345."""
    return MISSING if is_missing(value) else number(round(float(value)), 0)


def counted(value: Any, noun: str) -> str:
    """12,345 customers, or 1 customer."""
    text = count(value)
    return f"{text} {noun}" if text == "1" else f"{text} {noun}s"


def short(value: Any, digits: int = 3) -> str:
    """1.23m, 45.6k, 789, 12.50: ``digits`` significant digits from a hundred on."""
    if is_missing(value):
        return MISSING
    found = float(value)
    for size, letter in _STEPS:
        # 999,999 is 1.00m and not 1000k.
        if abs(found) >= size * (1 - 0.5 * 10.0**-digits):
            scaled = found / size
            whole = max(1, math.floor(math.log10(max(abs(scaled), 1))) + 1)
            return f"{number(scaled, max(0, digits - whole))}{letter}"
    return number(found, 0 if found == round(found) or abs(found) >= 100 else 2)


def currency_of(data: pd.DataFrame) -> str:
    """The code of the money in the rows' column reporting_currency; empty where none is named."""
    if "reporting_currency" not in data.columns or data["reporting_currency"].dropna().empty:
        return ""
    code = str(data["reporting_currency"].dropna().iloc[0])
    return "" if code == NO_CURRENCY else code


def money(value: Any, currency: str = "") -> str:
    """1.23m with the currency's sign or code before it; minus before both."""
    if is_missing(value):
        return MISSING
    text = short(abs(float(value)))
    sign = MINUS if float(value) < 0 and text.strip("0.") else ""
    return f"{sign}{currency}{SPACE if currency.isalpha() else ''}{text}"


def percent(value: Any, digits: int = 1) -> str:
    """A fraction as 12.3 %; with more digits where it would be said to be nothing or all."""
    return MISSING if is_missing(value) else f"{_part(100 * float(value), digits)}{SPACE}%"


def change(value: Any, digits: int = 1) -> str:
    """A relative change as +12.3 % or −4.0 %."""
    return MISSING if is_missing(value) else f"{_signed(100 * float(value), digits)}{SPACE}%"


def points(value: Any, digits: int | None = None) -> str:
    """The difference of two fractions as +0.24 points; without ``digits`` two below one point."""
    if is_missing(value):
        return MISSING
    moved = 100 * float(value)
    return f"{_signed(moved, (2 if abs(moved) < 1 else 1) if digits is None else digits)} points"


def compared(rate: Any, than: str, *, countable: bool) -> str:
    """A relative change in words: 3.2 % more than ``than``, 3.2 % fewer (less where the thing is
    not ``countable``), as many (as much) as it where the change rounds to nothing, and from five
    times on 61 times as many (as much), since percentages of hundreds are hard to read."""
    moved = float(rate)
    as_many = f"as {'many' if countable else 'much'} as {than}"
    if round(100 * abs(moved), 1) == 0:
        return as_many
    if moved >= 4:
        return f"{number(1 + moved, 0)} times {as_many}"
    fewer = "fewer" if countable else "less"
    return f"{percent(abs(moved))} {'more' if moved > 0 else fewer} than {than}"


def p_value(value: Any, letter: str = "p") -> str:
    """p = 0.034, or p < 0.001."""
    if is_missing(value):
        return f"{letter} {MISSING}"
    if float(value) < 0.001:
        return f"{letter} < 0.001"
    return f"{letter} = {number(value, 3)}"


def day(value: Any) -> str:
    """7 Nov 2025."""
    return MISSING if is_missing(value) else f"{value.day} {value:%b %Y}"


def month(value: Any) -> str:
    """November 2025."""
    return MISSING if is_missing(value) else f"{value:%B %Y}"


def name(value: Any, most: int = 22) -> str:
    """A name for a sentence: cut with an ellipsis after ``most`` characters."""
    text = "Unknown" if is_missing(value) else str(value)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def label(value: Any, most: int = 22) -> str:
    """A name for a picture, where it fits the axis of a phone and is no markup."""
    return html.escape(name(value, most), quote=False)


def listed(names: list[str]) -> str:
    """A, B and C."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _part(value: float, digits: int) -> str:
    """A value of 0 to 100 with so many digits that it is not written as an end that it is not."""
    for more in range(digits, digits + 3):
        text = number(value, more)
        if value in (0.0, 100.0) or float(text.replace(",", "").replace(MINUS, "-")) not in (
            0,
            100,
        ):
            return text
    least = 10.0 ** -(digits + 2)
    near = number(least, digits + 2) if abs(value) < 1 else number(100 - least, digits + 2)
    return f"{'under' if value < 100 and abs(value) < 1 else 'over'} {near}"


def _signed(value: float, digits: int) -> str:
    text = _part(abs(value), digits)
    if value == 0:
        return text
    return f"{MINUS if value < 0 else '+'}{text}"
