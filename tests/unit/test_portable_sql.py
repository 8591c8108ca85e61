"""The models' SQL keeps to what PostgreSQL, DuckDB and Spark read alike (design: Portable SQL).

A pattern sees only part of the rules: which column is nullable or decimal it cannot know.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bullion.paths import PROJECT_DIR

# The portable macros exist to hold what differs; the rest is one engine's own.
EXEMPT = (
    "macros/portable/",
    "macros/access/",
    "macros/materializations/hanging_postgres",
    "macros/materializations/incremental_",
    "macros/materializations/index_sql",
    "macros/materializations/patience_postgres",
    "macros/materializations/persist_docs_postgres",
    "macros/materializations/refill_postgres",
    "macros/materializations/table_postgres",
    "macros/materializations/take_place_postgres",
    "macros/materializations/view_postgres",
    "macros/statistics/create_stats_function.sql",
)

_COMMENTS = re.compile(r"\{#.*?#\}|--[^\n]*", re.DOTALL)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_TEXT = re.compile(r"'(?:[^']|'')*'")


@dataclass(frozen=True)
class Rule:
    """A pattern that may not occur, and what to write in its place."""

    pattern: str
    instead: str
    bad: str
    good: str
    within: str = "all"
    not_in: str = ""


RULES = [
    Rule(**rule)
    for rule in yaml.safe_load(
        (Path(__file__).parent / "portable_sql_rules.yml").read_text("utf-8")
    )
]


def _parts(text: str) -> dict[str, str]:
    def blank(found: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", found.group())

    text = _COMMENTS.sub(blank, text)
    outside = _JINJA.sub(blank, text)
    return {
        "all": text,
        "code": _TEXT.sub(blank, text),
        "sql": _TEXT.sub(blank, outside),
        "sql with text": outside,
    }


def broken_rules(text: str, file: str = "") -> list[tuple[int, str, str]]:
    """What a file breaks: line, what stands there, what to write instead."""
    parts = _parts(text)
    found = []
    for rule in RULES:
        if rule.not_in and file.startswith(rule.not_in):
            continue
        for match in re.finditer(rule.pattern, parts[rule.within], re.IGNORECASE):
            line = text.count("\n", 0, match.start()) + 1
            found.append((line, match.group().strip(), rule.instead))
    return sorted(found)


def _files() -> list[Path]:
    folders = ("models", "macros", "tests/dbt")
    files = [file for folder in folders for file in PROJECT_DIR.glob(f"{folder}/**/*.sql")]
    names = [file.relative_to(PROJECT_DIR) for file in sorted(files)]
    return [name for name in names if not name.as_posix().startswith(EXEMPT)]


def test_files_are_portable() -> None:
    """One test for all files: one for each made a third of what pytest had to collect."""
    files = _files()
    assert len(files) > 200
    broken = [
        f"{file}:{line}: '{text}' is not the same on every engine: write {instead}"
        for file in files
        for line, text, instead in broken_rules(
            (PROJECT_DIR / file).read_text(encoding="utf-8"), file.as_posix()
        )
    ]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("rule", RULES, ids=[rule.bad for rule in RULES])
def test_rule_sees_what_it_is_for(rule: Rule) -> None:
    assert rule.instead in [instead for _, _, instead in broken_rules(rule.bad)]
    assert not broken_rules(rule.good)


def test_comments_are_not_sql() -> None:
    assert not broken_rules("{# a / b, avg(x) #} select 1 -- now() \n")
    assert broken_rules("select 1 -- fine\n, a / b") == [(2, "a / b", "{{ ratio(a, b) }}")]


def unportable_cells(text: str) -> list[tuple[int, str]]:
    """Line and value of what a seed may not hold: dbt-spark binds nulls as text, numbers as floats.

    Data with empty cells or long decimals comes to every engine by ``bullion load``.
    """
    return [
        (line, value)
        for line, row in enumerate(csv.reader(text.splitlines()), start=1)
        for value in row
        if not value or re.fullmatch(r"-?(?=[\d.]{17})\d*\.\d*", value)
    ]


def test_seeds_hold_no_nulls_and_no_long_decimals() -> None:
    assert unportable_cells("a,b\n1,\n2,1234567890123.4567\n3,0.25") == [
        (2, ""),
        (3, "1234567890123.4567"),
    ]
    found = {
        file.name: unportable_cells(file.read_text(encoding="utf-8"))
        for file in PROJECT_DIR.glob("seeds/**/*.csv")
    }
    assert not {name: cells for name, cells in found.items() if cells}
