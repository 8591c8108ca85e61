"""kill -9 of dbt or of the server in mid-run, then the same command again: same result; and what an
interrupt ends."""

from __future__ import annotations

import os
import random
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
from tests.support.cli import bullion, command, environ_of, heeding_interrupts
from tests.support.extracts import read_rows
from tests.support.pipeline import INCREMENTS, Warehouse

IN_EVERY_RUN = 1
SLOW = 10
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


def _killed_build(warehouse: Warehouse, seconds: float) -> None:
    started = warehouse.start_build(*INCREMENTS)
    time.sleep(seconds)
    started.send_signal(signal.SIGKILL)
    started.wait()


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=() if seed < IN_EVERY_RUN else pytest.mark.slow)
        for seed in range(SLOW)
    ],
)
def test_dbt_killed_in_mid_run(warehouse: Warehouse, bank: Bank, seed: int) -> None:
    """A killed build, whole or incremental, leaves nothing that the next one does not mend."""
    dice = random.Random(seed)
    for extract in bank.extracts:
        warehouse.load(extract)
        _killed_build(warehouse, dice.uniform(2.5, 9.0))
        warehouse.build(*INCREMENTS)
    with warehouse.saved() as after_kills:
        warehouse.build("--full-refresh", *INCREMENTS)
        warehouse.assert_same_as(after_kills, "after kills and after a full refresh")


_STATEMENTS = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = 'bullion-dbt' and wait_event_type = 'Lock'
"""


@pytest.mark.timeout(300)
def test_an_interrupt_ends_the_statements_that_run(warehouse: Warehouse, bank: Bank) -> None:
    warehouse.load(bank.extracts[0])
    database = warehouse.database
    with database.connect() as blocking:
        # A statement that would never end by itself.
        blocking.execute("set role loader")
        blocking.execute("lock table bronze.merchants in access exclusive mode")
        with heeding_interrupts():
            started = warehouse.start_build(*INCREMENTS)
        deadline = time.monotonic() + 120
        while not database.value(_STATEMENTS):
            assert time.monotonic() < deadline, "no statement waits"
            assert started.poll() is None, started.communicate()[0]
            time.sleep(0.1)
        started.send_signal(signal.SIGINT)
        said, _ = started.communicate(timeout=60)
        assert started.returncode == -signal.SIGINT, said
        assert "permission denied" not in said
        assert not database.value(_STATEMENTS)


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
