"""kill -9 of the loader at any moment: each file is in bronze wholly or not at all."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bullion.ingest.postgres.ddl import ensure_bronze
from tests.conftest import Database

ROWS = 60_000
FILES = ("2024-01-01/digital_engagement.csv", "2024-01-02/digital_engagement.csv")
HEADER = "engagement_id,customer_id,engaged_at,action_type,is_converted\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two extracts: one that goes straight, one that needs conversion and has a bad record."""
    folder = tmp_path_factory.mktemp("extracts")
    for name, truth in zip(FILES, ("true", "Yes"), strict=True):
        path = folder / name
        path.parent.mkdir()
        with path.open("w") as file:
            file.write(HEADER)
            for i in range(ROWS):
                file.write(f"E{i},C{i % 999},2024-01-01 10:00:{i % 60:02},Login,{truth}\n")
            if truth == "Yes":
                file.write("E-bad,C1,yesterday,Login,Yes\n")
    return folder


def start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bullion.cli", "load", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def bronze_state(database: Database) -> list[tuple[object, ...]]:
    """Per batch: what audit says, and what is there."""
    return database.rows(
        """
        select source_file, rows_loaded, rows_rejected, read_path,
            (select count(*) from bronze.digital_engagement as d where d._batch_id = a.batch_id),
            (select count(distinct _source_row) from bronze.digital_engagement as d
                where d._batch_id = a.batch_id),
            (select count(*) from bronze.rejected_rows as r where r.batch_id = a.batch_id)
        from bronze.load_audit as a order by 1
        """
    )


WHOLE = [
    (FILES[0], ROWS, 0, "straight", ROWS, ROWS, 0),
    (FILES[1], ROWS, 1, "checked", ROWS, ROWS, 1),
]


def kill_and_repeat(database: Database, folder: Path, seeds: range) -> None:
    with database.connect(autocommit=True) as connection:
        ensure_bronze(connection)
    begun = time.monotonic()
    assert start(folder).wait(timeout=120) == 0
    whole_run = time.monotonic() - begun
    assert bronze_state(database) == WHOLE
    interrupted = 0
    for seed in seeds:
        with database.connect(autocommit=True) as connection:
            connection.execute("set role archivist")
            connection.execute(
                "truncate bronze.digital_engagement, bronze.rejected_rows, "
                "bronze.load_control_totals, bronze.load_audit"
            )
        process = start(folder)
        time.sleep(random.Random(seed).uniform(0.3, 0.95) * whole_run)
        process.kill()
        interrupted += process.wait(timeout=30) != 0
        settle(database)
        state = bronze_state(database)
        assert state in (WHOLE[:0], WHOLE[:1], WHOLE)
        total = database.value("select count(*) from bronze.digital_engagement")
        assert total == ROWS * len(state)
        assert start(folder).wait(timeout=120) == 0
        assert bronze_state(database) == WHOLE
    assert interrupted > 0


def settle(database: Database) -> None:
    """Wait until the server has noticed that its client is gone."""
    deadline = time.monotonic() + 30
    while database.value(
        "select count(*) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid() "
        "and backend_type = 'client backend'"
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_three_kills(database: Database, folder: Path) -> None:
    kill_and_repeat(database, folder, range(3))


@pytest.mark.slow
def test_twenty_kills(database: Database, folder: Path) -> None:
    kill_and_repeat(database, folder, range(100, 120))
