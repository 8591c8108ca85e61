"""`scripts/bench --engines`: the same build and increment on PostgreSQL, DuckDB and Spark."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from bullion.db import connect
from bullion.engines.registry import is_installed
from bullion.engines.spark.java import java_home
from bullion.errors import BullionError
from bullion.settings import SERVER_VARIABLES, Settings
from tools.bench import replicate
from tools.bench.base import Bench, Report
from tools.bench.builds import Build, timed_build
from tools.bench.copying import load_folder, make_bronze
from tools.bench.lake_copy import copy_to_lake

# What must be alike for the times to be comparable.
_CHECK = "select count(*), sum(amount) from {}"


@dataclass(frozen=True)
class Place:
    """One engine's warehouse of one size: its dbt target and how to look into it."""

    engine: str
    target: str
    environ: dict[str, str]
    state: Path
    threads: int | None
    facts: Callable[[], tuple[int, Decimal]]

    def build(self, *arguments: str) -> Build:
        """Run silver, dimensions and facts once."""
        return timed_build(
            self.environ, self.state, *arguments, threads=self.threads, target=self.target
        )


@dataclass(frozen=True)
class Times:
    """Seconds inside dbt's run phase."""

    full: float
    increment: float
    wall: float
    models: int


def run_engines(bench: Bench, report: Report, extract: Path, history: int) -> None:
    """Measure an empty bank, the bank, and the bank ``history`` times as large.

    An engine whose packages (or Java) are not here is left out, and said.
    """
    engines = _engines(report)
    bank = bench.database("bench_bank")
    rows = load_folder(bank, extract)
    report.add("rows of the bank", f"{rows:,}")
    empty = bench.database("bench_empty")
    make_bronze(empty)
    fixed = _measure(bench, report, engines, "bench_empty", "empty bank")
    for engine, times in fixed.items():
        report.add(
            f"{engine}, empty bank: a model in a full build",
            f"{times.full / times.models:.2f} s ({times.models} models, with dbt's start "
            f"{times.wall:.0f} s)",
        )
    for size in sorted({1, history}):
        if size > 1:
            with connect(bank, autocommit=True) as connection:
                connection.execute("set role archivist")
                replicate.multiply(connection, size)
        label = f"bank x{size}"
        _compare(report, label, _measure(bench, report, engines, "bench_bank", label), fixed)


def _engines(report: Report) -> list[str]:
    engines = ["postgres"]
    if is_installed("dbt.adapters.duckdb"):
        engines.append("duckdb")
    else:
        report.add("duckdb", "not installed: pip install '.[duckdb]'")
    try:
        if not (is_installed("dbt.adapters.spark") and is_installed("pyspark")):
            raise BullionError("not installed: pip install -e '.[duckdb,spark]'")
        java_home()
        engines.append("spark_local")
    except BullionError as error:
        report.add("spark_local", str(error))
    return engines


def _measure(
    bench: Bench, report: Report, engines: list[str], template: str, label: str
) -> dict[str, Times]:
    """Full build and increment on each engine, all from the same bronze."""
    postgres = bench.database("bench_engines", template)
    lake = bench.folder / "lake"
    shutil.rmtree(lake, ignore_errors=True)
    places = [_place(bench, engine, postgres, lake) for engine in engines]
    _copy(postgres, lake)
    full = {place.engine: place.build() for place in places}
    _require_same(places, label)
    with connect(postgres, autocommit=True) as connection:
        connection.execute("set role archivist")
        added = 0 if template == "bench_empty" else replicate.add_increment(connection)
    _copy(postgres, lake)
    increment = {place.engine: place.build() for place in places}
    _require_same(places, label)
    times = {}
    for engine, build in full.items():
        times[engine] = Times(
            build.run_seconds, increment[engine].run_seconds, build.wall_seconds, build.models
        )
        report.add(
            f"{engine}, {label}",
            f"full {build.run_seconds:.1f} s, increment of {added:,} transactions "
            f"{increment[engine].run_seconds:.1f} s",
        )
    return times


def _compare(report: Report, label: str, times: dict[str, Times], fixed: dict[str, Times]) -> None:
    """Ratios net of the run phase on an empty bank, and gross ones against PostgreSQL."""
    base = times["postgres"]
    for engine, measured in times.items():
        full = _net(measured.full, fixed[engine].full)
        increment = measured.increment - fixed[engine].increment
        report.add(f"{engine}, {label}: increment against full, net", f"{increment / full:.1%}")
        if engine != "postgres":
            net = full / _net(base.full, fixed["postgres"].full)
            report.add(
                f"{engine} against postgres, {label}",
                f"full {measured.full / base.full:.2f} (net {net:.2f}), "
                f"increment {measured.increment / base.increment:.2f}",
            )


def _net(seconds: float, of_empty_bank: float) -> float:
    """Never zero: on a bank of no size both are the same but for noise."""
    return max(seconds - of_empty_bank, 0.1)


def _place(bench: Bench, engine: str, postgres: Settings, lake: Path) -> Place:
    home = bench.folder / engine
    shutil.rmtree(home / "warehouse", ignore_errors=True)
    warehouse = home / "warehouse"
    warehouse.mkdir(parents=True)
    state = home / "dbt"
    state.mkdir(exist_ok=True)
    if engine == "postgres":
        environ = postgres.child_environ()
        return Place(engine, "dev", environ, state, 2, lambda: _postgres_facts(postgres))
    kept = {name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES}
    file = warehouse / "bench.duckdb"
    environ = kept | {
        "BULLION_HOME": str(warehouse),
        "BULLION_LAKE": str(lake),
        "BULLION_DUCKDB": str(file),
    }
    if engine == "duckdb":
        return Place(engine, engine, environ, state, None, lambda: _duckdb_facts(file))
    files = warehouse / "spark" / "warehouse" / "gold.db" / "fact_transactions"
    return Place(engine, engine, environ, state, None, lambda: _spark_facts(files))


def _copy(postgres: Settings, lake: Path) -> None:
    with connect(postgres, autocommit=True) as connection:
        connection.execute("set role archivist")
        copy_to_lake(connection, lake)


def _require_same(places: list[Place], label: str) -> None:
    found = {place.engine: place.facts() for place in places}
    if len(set(found.values())) > 1:
        raise BullionError(
            f"The engines disagree on the {label}, so their times mean nothing: transactions and "
            f"their sum are {found}."
        )


def _postgres_facts(settings: Settings) -> tuple[int, Decimal]:
    with connect(settings, autocommit=True) as connection:
        connection.execute("set role transformer")
        return _as_facts(connection.execute(_CHECK.format("gold.fact_transactions")).fetchone())


def _duckdb_facts(file: Path) -> tuple[int, Decimal]:
    with duckdb.connect(file, read_only=True) as connection:
        return _as_facts(connection.execute(_CHECK.format("gold.fact_transactions")).fetchone())


def _spark_facts(folder: Path) -> tuple[int, Decimal]:
    # Rows are in the folders of partitions; an empty table has a file without any beside them.
    if not any(folder.glob("*/*.parquet")):
        return 0, Decimal(0)
    with duckdb.connect() as connection:
        files = f"read_parquet('{folder}/*/*.parquet')"
        return _as_facts(connection.execute(_CHECK.format(files)).fetchone())


def _as_facts(row: Any) -> tuple[int, Decimal]:
    return row[0], row[1] or Decimal(0)
