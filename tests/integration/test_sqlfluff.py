"""Every model and singular test follows .sqlfluff (its dbt templater compiles on a real server)."""

from __future__ import annotations

import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from bullion.ingest.postgres.ddl import ensure_bronze
from bullion.paths import PROJECT_DIR
from tests.conftest import Database

# Blanks between words: as long as all other rules together.
SPACING = "LT01"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("is_spacing", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_sqlfluff_finds_nothing(database: Database, is_spacing: bool) -> None:
    with database.connect() as connection:
        ensure_bronze(connection)
    if is_spacing:
        chosen = ["--rules", SPACING]
    else:
        config = ConfigParser()
        config.read(PROJECT_DIR / ".sqlfluff")
        chosen = ["--exclude-rules", f"{config['sqlfluff']['exclude_rules']}, {SPACING}"]
    done = subprocess.run(
        [Path(sys.prefix) / "bin" / "sqlfluff", "lint", "--nocolor", "--disable-progress-bar",
         *chosen, "models", "tests/dbt"],
        cwd=PROJECT_DIR,
        env=database.settings.child_environ(),
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-20000:]}\n{done.stderr[-2000:]}"
