"""What sqlfluff judges only after templating, judged on the text as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from bullion.paths import PROJECT_DIR

MAX_LENGTH = 100
FOLDERS = ("models", "macros", "tests/dbt", "postgres-init")
FILES = [path for folder in FOLDERS for path in sorted((PROJECT_DIR / folder).rglob("*.sql"))]


def test_there_are_files() -> None:
    assert len(FILES) > 50


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT_DIR)))
def test_lines(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.isascii()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    in_comment = False
    for number, line in enumerate(text.splitlines(), start=1):
        where = f"{path.relative_to(PROJECT_DIR)}:{number}"
        assert len(line) <= MAX_LENGTH, f"{where}: {len(line)} characters"
        assert line == line.rstrip(), f"{where}: blanks at the end"
        assert "\t" not in line, f"{where}: a tab"
        starts_in_comment = in_comment
        in_comment = line.rfind("{#") > line.rfind("#}") or (in_comment and "#}" not in line)
        if not starts_in_comment:
            indent = len(line) - len(line.lstrip())
            assert indent % 4 == 0, f"{where}: an indent of {indent}"
