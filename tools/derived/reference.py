"""What follows from the seeds and from the law: bands and lists as macros, the days of holidays.

A model cuts numbers into bands by a case expression that dbt writes when it compiles, long before
a seed's table could be asked; so the lists that people edit in ``seeds/`` are macros as well.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from bullion.paths import PROJECT_DIR

SEEDS = PROJECT_DIR / "seeds"
BANDS = PROJECT_DIR / "macros" / "reference" / "reference_bands.sql"
LISTS = PROJECT_DIR / "macros" / "reference" / "reference_lists.sql"
HOLIDAYS = SEEDS / "ref_us_holidays.csv"
# From the year in which the Uniform Monday Holiday Act took effect.
FIRST_YEAR, LAST_YEAR = 1971, 2070
MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6

Rows = list[dict[str, str]]


def files() -> dict[Path, str]:
    """The macros and the seed of holidays, and what stands in them."""
    return {
        BANDS: _macro(
            "reference_bands",
            "seeds/ref_bands.csv",
            "Every set of bands: names with their lower bounds, in ascending order.",
            _sets(rows("ref_bands"), "band_set", "band_number", _band),
        ),
        LISTS: _macro(
            "reference_lists",
            "seeds/ref_lists.csv",
            "Every list, in its order.",
            _sets(rows("ref_lists"), "list_name", "list_number", _value),
        ),
        HOLIDAYS: _holidays_csv(),
    }


def rows(seed: str) -> Rows:
    """The rows of a seed as text."""
    with (SEEDS / f"{seed}.csv").open(encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def holidays(year: int) -> dict[str, date]:
    """The federal holidays of a year by name (5 U.S.C. 6103), each on its own day."""
    days = {
        "New Year's Day": date(year, 1, 1),
        "Washington's Birthday": _nth(year, 2, MONDAY, 3),
        "Memorial Day": _nth(year, 6, MONDAY, 1) - timedelta(days=7),
        "Independence Day": date(year, 7, 4),
        "Labor Day": _nth(year, 9, MONDAY, 1),
        "Columbus Day": _nth(year, 10, MONDAY, 2),
        # Public Law 94-97 took it back from October's fourth Monday to its own day.
        "Veterans Day": date(year, 11, 11) if year >= 1978 else _nth(year, 10, MONDAY, 4),
        "Thanksgiving Day": _nth(year, 11, THURSDAY, 4),
        "Christmas Day": date(year, 12, 25),
    }
    if year >= 1986:
        days["Martin Luther King Jr. Day"] = _nth(year, 1, MONDAY, 3)
    if year >= 2021:
        days["Juneteenth"] = date(year, 6, 19)
    return days


def observed(day: date) -> date:
    """The day on which offices are closed for a holiday: a weekday."""
    shift = {SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _holidays_csv() -> str:
    lines = ["holiday_date,holiday_name,observed_date"]
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        kept = sorted((day, name) for name, day in holidays(year).items())
        lines += [f"{day},{name},{observed(day)}" for day, name in kept]
    return "\n".join(lines) + "\n"


def _sets(
    found: Rows, name: str, number: str, write: Callable[[Mapping[str, str]], str]
) -> dict[str, list[str]]:
    """By set its items as written in Jinja. Raises ValueError where a set is not in its order."""
    sets = {key: list(items) for key, items in groupby(found, key=lambda row: row[name])}
    for key, items in sets.items():
        if [int(row[number]) for row in items] != list(range(1, len(items) + 1)):
            raise ValueError(f"{key}: {number} does not count up from 1")
    return {key: [write(row) for row in items] for key, items in sets.items()}


def _band(row: Mapping[str, str]) -> str:
    return f"{{'name': {_text(row['band_name'])}, 'from': {row['lower_bound']}}}"


def _value(row: Mapping[str, str]) -> str:
    value = row["list_value"]
    return value if value.replace(".", "", 1).isdigit() else _text(value)


def _text(value: str) -> str:
    if "'" in value or "\\" in value:
        raise ValueError(f"{value}: neither quotes nor backslashes in a name")
    return f"'{value}'"


def _macro(name: str, seed: str, meaning: str, sets: Mapping[str, list[str]]) -> str:
    return "\n".join([*_lines(name, seed, meaning, sets), ""])


def _lines(name: str, seed: str, meaning: str, sets: Mapping[str, list[str]]) -> Iterator[str]:
    yield f"{{# {meaning}"
    yield f"   Made by python -m tools.derived from {seed}. #}}"
    yield f"{{% macro {name}() -%}}"
    yield "    {{ return({"
    for key, items in sets.items():
        yield f"        '{key}': ["
        yield from (f"            {item}," for item in items)
        yield "        ],"
    yield "    }) }}"
    yield "{%- endmacro %}"
