"""Spark holds the rows of PostgreSQL: by a session, on a cluster, and when a worker dies."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from bullion.engines.spark import cluster
from bullion.paths import PROJECT_DIR
from bullion.synth.bank import generate
from tests.support.parity import Columns, Comparison, PostgresSide, assert_equal
from tests.support.pipeline import INCREMENTS, Warehouse
from tests.support.sequences import random_steps
from tests.support.spark import read_spark

pytestmark = [pytest.mark.spark, pytest.mark.timeout(3600)]

DATA = PROJECT_DIR.parent / "shared" / "data"
# Expressions so large (Newton's passes, gamma quantiles) that Spark analyses some of them for half
# a minute, whatever the rows: they are built once, and by the slow tests.
INFERENTIAL = {
    f"gold.{path.stem}"
    for path in (PROJECT_DIR / "models/gold/analytics/04_inferential_analytics").glob("*.sql")
}
WITHOUT_THEM = ("--exclude", "tag:inferential")
BAD_CAST = "select cast('abc' as integer) as n"
# dbt as it is without our plugin.
DBT_WITHOUT_PLUGIN = """
import sys
import dbt_bullion
dbt_bullion.plugins.clear()
from dbt.cli.main import dbtRunner
result = dbtRunner().invoke(sys.argv[1:])
sys.exit(0 if result.success else str(result.exception or "failed"))
"""


@dataclass
class WithoutThem(PostgresSide):
    """PostgreSQL's side without the tables that were not built on Spark."""

    def relations(self) -> dict[str, Columns]:
        """The others."""
        there = super().relations()
        return {name: kinds for name, kinds in there.items() if name not in INFERENTIAL}


def _compare(warehouse: Warehouse, folder: Path, step: str, side: type[PostgresSide]) -> Comparison:
    spark = read_spark(warehouse.database.server.home, folder)
    with warehouse.database.connect() as connection:
        compared = assert_equal(side(connection), spark, step)
    print(f"{step}: {compared}, no difference")
    return compared


def _dbt(warehouse: Warehouse, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Bare dbt, as one who has activated the environment would type it."""
    folders = ["--target-path", str(warehouse.state / "bare"), "--log-path", str(warehouse.state)]
    return subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *arguments, *folders],
        env=warehouse.environ | variables,
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> list[list[Path]]:
    """Extracts for a whole build and two increments: rows that move between months, vanish and
    return."""
    folder = tmp_path_factory.mktemp("bank")
    bank = generate(
        folder / "bank",
        customers=200,
        start="2025-01-01",
        end="2025-06-30",
        seed=3,
        deltas=2,
        faults=True,
    )
    opening, *later = random_steps(bank, folder / "more", random.Random(2))
    extracts = [extract for group in later for extract in group]
    middle = len(extracts) // 2
    return [opening, extracts[:middle], extracts[middle:]]


def _load(warehouse: Warehouse, extracts: list[Path], *arguments: str) -> None:
    """Into PostgreSQL and the lake, and build PostgreSQL with dbt's arguments; what has been loaded
    adds nothing."""
    for extract in extracts:
        options = ["--max-rejected", "1", "--lake", str(warehouse.lake), "--postgres"]
        warehouse.load(extract, options=options)
    warehouse.build(*arguments)


def test_session_by_increments(
    warehouse: Warehouse, steps: list[list[Path]], tmp_path: Path
) -> None:
    """After a whole build of everything, and after each increment of what is built by them."""
    for number, extracts in enumerate(steps):
        models = INCREMENTS if number else ()
        _load(warehouse, extracts, *models)
        warehouse.build(*models, engine="spark_local")
        step = f"spark_local, step {number}"
        _compare(warehouse, tmp_path / f"step-{number}", step, PostgresSide)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the third-party files are not there ({DATA})")
@pytest.mark.parametrize("source", ["berka", "finance_project", "fintech_flat"])
def test_third_party_banks(own_warehouse: Warehouse, tmp_path: Path, source: str) -> None:
    to_both = ["--from", source, "--lake", str(own_warehouse.lake), "--postgres"]
    own_warehouse.load(DATA / source, options=to_both)
    own_warehouse.build()
    own_warehouse.build(engine="spark_local")
    _compare(own_warehouse, tmp_path / source, source, PostgresSide)


@pytest.mark.slow
def test_larger_bank_of_another_seed(own_warehouse: Warehouse, tmp_path: Path) -> None:
    """Three times the customers, whole and after an increment; then all of dbt's tests on Spark."""
    bank = generate(
        tmp_path / "bank", customers=600, start="2025-01-01", end="2025-06-30", seed=77, deltas=1
    )
    for extract in bank.extracts:
        _load(own_warehouse, [extract])
        own_warehouse.build(engine="spark_local")
        _compare(own_warehouse, tmp_path / extract.name, extract.name, PostgresSide)
    own_warehouse.build(verb="test", engine="spark_local")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [40, 60, 80])
def test_session_killed_in_a_full_refresh(
    warehouse: Warehouse, steps: list[list[Path]], tmp_path: Path, seconds: float
) -> None:
    """dbt dies, and Java with it; the next build mends what stands half made."""
    _load(warehouse, [extract for step in steps for extract in step])
    build = warehouse.start_build("--full-refresh", engine="spark_local")
    time.sleep(seconds)
    build.kill()
    build.communicate()
    warehouse.build(engine="spark_local")
    _compare(warehouse, tmp_path / "read", f"killed after {seconds} s", PostgresSide)


def test_cast_that_fails_stops_bare_dbt(warehouse: Warehouse) -> None:
    done = _dbt(warehouse, "show", "--inline", BAD_CAST, "--target", "spark_local")
    assert done.returncode != 0
    assert "CAST_INVALID_INPUT" in done.stdout


def test_cluster_whose_worker_is_killed(
    warehouse: Warehouse, steps: list[list[Path]], tmp_path: Path
) -> None:
    """The whole project by the Thrift server; a worker and its executor die in mid-build."""
    _load(warehouse, [extract for step in steps for extract in step])
    home = warehouse.database.server.home
    shutil.rmtree(home / "spark", ignore_errors=True)
    found = cluster.start(home)
    assert len(cluster.workers(home)) == cluster.WORKERS
    build = warehouse.start_build(*WITHOUT_THEM, engine="spark")
    try:
        seen = home / "spark" / "warehouse" / "silver.db" / "base_transactions"
        while not seen.exists():
            assert build.poll() is None, build.communicate()[0]
            time.sleep(0.1)
        victim = cluster.workers(home)[0]
        dying = [victim, *victim.children(recursive=True)]
        assert len(dying) > 1, "the worker had no executor"
        for process in dying:
            process.kill()
        said, _ = build.communicate()
        assert build.returncode == 0, said[-4000:]
    finally:
        build.kill()
    assert len(cluster.workers(home)) == cluster.WORKERS - 1

    bad = _dbt(warehouse, "show", "--inline", BAD_CAST, "--target", "spark", **found.environ())
    assert bad.returncode != 0
    assert "CAST_INVALID_INPUT" in bad.stdout
    arguments = ["run", "--select", "int_as_of", "--target", "spark", "--log-path", str(tmp_path)]
    arguments += ["--target-path", str(tmp_path / "target")]
    refused = subprocess.run(
        [sys.executable, "-c", DBT_WITHOUT_PLUGIN, *arguments],
        env=warehouse.environ | found.environ(),
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert refused.returncode != 0
    assert "spark.sql.timestampType" in refused.stdout + refused.stderr

    standing = cluster.processes(home)
    assert cluster.stop(home)
    assert not any(map(_lives, standing))
    _compare(warehouse, tmp_path / "cluster", "cluster, a worker killed", WithoutThem)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
