"""Every model and singular test follows .sqlfluff (its dbt templater compiles on a real server)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bullion.ingest.ddl import ensure_bronze
from bullion.paths import PROJECT_DIR
from tests.conftest import Database


@pytest.mark.timeout(900)
def test_sqlfluff_finds_nothing(database: Database) -> None:
    with database.connect() as connection:
        ensure_bronze(connection)
    done = subprocess.run(
        [Path(sys.prefix) / "bin" / "sqlfluff", "lint", "--nocolor", "--disable-progress-bar",
         "models", "tests/dbt"],
        cwd=PROJECT_DIR,
        env=database.settings.child_environ(),
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-20000:]}\n{done.stderr[-2000:]}"
