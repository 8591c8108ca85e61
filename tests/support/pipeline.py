"""A warehouse under test: load files, build, and compare whole layers by their rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import sql

from bullion.engines.registry import POSTGRES
from bullion.paths import PROJECT_DIR
from tests.support import dbt
from tests.support.cli import bullion, in_process
from tests.support.parity import SCHEMAS, UNCOMPARED, UNCOMPARED_COLUMNS

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

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

# Nothing but statistics reads them, and they cost as much as all the others.
STATISTICS = ("--exclude", "tag:statistics")

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
    The lake and the DuckDB file are beside it, by the names given. ``left_out`` is what no ``dbt
    run`` of it makes, in dbt's words.
    """

    database: Database
    state: Path
    lake_name: str = "lake"
    duckdb_name: str = "warehouse.duckdb"
    left_out: Sequence[str] = ()
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
        return self.state.parent / self.lake_name

    @property
    def duckdb(self) -> Path:
        """The file of its DuckDB build."""
        return self.state.parent / self.duckdb_name

    @property
    def name(self) -> str:
        """Name of the database under test."""
        return self.database.settings.database

    def bullion(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as a user does; a failure fails the test with its words."""
        return bullion(self.database.server.home, *arguments, PGDATABASE=self.name)

    def load(self, *paths: Path | str, options: Sequence[str] = ()) -> None:
        """``bullion load`` of some paths, in this process; a failure fails the test."""
        environ = {"BULLION_HOME": str(self.database.server.home), "PGDATABASE": self.name}
        in_process(environ, "load", *options, *map(str, paths))

    def copied(self, database: Database, state: Path) -> Warehouse:
        """The same warehouse in a database that was copied from this one's."""
        return Warehouse(database, state, left_out=self.left_out, _seeded=set(self._seeded))

    def with_new_file(self, name: str, lake: str | None = None) -> Warehouse:
        """The same with a DuckDB file that is not there yet, in a folder of that name, and perhaps
        another lake."""
        self.state.with_name(name).mkdir()
        file = f"{name}/{Path(self.duckdb_name).name}"
        return replace(self, lake_name=lake or self.lake_name, duckdb_name=file, _seeded=set())

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
        left_out = self.left_out if verb == "run" else ()
        return subprocess.Popen(
            [sys.executable, "-c", BUILD_CODE, verb, engine, *options, *arguments, *left_out],
            env=self.environ,
            cwd=PROJECT_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

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
        if verb == "run":
            arguments = [*arguments, *self.left_out]
        return dbt.run(self._dbt_environ(engine), verb, arguments, self.state / engine, target)

    def manifest(self, engine: str = POSTGRES) -> Manifest:
        """The project as dbt has read it for this warehouse's builds in this process."""
        return dbt.manifest_of(self._dbt_environ(engine), _TARGETS[engine])

    def _dbt_environ(self, engine: str) -> dict[str, str]:
        lake = {} if engine == POSTGRES else self._lake_environ
        return self.database.environ() | lake

    def digests(self, schemas: Sequence[str] = SCHEMAS) -> dict[str, str]:
        """For each table and view of the schemas: the number of rows and a hash of all of them."""
        found = {}
        with self.database.connect() as connection:
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
