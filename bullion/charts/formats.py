"""Numbers as people read them; what is missing is an en dash."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

MISSING = "–"
_STEPS = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"))


def is_missing(value: Any) -> bool:
    """None, NaN, NaT or pandas' NA."""
    return value is None or bool(pd.isna(value))


def count(value: Any) -> str:
    """12,345."""
    return MISSING if is_missing(value) else f"{round(float(value)):,}"


def short(value: Any, digits: int = 3) -> str:
    """1.23m, 45.6k, 789: ``digits`` significant digits from a thousand on."""
    if is_missing(value):
        return MISSING
    number = float(value)
    for size, letter in _STEPS:
        # 999,999 is 1.00m and not 1000k.
        if abs(number) >= size * (1 - 0.5 * 10.0**-digits):
            scaled = number / size
            whole = max(1, math.floor(math.log10(max(abs(scaled), 1))) + 1)
            return f"{scaled:,.{max(0, digits - whole)}f}{letter}"
    return f"{number:,.0f}" if number == round(number) else f"{number:,.2f}"


def money(value: Any, currency: str = "") -> str:
    """1.23m with the currency's sign or code before it; minus before both."""
    if is_missing(value):
        return MISSING
    sign = "−" if float(value) < 0 else ""
    return f"{sign}{currency}{short(abs(float(value)))}"


def percent(value: Any, digits: int = 1) -> str:
    """A fraction as 12.3 %."""
    return MISSING if is_missing(value) else f"{100 * float(value):.{digits}f} %"


def change(value: Any, digits: int = 1) -> str:
    """A relative change as +12.3 % or −4.0 %."""
    if is_missing(value):
        return MISSING
    number = 100 * float(value)
    return f"{'−' if number < 0 else '+'}{abs(number):.{digits}f} %"


def compared(rate: Any, than: str, *, countable: bool) -> str:
    """A relative change in words: 3.2 % more than ``than``, 3.2 % fewer (less where the thing is
    not ``countable``), as many (as much) as it where the change rounds to nothing, and from five
    times on 61 times as many (as much), since percentages of hundreds are hard to read."""
    moved = float(rate)
    said = percent(abs(moved))
    as_many = f"as {'many' if countable else 'much'} as {than}"
    if said == percent(0):
        return as_many
    if moved >= 4:
        return f"{1 + moved:,.0f} times {as_many}"
    fewer = "fewer" if countable else "less"
    return f"{said} {'more' if moved > 0 else fewer} than {than}"


def p_value(value: Any) -> str:
    """p = 0.034, or p < 0.001."""
    if is_missing(value):
        return f"p {MISSING}"
    return "p < 0.001" if float(value) < 0.001 else f"p = {float(value):.3f}"


def label(value: Any, most: int = 22) -> str:
    """A name that fits an axis of a phone: cut with an ellipsis after ``most`` characters."""
    text = "Unknown" if is_missing(value) else str(value)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
