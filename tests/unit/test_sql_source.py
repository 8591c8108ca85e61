"""What sqlfluff judges only after templating, judged on the text as it is written."""

from __future__ import annotations

import re

import pytest

from bullion.paths import PROJECT_DIR

MAX_LENGTH = 100
# Jinja in a line is not part of the SQL that one reads in target/compiled.
MAX_LENGTH_WITH_JINJA = 120
FOLDERS = ("models", "macros", "tests/dbt", "postgres-init")
FILES = [path for folder in FOLDERS for path in sorted((PROJECT_DIR / folder).rglob("*.sql"))]
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def lines_inside_jinja(text: str) -> set[int]:
    """Numbers (from 1) of the lines that continue a Jinja expression, statement or comment."""
    inside: set[int] = set()
    for found in JINJA.finditer(text):
        first = text.count("\n", 0, found.start()) + 1
        inside.update(range(first + 1, first + 1 + found.group().count("\n")))
    return inside


def faults(text: str) -> list[tuple[int, str]]:
    """What is wrong in a file's text: the line, and what it is."""
    found = []
    if not text.endswith("\n") or text.endswith("\n\n"):
        found.append((text.count("\n") or 1, "the file does not end with one line end"))
    inside = lines_inside_jinja(text)
    for number, line in enumerate(text.splitlines(), start=1):
        has_jinja = number in inside or "{{" in line or "{%" in line
        indent = len(line) - len(line.lstrip())
        if not line.isascii():
            found.append((number, "not ASCII"))
        if len(line) > (MAX_LENGTH_WITH_JINJA if has_jinja else MAX_LENGTH):
            found.append((number, f"{len(line)} characters"))
        if line != line.rstrip():
            found.append((number, "blanks at the end"))
        if "\t" in line:
            found.append((number, "a tab"))
        if number not in inside and indent % 4:
            found.append((number, f"an indent of {indent}"))
    return found


def test_there_are_files() -> None:
    assert len(FILES) > 50


def test_files_are_written_as_agreed() -> None:
    """One test for all files: one for each made a third of what pytest had to collect."""
    found = [
        f"{path.relative_to(PROJECT_DIR)}:{line}: {fault}"
        for path in FILES
        for line, fault in faults(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("select 1\n", []),
        ("select\n    '\u00e9'\n", [(2, "not ASCII")]),
        ("select 1", [(1, "the file does not end with one line end")]),
        ("select 1\n\n", [(2, "the file does not end with one line end")]),
        ("select 1 \n", [(1, "blanks at the end")]),
        ("select\t1\n", [(1, "a tab")]),
        ("select\n  1\n", [(2, "an indent of 2")]),
        ("{{ one(\n  1) }}\n", []),
        (f"select {'1' * 94}\n", [(1, "101 characters")]),
        (f"select {'1' * 94} {{{{ a }}}}\n", []),
        (f"select {'1' * 110} {{{{ a }}}}\n", [(1, "125 characters")]),
    ],
)
def test_a_fault_is_seen(text: str, found: list[tuple[int, str]]) -> None:
    assert faults(text) == found


def test_views_have_no_ctes() -> None:
    """PostgreSQL does not look through a view that begins with `with`: a join would read it all."""
    views = sorted((PROJECT_DIR / "models/silver/staging").glob("stg_*.sql"))
    assert len(views) > 20
    with_ctes = [
        path.stem
        for path in views
        if re.search(r"^\s*with\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert not with_ctes
