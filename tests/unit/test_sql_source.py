"""What sqlfluff judges only after templating, judged on the text as it is written."""

from __future__ import annotations

import re
from pathlib import Path

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


def test_there_are_files() -> None:
    assert len(FILES) > 50


def test_what_sqlfluff_leaves_out_is_there() -> None:
    lines = (PROJECT_DIR / ".sqlfluffignore").read_text(encoding="utf-8").splitlines()
    named = [line for line in lines if line.endswith(".sql")]
    assert named
    assert [line for line in named if not (PROJECT_DIR / line).is_file()] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT_DIR)))
def test_lines(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.isascii()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    inside = lines_inside_jinja(text)
    for number, line in enumerate(text.splitlines(), start=1):
        where = f"{path.relative_to(PROJECT_DIR)}:{number}"
        has_jinja = number in inside or "{{" in line or "{%" in line
        longest = MAX_LENGTH_WITH_JINJA if has_jinja else MAX_LENGTH
        assert len(line) <= longest, f"{where}: {len(line)} characters"
        assert line == line.rstrip(), f"{where}: blanks at the end"
        assert "\t" not in line, f"{where}: a tab"
        indent = len(line) - len(line.lstrip())
        assert number in inside or indent % 4 == 0, f"{where}: an indent of {indent}"


@pytest.mark.parametrize(
    "path",
    sorted((PROJECT_DIR / "models/silver/staging").glob("stg_*.sql")),
    ids=lambda path: path.stem,
)
def test_views_have_no_ctes(path: Path) -> None:
    """PostgreSQL does not look through a view that begins with `with`: a join would read it all."""
    assert not re.search(r"^\s*with\b", path.read_text(encoding="utf-8"), re.MULTILINE)
