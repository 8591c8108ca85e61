"""A warehouse under test: load files, build, and compare whole layers by their rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import sql

from bullion.engines import POSTGRES
from bullion.paths import PROJECT_DIR
from bullion.server.initialize import init_files, run_files
from tests.support.cli import bullion

if TYPE_CHECKING:
    from tests.conftest import Database

# `bullion build` with the verb chosen.
BUILD_CODE = """
import sys
from bullion.build import run_build
run_build(sys.argv[3:], sys.argv[1], sys.argv[2])
"""

# What a build notes about itself rather than about the bank.
UNCOMPARED = {"build_log", "int_touched_accounts", "int_touched_customers"}
UNCOMPARED_COLUMNS = {"int_account_openings": "_shifted_batch_id"}


@dataclass
class Warehouse:
    """A fresh database of the test server, driven as a user would.

    ``state`` is a folder for dbt's target and logs; builds that share it parse the project once.
    """

    database: Database
    state: Path

    @property
    def environ(self) -> dict[str, str]:
        """The environment that leads the command line and dbt to this database, and to a lake and
        a DuckDB file beside the state."""
        return self.database.settings.child_environ() | {
            "BULLION_LAKE": str(self.lake),
            "BULLION_DUCKDB": str(self.duckdb),
        }

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
        self.start_build(*arguments, verb=verb, engine=engine, wait=True)

    def start_build(
        self, *arguments: str, verb: str = "run", engine: str = POSTGRES, wait: bool = False
    ) -> subprocess.Popen[str]:
        """Start dbt as a process; with ``wait`` until it has ended well."""
        target = self.state / ("target" if engine == POSTGRES else engine)
        folders = ["--target-path", str(target), "--log-path", str(self.state)]
        process = subprocess.Popen(
            [sys.executable, "-c", BUILD_CODE, verb, engine, *folders, *arguments],
            env=self.environ,
            cwd=PROJECT_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if wait:
            said, _ = process.communicate()
            assert process.returncode == 0, _what_failed(said)
        return process

    def digests(self, schemas: Sequence[str] = ("silver", "gold", "gold_pii")) -> dict[str, str]:
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

    def rows(self, relation: str) -> set[str]:
        """All rows of a relation as text, for showing a difference."""
        schema, name = relation.split(".")
        with self.database.connect() as connection:
            query = sql.SQL("select {} from {} as r").format(
                _as_text(name), sql.Identifier(schema, name)
            )
            return {row[0] for row in connection.execute(query)}

    def save_as(self, name: str) -> None:
        """Keep a copy of the database under another name."""
        with self.database.server.admin() as admin:
            admin.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(self.name)
                )
            )

    def restore_from(self, name: str) -> None:
        """Put a saved copy in the place of the database."""
        with self.database.server.admin() as admin:
            standing = sql.Identifier(self.name)
            admin.execute(sql.SQL("drop database {} with (force)").format(standing))
            admin.execute(
                sql.SQL("alter database {} rename to {}").format(sql.Identifier(name), standing)
            )
        # A copy has the tables of its template, but not its grants and settings as a database.
        with self.database.server.admin(self.name) as admin:
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


def assert_same_as_full_refresh(warehouse: Warehouse, step: str) -> None:
    """The warehouse as built by increments equals what a full refresh makes of the same bronze.

    The increments' state is put back afterwards, so that errors could add up over the steps.
    """
    by_increments = warehouse.digests()
    saved = f"{warehouse.name}_saved"
    warehouse.save_as(saved)
    try:
        warehouse.build("--full-refresh")
        whole = warehouse.digests()
        assert set(by_increments) == set(whole), f"{step}: other tables after a full refresh"
        different = sorted(name for name in whole if whole[name] != by_increments[name])
        whole_rows = {name: warehouse.rows(name) for name in different}
    finally:
        warehouse.restore_from(saved)
    shown = []
    for name in different:
        standing = warehouse.rows(name)
        extra, missing = sorted(standing - whole_rows[name]), sorted(whole_rows[name] - standing)
        shown.append(
            f"{name}: {len(extra)} rows only by increments, {len(missing)} only by full refresh\n"
            + "".join(f"  + {row[:400]}\n" for row in extra[:3])
            + "".join(f"  - {row[:400]}\n" for row in missing[:3])
        )
    found = "\n".join(shown)
    assert not different, f"{step}: incremental build differs from full refresh\n{found}"
