"""kill -9 of the server in mid-run, then the same command again: same result (dbt: the story)."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bullion.db import connect
from bullion.paths import PROJECT_DIR
from bullion.server import cluster, process
from bullion.settings import get_settings
from bullion.synth.bank import Bank, generate
from tests.conftest import TEST_PORT
from tests.support.cli import bullion, command, environ_of
from tests.support.extracts import read_rows

PORT = str(TEST_PORT + 120)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return generate(
        tmp_path_factory.mktemp("kill") / "bank",
        customers=60,
        start="2025-01-01",
        end="2025-06-30",
        seed=21,
        deltas=2,
    )


BUILD = ("build", "--select", "tag:silver", "tag:dimension", "tag:facts")


def _killed_server(home: Path, seconds: float, *arguments: str) -> None:
    """Start a verb, kill the server under it after a while, start the server again."""
    started = subprocess.Popen(
        command(*arguments),
        env=environ_of(home),
        cwd=PROJECT_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    layout = cluster.existing_layout(home)
    assert layout is not None
    postmaster = process.find_postmaster(layout.data)
    assert postmaster is not None
    os.kill(postmaster.pid, signal.SIGKILL)
    started.wait()
    bullion(home, "up", BULLION_PORT=PORT)


@pytest.mark.timeout(600)
def test_server_killed_in_mid_run(make_home: Callable[[], Path], bank: Bank) -> None:
    """The server dies under a load and under a build; then the same commands again."""
    home = make_home()
    # Durable, unlike the other tests' servers: what was committed must be there.
    (home / "postgresql.local.conf").write_text("shared_buffers = 64MB\n")
    bullion(home, "up", BULLION_PORT=PORT)
    first = bank.extracts[0]
    _killed_server(home, 1.5, "load", str(first))
    bullion(home, "load", str(first))
    _killed_server(home, 6.0, *BUILD)
    bullion(home, *BUILD)
    with connect(get_settings({"BULLION_HOME": str(home)})) as connection:
        for table in ("transactions", "customers"):
            records = len(read_rows(first / f"{table}.csv"))
            [[standing]] = connection.execute(f"select count(*) from bronze.{table}").fetchall()
            assert standing == records
        [[facts]] = connection.execute("select count(*) from gold.fact_transactions").fetchall()
        assert facts == len(read_rows(first / "transactions.csv"))
