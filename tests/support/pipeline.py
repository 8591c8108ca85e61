"""A warehouse under test: load files, build, and compare whole layers by their rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import sql

from bullion.engines.registry import POSTGRES
from bullion.paths import PROJECT_DIR
from bullion.server.initialize import init_files, run_files
from tests.support import dbt
from tests.support.cli import bullion
from tests.support.parity import SCHEMAS, UNCOMPARED, UNCOMPARED_COLUMNS, PostgresSide, compare

if TYPE_CHECKING:
    from tests.conftest import Database

# `bullion build` with the verb chosen.
BUILD_CODE = """
import sys
from bullion.engines.build import run_build
run_build(sys.argv[3:], sys.argv[1], sys.argv[2])
"""

# All that is built by increments. The analytics tables are made whole of it in every build, so
# where a test builds many times, one build of them will do.
INCREMENTS = ("--exclude", "tag:analytics,config.materialized:table")

# What dbt says of a table that it has left.
UNCHANGED = "SKIP unchanged"

# dbt's targets of the engines that can be built on in the test's process.
_TARGETS = {POSTGRES: "dev", "duckdb": "duckdb"}
# What `dbt run` makes, and the seeds.
WITHOUT_TESTS = ("--resource-type", "seed", "--resource-type", "model")


@dataclass
class Warehouse:
    """A fresh database of the test server, driven as a user would.

    ``state`` is a folder for dbt's target and logs; builds that share it parse the project once.
    """

    database: Database
    state: Path
    _seeded: set[tuple[str, str]] = field(default_factory=set)

    @property
    def environ(self) -> dict[str, str]:
        """The environment that leads the command line and dbt to this database, and to a lake and
        a DuckDB file beside the state."""
        return self.database.settings.child_environ() | self._lake_environ

    @property
    def _lake_environ(self) -> dict[str, str]:
        return {"BULLION_LAKE": str(self.lake), "BULLION_DUCKDB": str(self.duckdb)}

    @property
    def lake(self) -> Path:
        """Folder of the lake that belongs to this warehouse."""
        return self.state.with_name("lake")

    @property
    def duckdb(self) -> Path:
        """The file of its DuckDB build."""
        return self.state.with_name("warehouse.duckdb")

    @property
    def name(self) -> str:
        """Name of the database under test."""
        return self.database.settings.database

    def bullion(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as a user does; a failure fails the test with its words."""
        return bullion(self.database.server.home, *arguments, PGDATABASE=self.name)

    def load(self, *paths: Path | str, options: Sequence[str] = ()) -> None:
        """``bullion load`` of some paths."""
        self.bullion("load", *options, *map(str, paths))

    def build(self, *arguments: str, verb: str = "run", engine: str = POSTGRES) -> None:
        """dbt with the given verb; raises AssertionError with dbt's words when it fails."""
        if engine in _TARGETS:
            self._make_seeds(verb, arguments, engine)
            self._run_dbt(verb, arguments, engine)
        else:
            self.build_apart(*arguments, verb=verb, engine=engine)

    def built(self, *arguments: str, engine: str = POSTGRES) -> set[str]:
        """The tables that ``dbt run`` has built: those that it left as unchanged are not among
        them, nor are views."""
        self._make_seeds("run", arguments, engine)
        return {
            ran.node.name
            for ran in self._run_dbt("run", arguments, engine)
            if ran.message != UNCHANGED and ran.node.config.materialized != "view"
        }

    def build_apart(self, *arguments: str, verb: str = "run", engine: str = POSTGRES) -> None:
        """The same by Bullion's own build, in a process of its own."""
        process = self.start_build(*arguments, verb=verb, engine=engine)
        said, _ = process.communicate()
        assert process.returncode == 0, _what_failed(said)

    def start_build(
        self, *arguments: str, verb: str = "run", engine: str = POSTGRES
    ) -> subprocess.Popen[str]:
        """Start Bullion's build as a process of its own."""
        state = self.state / engine
        options = ["--target-path", str(state), "--log-path", str(self.state), "--no-write-json"]
        if engine in _TARGETS:
            self._make_seeds(verb, arguments, engine)
            dbt.bring_parsed(state, self._dbt_environ(engine), _TARGETS[engine])
        elif verb == "run":
            verb, options = "build", [*options, *WITHOUT_TESTS]
        return subprocess.Popen(
            [sys.executable, "-c", BUILD_CODE, verb, engine, *options, *arguments],
            env=self.environ,
            cwd=PROJECT_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def manifest(self, engine: str = POSTGRES) -> Any:
        """The project as dbt has read it to build here."""
        return dbt.manifest_of(self._dbt_environ(engine), _TARGETS[engine])

    def _make_seeds(self, verb: str, arguments: Sequence[str], engine: str) -> None:
        """The seeds that ``dbt run`` takes as made: once for an engine, and for each past instant,
        which has schemas of its own."""
        variables = dict(pairwise(arguments)).get("--vars", "")
        if verb != "run" or (engine, variables) in self._seeded:
            return
        self._run_dbt("seed", ["--vars", variables] if variables else [], engine)
        self._seeded.add((engine, variables))

    def _run_dbt(self, verb: str, arguments: Sequence[str], engine: str) -> Any:
        target = _TARGETS[engine]
        return dbt.run(self._dbt_environ(engine), verb, arguments, self.state / engine, target)

    def _dbt_environ(self, engine: str) -> dict[str, str]:
        lake = {} if engine == POSTGRES else self._lake_environ
        return self.database.environ() | lake

    def digests(
        self, schemas: Sequence[str] = SCHEMAS, database: Database | None = None
    ) -> dict[str, str]:
        """For each table and view of the schemas: the number of rows and a hash of all of them."""
        found = {}
        with (database or self.database).connect() as connection:
            for schema, name in connection.execute(
                "select table_schema, table_name from information_schema.tables"
                " where table_schema = any(%s) order by 1, 2",
                (list(schemas),),
            ).fetchall():
                if name in UNCOMPARED:
                    continue
                relation = sql.Identifier(schema, name)
                count, digest = connection.execute(
                    sql.SQL(
                        "select count(*), md5(coalesce(string_agg(md5({row}), '' "
                        "order by md5({row})), '')) from {relation} as r"
                    ).format(row=_as_text(name), relation=relation)
                ).fetchone() or (0, "")
                found[f"{schema}.{name}"] = f"{count} rows {digest}"
        return found

    @contextmanager
    def saved(self) -> Iterator[Database]:
        """A copy of the database as it is now, dropped at the end if it still stands."""
        copy = replace(self.database, settings=self.database.server.settings(f"{self.name}_saved"))
        with self.database.server.admin() as admin:
            # Copied as files: the default writes every page to the log as well.
            admin.execute(
                sql.SQL("create database {} template {} strategy file_copy").format(
                    sql.Identifier(copy.settings.database), sql.Identifier(self.name)
                )
            )
        self._grant(copy)
        try:
            yield copy
        finally:
            with self.database.server.admin() as admin:
                admin.execute(
                    sql.SQL("drop database if exists {} with (force)").format(
                        sql.Identifier(copy.settings.database)
                    )
                )

    def restore_from(self, copy: Database) -> None:
        """Put a saved copy in the place of the database."""
        with self.database.server.admin() as admin:
            standing = sql.Identifier(self.name)
            admin.execute(sql.SQL("drop database {} with (force)").format(standing))
            admin.execute(
                sql.SQL("alter database {} rename to {}").format(
                    sql.Identifier(copy.settings.database), standing
                )
            )

    def assert_same_as(
        self, other: Database, step: str, schemas: Sequence[str] = SCHEMAS, suffix: str = ""
    ) -> None:
        """Both hold the same rows, here in the schemas with the suffix; doubles to 1e-9, since a
        sum depends on its rows' order."""
        there = self.digests(schemas, other)
        here = {
            name.replace(f"{suffix}.", "."): digest
            for name, digest in self.digests([schema + suffix for schema in schemas]).items()
        }
        assert there.keys() == here.keys(), f"{step}: other tables"
        different = {name for name in here if here[name] != there[name]}
        with other.connect() as one, self.database.connect() as two:
            found = compare(
                PostgresSide(one, schemas, name="the copy"),
                PostgresSide(two, schemas, suffix, name="the warehouse"),
                different,
            )
        shown = "\n".join(f"{name}: {words}" for name, words in found.differences.items())
        assert not found.differences, f"{step}\n{shown}"

    def _grant(self, copy: Database) -> None:
        """A copy has the tables of its template, but not its grants and settings as a database."""
        with self.database.server.admin(copy.settings.database) as admin:
            run_files(admin, init_files(own_server=True))


def _as_text(name: str) -> sql.Composable:
    """A row ``r`` of the table as text, without what a build notes about itself."""
    if name in UNCOMPARED_COLUMNS:
        return sql.SQL("(to_jsonb(r) - {})::text").format(sql.Literal(UNCOMPARED_COLUMNS[name]))
    return sql.SQL("r::text")


def _what_failed(said: str) -> str:
    """dbt's words on what failed, or its last ones."""
    lines = said.splitlines()
    summary = [number for number, line in enumerate(lines) if "Completed with" in line]
    return "\n".join(lines[summary[0] :] if summary else lines[-40:])


def assert_same_as_full_refresh(warehouse: Warehouse, step: str, *arguments: str) -> None:
    """The warehouse as built by increments, with dbt's arguments, equals what a full refresh makes
    of the same bronze.

    The increments' state is put back afterwards, so that errors could add up over the steps.
    """
    with warehouse.saved() as by_increments:
        try:
            warehouse.build("--full-refresh", *arguments)
            warehouse.assert_same_as(by_increments, f"{step}: increments and a full refresh differ")
        finally:
            warehouse.restore_from(by_increments)
