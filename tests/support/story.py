"""One bank's life on PostgreSQL and DuckDB, told once: what each chapter builds is kept as it was
found, and the tests of the story judge it.

Every increment is compared with DuckDB's whole build of the same lake, and PostgreSQL with DuckDB:
so PostgreSQL's increments are proved without a whole build of its own after each.
"""

from __future__ import annotations

import functools
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from bullion.engines.build import ALL_TESTS
from bullion.synth.bank import generate
from tests.support.cli import heeding_interrupts
from tests.support.dbt import manifest_of
from tests.support.parity import Comparison, DuckDBSide, PostgresSide, compare
from tests.support.pipeline import INCREMENTS, Warehouse
from tests.support.sequences import random_steps

Told = TypeVar("Told")

GOLD = ("gold", "gold_pii")
FIRST_DAY = "2025-06-30"
EARLIER = ("--vars", "{as_of: 2025-05-31}")
WAIT_SECONDS = 600
# A build is killed so many seconds after its first statement: whole ones take ten and more.
KILLED_AFTER = (0.5, 3.0)
_STATEMENTS = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = 'bullion-dbt'
"""
_WAITING = f"{_STATEMENTS} and wait_event_type = 'Lock'"


@dataclass
class Interrupted:
    """What became of a build that was interrupted in a statement."""

    code: int
    said: str
    statements_left: int


@dataclass
class Faults:
    """What became of bad rows, by table and row of the file: the column of those rejected, the rule
    of those quarantined; and how often each planted row that is acceptable stands in silver."""

    rejected: dict[tuple[str, int], str]
    quarantined: dict[tuple[str, int], str]
    accepted: list[tuple[dict[str, Any], int]]


@dataclass
class Opening:
    """The first extract, after a build was interrupted, another killed, and one came to its end."""

    interrupted: Interrupted
    faults: Faults
    engines: Comparison


@dataclass
class Step:
    """Extracts that came together and what one build made of them."""

    name: str
    engines: Comparison
    whole: Comparison


@dataclass
class Finale:
    """Everything built and tested upon the increments, then by PostgreSQL whole."""

    engines: Comparison
    whole: Comparison


def chapter(tell: Callable[[Story], Told]) -> cached_property[Told]:
    """What is told once; where that fails, whoever asks again hears of it at once."""

    @functools.wraps(tell)
    def told(story: Story) -> Told:
        assert tell.__name__ not in story.broken, f"the chapter '{tell.__name__}' broke off"
        story.broken.add(tell.__name__)
        found = tell(story)
        story.broken.remove(tell.__name__)
        return found

    return cached_property(told)


class Story:
    """The story of one seed; a chapter tells those before it."""

    def __init__(self, warehouse: Warehouse, folder: Path, seed: int) -> None:
        self.warehouse = warehouse
        self.folder = folder
        self.dice = random.Random(seed)
        self.broken: set[str] = set()
        self.bank = generate(
            folder / "bank",
            customers=60,
            start="2025-01-01",
            end=FIRST_DAY,
            seed=seed,
            deltas=3,
            faults=True,
        )
        groups = random_steps(self.bank, folder / "more", self.dice)
        first = self.bank.extracts[0]
        self.groups = [group for group in groups if group != [first]]

    @chapter
    def opening(self) -> Opening:
        """The first extract on both engines."""
        self._load(self.warehouse, self.bank.extracts[0])
        interrupted = self._interrupt_a_build()
        self._kill_a_build()
        # By Bullion's own build, with dbt's tests.
        self.warehouse.build_apart(verb="build")
        faults = self._faults()
        self.warehouse.build(engine="duckdb")
        return Opening(interrupted, faults, self._engines())

    @chapter
    def steps(self) -> list[Step]:
        """The following extracts in a random order, the build of one of them killed first."""
        assert self.opening
        killed = self.dice.randrange(len(self.groups))
        return [
            self._step(number, group, number == killed) for number, group in enumerate(self.groups)
        ]

    @chapter
    def finale(self) -> Finale:
        """Everything, which increments leave out in part: with all of dbt's tests on PostgreSQL, by
        Bullion's own build on DuckDB; then PostgreSQL by a full refresh."""
        assert self.steps
        with patch.dict(os.environ, {ALL_TESTS: "1"}):
            self.warehouse.build("--exclude-resource-type", "unit_test", verb="build")
        self.warehouse.build_apart(engine="duckdb")
        engines = self._engines()
        self.warehouse.build("--full-refresh")
        return Finale(engines, self._engines())

    @chapter
    def earlier_engines(self) -> Comparison:
        """Both engines as of a day before any extract."""
        assert self.finale
        for engine in ("postgres", "duckdb"):
            self.warehouse.build(*EARLIER, *INCREMENTS, engine=engine)
        return self._engines(self.incremental, suffix="_asof")

    @chapter
    def anew(self) -> Comparison:
        """DuckDB by a full refresh, with dbt's tests."""
        assert self.finale
        without = ("--exclude-resource-type", "unit_test")
        self.warehouse.build("--full-refresh", *without, verb="build", engine="duckdb")
        return self._engines()

    @chapter
    def backwards(self) -> Comparison:
        """Gold of the same extracts, a later one first and the others backwards, against the
        story's."""
        first, second, *others = self._by_day
        return self._in_order("backwards", [[second, first], others[::-1]])

    @chapter
    def in_order(self) -> Comparison:
        """The same in the order of their days."""
        return self._in_order("in_order", [self._by_day])

    @property
    def _by_day(self) -> list[Path]:
        assert self.steps
        return sorted({path for group in self.groups for path in group}, key=_day_of)

    @cached_property
    def incremental(self) -> Set[str]:
        """Relations that increments build; the others wait for the next whole build."""
        project = manifest_of(self.warehouse.database.environ())
        left = {
            f"{node.schema}.{node.name}"
            for unique_id, node in project.nodes.items()
            if unique_id.startswith("model.")
            and "analytics" in node.tags
            and node.config.materialized == "table"
        }
        assert left
        with self.warehouse.database.connect() as connection:
            return PostgresSide(connection).relations().keys() - left

    @property
    def planted(self) -> list[dict[str, Any]]:
        """The faults of the first extract, as the bank's truth lists them."""
        faults: list[dict[str, Any]] = self.bank.truth["faults"]["rows"]
        return faults

    @property
    def _duckdb(self) -> DuckDBSide:
        return DuckDBSide(self.warehouse.duckdb)

    def _load(self, warehouse: Warehouse, *extracts: Path, only_lake: bool = False) -> None:
        """One by one: a load of several would bring them into the order of their dates."""
        options = ["--max-rejected", "1", "--lake", str(warehouse.lake)]
        for extract in extracts:
            warehouse.load(extract, options=[*options, *([] if only_lake else ["--postgres"])])

    def _step(self, number: int, group: list[Path], is_killed: bool) -> Step:
        self._load(self.warehouse, *group)
        if is_killed:
            self._kill_a_build()
        for engine in ("postgres", "duckdb"):
            self.warehouse.build(*INCREMENTS, engine=engine)
        anew = self.warehouse.with_new_file(f"step_{number}")
        anew.build(*INCREMENTS, engine="duckdb")
        whole = DuckDBSide(anew.duckdb, name="a whole build")
        name = ", ".join(extract.name for extract in group)
        return Step(
            f"step {number} ({name}{', after a kill' if is_killed else ''})",
            self._engines(self.incremental),
            compare(self._duckdb, whole, self.incremental),
        )

    def _engines(self, chosen: Set[str] | None = None, suffix: str = "") -> Comparison:
        with self.warehouse.database.connect() as connection:
            there = PostgresSide(connection, suffix=suffix)
            here = DuckDBSide(self.warehouse.duckdb, suffix=suffix)
            return compare(there, here, chosen)

    def _in_order(self, name: str, groups: list[list[Path]]) -> Comparison:
        other = self.warehouse.with_new_file(name, lake=f"{name}/lake")
        for group in groups:
            self._load(other, *group, only_lake=True)
            other.build(*INCREMENTS, engine="duckdb")
        gold = {name for name in self.incremental if name.startswith(GOLD)}
        return compare(self._duckdb, DuckDBSide(other.duckdb, name=name), gold)

    def _faults(self) -> Faults:
        database = self.warehouse.database
        rejected = database.rows(
            "select table_name, source_row, column_name from bronze.rejected_rows"
        )
        quarantined = database.rows("select table_name, _source_row, rule from silver.quarantine")
        accepted = []
        for fault in self.planted:
            if fault["outcome"] == "accepted":
                [(name, key)] = fault["key"].items()
                query = f"select count(*) from silver.stg_{fault['table']} where {name} = %s"
                accepted.append((fault, database.value(query, key)))
        return Faults(
            {(table, row): column for table, row, column in rejected},
            {(table, row): rule for table, row, rule in quarantined},
            accepted,
        )

    def _interrupt_a_build(self) -> Interrupted:
        """Interrupt a build while one of its statements waits for a lock."""
        database = self.warehouse.database
        with database.connect() as blocking:
            # A statement that would never end by itself.
            blocking.execute("set role archivist")
            blocking.execute("lock table bronze.merchants in access exclusive mode")
            with heeding_interrupts():
                started = self.warehouse.start_build(*INCREMENTS)
            self._wait_for(started, _WAITING)
            started.send_signal(signal.SIGINT)
            said, _ = started.communicate(timeout=60)
            return Interrupted(started.returncode, said, database.value(_WAITING))

    def _kill_a_build(self) -> None:
        """Kill -9 a build of PostgreSQL at some statement."""
        started = self.warehouse.start_build(*INCREMENTS)
        self._wait_for(started, _STATEMENTS)
        time.sleep(self.dice.uniform(*KILLED_AFTER))
        assert started.poll() is None, "it had ended before it was killed"
        started.kill()
        started.wait()

    def _wait_for(self, started: subprocess.Popen[str], query: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not self.warehouse.database.value(query):
            assert time.monotonic() < deadline, "no statement"
            assert started.poll() is None, started.communicate()[0]
            time.sleep(0.1)


def _day_of(extract: Path) -> str:
    return extract.name
