"""Spark holds the rows of PostgreSQL: by a session, on a cluster, and when a worker dies."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from bullion.engines.spark import cluster
from bullion.engines.spark.statistics import FILE
from bullion.paths import PROJECT_DIR
from bullion.synth.bank import generate
from tests.integration.spark.conftest import forget_tables
from tests.support.macros import make_project, run_dbt
from tests.support.parity import PostgresSide, assert_equal, assert_none_differ, compare
from tests.support.pipeline import INCREMENTS, WITHOUT_TESTS, Warehouse
from tests.support.sequences import random_steps
from tests.support.spark import SparkProcess, rows

pytestmark = [pytest.mark.spark, pytest.mark.timeout(3600)]

DATA = PROJECT_DIR.parent / "shared" / "data"
# What the cluster's server builds: the longest chain, whose tables are the largest, and statistics
# over it.
CHAIN = ("fact_account_daily_snapshot", "analytics_credit_approval_hypothesis_test_factors")
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


def _compare(warehouse: Warehouse, spark: SparkProcess, folder: Path, step: str) -> None:
    with warehouse.database.connect() as connection:
        compared = assert_equal(PostgresSide(connection), spark.read(folder), step)
    print(f"{step}: {compared}, no difference")


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


def _build(warehouse: Warehouse, spark: SparkProcess, *arguments: str) -> None:
    spark.build(warehouse.environ, [*WITHOUT_TESTS, *arguments])


def test_session_by_increments(
    warehouse: Warehouse, spark: SparkProcess, steps: list[list[Path]], tmp_path: Path
) -> None:
    """After a whole build of everything, and after each increment of what is built by them."""
    for number, extracts in enumerate(steps):
        models = INCREMENTS if number else ()
        _load(warehouse, extracts, *models)
        _build(warehouse, spark, *models)
        _compare(warehouse, spark, tmp_path / f"step-{number}", f"session, step {number}")


def test_statistics_that_are_selected(warehouse: Warehouse, spark: SparkProcess) -> None:
    """They are built and tested over what stands, and nothing else is."""
    chosen, other = "analytics_fraud_detection_accuracy", "analytics_transaction_channel_tests"
    before = {name: spark.call(_place, name) for name in (chosen, other)}
    spark.build(warehouse.environ, ["--select", chosen, other, "--exclude", other])
    after = {name: spark.call(_place, name) for name in (chosen, other)}
    assert after[other] == before[other]
    assert after[chosen] != before[chosen]
    [(read,)] = spark.call(rows, f"select distinct input_file_name() from gold.{chosen}")
    assert read.split("//")[-1].startswith(after[chosen].removeprefix("file:"))


def _place(table: str) -> str:
    found = rows(f"describe table extended gold.{table}")
    [place] = [value for name, value, _ in found if name == "Location"]
    return place


def test_cast_that_fails_stops_bare_dbt(spark: SparkProcess, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="CAST_INVALID_INPUT"):
        spark.call(_show_bad_cast, tmp_path)


def _show_bad_cast(folder: Path) -> None:
    run_dbt(make_project(folder), "show", "--inline", BAD_CAST, target="spark_local")


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the third-party files are not there ({DATA})")
@pytest.mark.parametrize("source", ["berka", "finance_project", "fintech_flat"])
def test_third_party_banks(
    own_warehouse: Warehouse, spark: SparkProcess, tmp_path: Path, source: str
) -> None:
    to_both = ["--from", source, "--lake", str(own_warehouse.lake), "--postgres"]
    own_warehouse.load(DATA / source, options=to_both)
    own_warehouse.build()
    _build(own_warehouse, spark)
    _compare(own_warehouse, spark, tmp_path / source, source)


@pytest.mark.slow
def test_larger_bank_of_another_seed(
    own_warehouse: Warehouse, spark: SparkProcess, tmp_path: Path
) -> None:
    """Three times the customers, whole and after an increment; then all of dbt's tests on Spark."""
    bank = generate(
        tmp_path / "bank", customers=600, start="2025-01-01", end="2025-06-30", seed=77, deltas=1
    )
    for extract in bank.extracts:
        _load(own_warehouse, [extract])
        _build(own_warehouse, spark)
        _compare(own_warehouse, spark, tmp_path / extract.name, extract.name)
    spark.build(own_warehouse.environ, [], verb="test")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [40, 60, 80])
def test_session_killed_in_a_full_refresh(
    warehouse: Warehouse,
    spark: SparkProcess,
    steps: list[list[Path]],
    tmp_path: Path,
    seconds: float,
) -> None:
    """dbt dies, and Java with it; the next build mends what stands half made."""
    _load(warehouse, [extract for step in steps for extract in step])
    spark.close()
    build = warehouse.start_build("--full-refresh", engine="spark_local")
    time.sleep(seconds)
    build.kill()
    build.communicate()
    _build(warehouse, spark)
    _compare(warehouse, spark, tmp_path / "read", f"killed after {seconds} s")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1, 6, 9])
def test_session_killed_in_statistics(
    warehouse: Warehouse,
    spark: SparkProcess,
    steps: list[list[Path]],
    tmp_path: Path,
    seconds: float,
) -> None:
    """The same in the half that DuckDB builds, where some tables are written and some are not."""
    _load(warehouse, [extract for step in steps for extract in step])
    _build(warehouse, spark)
    spark.close()
    build = warehouse.start_build("--select", "tag:statistics", engine="spark_local")
    half = spark.home / "spark_local.tmp" / FILE
    while not half.exists():
        assert build.poll() is None, build.communicate()[0]
        time.sleep(0.1)
    time.sleep(seconds)
    build.kill()
    build.communicate()
    _compare(warehouse, spark, tmp_path / "killed", f"killed after {seconds} s")
    _build(warehouse, spark)
    _compare(warehouse, spark, tmp_path / "mended", f"mended, killed after {seconds} s")


@pytest.mark.slow
def test_cluster_builds_everything(
    warehouse: Warehouse, spark: SparkProcess, steps: list[list[Path]], tmp_path: Path
) -> None:
    """The whole project by the Thrift server."""
    _load(warehouse, [extract for step in steps for extract in step])
    forget_tables(spark)
    cluster.start(spark.home)
    warehouse.build(engine="spark")
    assert cluster.stop(spark.home)
    _compare(warehouse, spark, tmp_path / "cluster", "cluster")


def test_cluster_whose_worker_is_killed(
    warehouse: Warehouse, spark: SparkProcess, steps: list[list[Path]], tmp_path: Path
) -> None:
    """The longest chain of models by the Thrift server, and statistics over it; a worker and its
    executor die in mid-build."""
    _load(warehouse, [extract for step in steps for extract in step])
    home = spark.home
    forget_tables(spark)
    found = cluster.start(home)
    assert len(cluster.workers(home)) == cluster.WORKERS
    build = warehouse.start_build("--select", *(f"+{name}" for name in CHAIN), engine="spark")
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
    side = spark.read(tmp_path / "cluster")
    built = side.relations().keys()
    assert {f"gold.{name}" for name in CHAIN} <= built
    with warehouse.database.connect() as connection:
        compared = compare(PostgresSide(connection), side, built)
    assert_none_differ(compared, "a cluster whose worker was killed")


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
