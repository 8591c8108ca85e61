"""Key figures as cards: a value, its change on a year ago, its target and its past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from bullion.charts.floors import counts_differ, rates_differ
from bullion.charts.formats import change, count, is_missing, money, number, percent, points
from bullion.charts.view import Card

# A smaller change is neither good nor bad, whatever it is of.
_LEAST_CHANGE = 0.005


@dataclass(frozen=True)
class KeyFigure:
    """A key figure: its column, what it is called, how it is written, whether more is better.

    ``chance``: "count" where it counts events that come by themselves, the column of what it is a
    share of where it is a rate; a change within chance is neither good nor bad. Empty: a change
    of half a per cent or more is one.
    """

    column: str
    name: str
    form: Literal["count", "money", "percent", "number"] = "count"
    more_is: Literal["good", "bad", "neither"] = "good"
    chance: str = ""
    digits: int = 1


def cards_of(
    figures: Sequence[KeyFigure], now: pd.Series, before: pd.Series | None, currency: str
) -> list[Card]:
    """The cards of those figures that the rows have and that say something."""
    return [
        Card(
            label=each.name,
            value=written(each, now[each.column], currency),
            column=each.column,
            change=changed(each, now, before),
            judgement=_judgement(each, now, before),
            past=_past(now.get(f"{each.column}_past")),
            target=_target(each, now, currency),
        )
        for each in figures
        if each.column in now.index and _says_something(each.column, now, before)
    ]


def _says_something(column: str, now: pd.Series, before: pd.Series | None) -> bool:
    """Whether there is a value: nothing today and a year ago is what a bank has that was never
    asked, such as debts where no loans are loaded."""
    return any(
        row is not None and not is_missing(row[column]) and bool(row[column])
        for row in (now, before)
    )


def written(figure: KeyFigure, value: Any, currency: str) -> str:
    """A value as the card has it."""
    if figure.form == "money":
        return money(value, currency)
    if figure.form == "percent":
        return percent(value, figure.digits)
    return number(value) if figure.form == "number" else count(value)


def changed(figure: KeyFigure, now: pd.Series, before: pd.Series | None) -> str:
    """The change on a year ago: of a rate in points, of all else relative; empty where the rows
    leave none, which they do where the earlier value is not of its time."""
    if before is None:
        return ""
    value, earlier = now[figure.column], before[figure.column]
    if is_missing(value) or is_missing(earlier):
        return ""
    if figure.form == "percent":
        return points(float(value) - float(earlier))
    rate = f"{figure.column}_change_rate"
    if rate in before.index:
        return "" if is_missing(before[rate]) else change(before[rate])
    return change(float(value) / float(earlier) - 1) if float(earlier) > 0 else ""


def _judgement(figure: KeyFigure, now: pd.Series, before: pd.Series | None) -> str:
    if before is None or figure.more_is == "neither" or not changed(figure, now, before):
        return "neither"
    value, earlier = float(now[figure.column]), float(before[figure.column])
    if abs(value - earlier) < _LEAST_CHANGE * abs(earlier) or value == earlier:
        return "neither"
    if not _is_beyond_chance(figure, now, before):
        return "neither"
    return "good" if (value > earlier) == (figure.more_is == "good") else "bad"


def _is_beyond_chance(figure: KeyFigure, now: pd.Series, before: pd.Series) -> bool:
    value, earlier = float(now[figure.column]), float(before[figure.column])
    if figure.chance == "count":
        return counts_differ(value, earlier)
    if figure.chance:
        units = (float(now[figure.chance]), float(before[figure.chance]))
        return rates_differ(value, units[0], earlier, units[1])
    return True


def _target(figure: KeyFigure, now: pd.Series, currency: str) -> str:
    """The target of the value, or that of its change."""
    level = now.get(f"{figure.column}_target")
    if not is_missing(level):
        return written(figure, level, currency)
    growth = now.get(f"{figure.column}_change_rate_target")
    return "" if is_missing(growth) else f"{change(growth)} a year"


def _past(text: Any) -> tuple[float, ...]:
    """Earlier values, oldest first, from numbers with blanks between them."""
    return () if is_missing(text) else tuple(float(each) for each in str(text).split())
