"""`bullion load` against a bare psql ``\\copy`` of the same file, turn by turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bullion.contract import table
from bullion.db import connect
from bullion.errors import BullionError
from bullion.ingest.postgres.ddl import ensure_bronze
from bullion.ingest.run import load_one
from bullion.server.binaries import find_psql
from bullion.settings import Settings

TURNS = 5


@dataclass(frozen=True)
class IngestRace:
    """Median seconds of each contender over the same turns."""

    bare_seconds: float
    load_seconds: float

    @property
    def ratio(self) -> float:
        """Speed of the load as a share of bare copying's."""
        return self.bare_seconds / self.load_seconds


def race(settings: Settings, bare: Settings, file: Path) -> IngestRace:
    """Load a clean file both ways, in turn, and compare the medians.

    ``bare`` is a database where a table of the same columns and types, and nothing else, is
    filled. The load is the whole one: contract check, audit columns, control totals, batch. Its
    rows are taken out again between the turns.
    """
    name = file.stem
    with connect(bare, autocommit=True) as connection:
        columns = ", ".join(f"{c.name} {c.data_type}" for c in table(name).columns)
        connection.execute(f"create table public.bare ({columns})")
    make_bronze(settings)
    copied, loaded = [], []
    for _ in range(TURNS):
        copied.append(_bare(bare, file))
        with connect(bare, autocommit=True) as connection:
            connection.execute("truncate public.bare")
        loaded.append(_load(settings, file, name))
    return IngestRace(statistics.median(copied), statistics.median(loaded))


def make_bronze(settings: Settings) -> None:
    """The 22 raw tables, empty."""
    with connect(settings, autocommit=True) as connection:
        ensure_bronze(connection)


def load_folder(settings: Settings, folder: Path) -> int:
    """Load a folder of extracts with the command line; returns the rows in the audit."""
    done = subprocess.run(
        [sys.executable, "-m", "bullion.cli", "load", str(folder)],
        env=settings.child_environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BullionError(f"The bench's load failed: {done.stdout[-500:]} {done.stderr[-500:]}")
    with connect(settings) as connection:
        [[rows]] = connection.execute("select sum(rows_loaded) from bronze.load_audit").fetchall()
    return int(rows)


def _bare(settings: Settings, file: Path) -> float:
    command = [
        *(str(find_psql()), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"),
        *("--command", f"\\copy public.bare from '{file}' with (format csv, header true)"),
    ]
    begun = time.perf_counter()
    subprocess.run(command, env=settings.child_environ(), check=True)
    return time.perf_counter() - begun


def _load(settings: Settings, file: Path, name: str) -> float:
    # psql's time has its connecting in it, so the load's has too.
    begun = time.perf_counter()
    with connect(settings, autocommit=True) as connection:
        outcome = load_one(connection, file)
        seconds = time.perf_counter() - begun
        if not outcome.is_good:
            raise BullionError(f"The bench's load of {file.name} failed.")
        connection.execute("set role archivist")
        connection.execute(f"truncate bronze.{name}, bronze.load_audit cascade")
    return seconds
