"""Every model and singular test follows .sqlfluff (its dbt templater compiles on a real server).

What was found right is not looked at again until it, or what decides how it is compiled and judged,
is another: the cache holds a hash of both, so a new clone looks at everything.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterable
from configparser import ConfigParser
from importlib.metadata import version
from pathlib import Path

import pytest

from bullion.ingest.postgres.ddl import ensure_bronze
from bullion.paths import PROJECT_DIR
from tests.conftest import Database

# Blanks between words: as long as all other rules together.
SPACING = "LT01"
LINTED = ("models/**/*.sql", "tests/dbt/**/*.sql")
# What decides how a file is compiled and judged, beside itself.
DECIDING = (
    ".sqlfluff*",
    "dbt_project.yml",
    "profiles.yml",
    "dbt_bullion/**/*.py",
    "macros/**/*",
    "models/**/*.yml",
    "seeds/**/*.yml",
)
PACKAGES = ("dbt-core", "dbt-postgres", "sqlfluff", "sqlfluff-templater-dbt")
CACHE = PROJECT_DIR / ".cache" / "sqlfluff"


def found(project: Path, patterns: Iterable[str]) -> list[Path]:
    """The files of a project that match, in order."""
    matching = {path for pattern in patterns for path in project.glob(pattern)}
    return sorted(path for path in matching if path.is_file())


def keys(project: Path, *chosen: str) -> dict[Path, str]:
    """By file to be looked at, a hash of all that decides on what is found."""
    deciding = hashlib.sha256("\0".join([*chosen, *map(version, PACKAGES)]).encode())
    for path in found(project, DECIDING):
        deciding.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes())
    return {
        path: hashlib.sha256(
            deciding.digest() + str(path.relative_to(project)).encode() + path.read_bytes()
        ).hexdigest()
        for path in found(project, LINTED)
    }


@pytest.mark.timeout(1800)
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
    wanted = keys(PROJECT_DIR, *chosen)
    assert len(wanted) > 150
    new = [path for path, key in wanted.items() if not (CACHE / key).exists()]
    if not new:
        return
    done = subprocess.run(
        [Path(sys.prefix) / "bin" / "sqlfluff", "lint", "--nocolor", "--disable-progress-bar",
         *chosen, *(str(path.relative_to(PROJECT_DIR)) for path in new)],
        cwd=PROJECT_DIR,
        env=database.settings.child_environ(),
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-20000:]}\n{done.stderr[-2000:]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    for path in new:
        (CACHE / wanted[path]).touch()


def test_what_has_changed_is_looked_at_again(tmp_path: Path) -> None:
    for name in ("models/a.sql", "models/b.sql", "macros/m.sql", ".sqlfluff"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    a, b = tmp_path / "models/a.sql", tmp_path / "models/b.sql"
    before = keys(tmp_path, "rules")
    assert before.keys() == {a, b}
    assert keys(tmp_path, "rules") == before
    a.write_text("another")
    after = keys(tmp_path, "rules")
    assert after[a] != before[a]
    assert after[b] == before[b]
    for change in ("macros/m.sql", ".sqlfluff"):
        standing = keys(tmp_path, "rules")
        (tmp_path / change).write_text("another")
        assert not set(keys(tmp_path, "rules").values()) & set(standing.values())
    assert not set(keys(tmp_path, "other rules").values()) & set(after.values())
