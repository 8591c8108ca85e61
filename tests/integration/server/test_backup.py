"""docs/own_data.md, Backup: the login dumps the warehouse, the administrator restores it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bullion.db import connect
from bullion.ingest.postgres.ddl import ensure_bronze
from bullion.server.binaries import install_dir
from bullion.server.secrets import SUPERUSER, password_of
from tests.conftest import Database
from tests.support.cli import bullion

SCHEMAS = ("bronze", "silver", "gold", "gold_pii", "stats", "audit")


def run(database: Database, name: str, program: str, *arguments: str, **environ: str) -> None:
    subprocess.run(
        [str(install_dir() / "bin" / program), *arguments],
        env=database.settings.child_environ() | {"PGDATABASE": name} | environ,
        check=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


def contents(database: Database, name: str) -> dict[str, list[str]]:
    """The rows of each table, and what the catalogue says of who may what."""
    with connect(database.server.settings(name), autocommit=True) as connection:
        connection.execute("set role archivist")
        connection.execute("reset role")
        tables = connection.execute(
            "select format('%%I.%%I', schemaname, tablename), tableowner from pg_tables"
            " where schemaname = any(%s) order by 1",
            (list(SCHEMAS),),
        ).fetchall()
        return {
            f"{table} of {owner}": sorted(
                row[0] for row in connection.execute(f"select t::text from {table} as t")
            )
            for table, owner in tables
        }


def test_a_dump_of_the_login_is_restored_whole(database: Database, tmp_path: Path) -> None:
    with database.connect(autocommit=True) as connection:
        ensure_bronze(connection)
        connection.execute("set role transformer")
        connection.execute("create table gold.made as select 1 as a")
        connection.execute("create table gold_pii.made as select 'Jane' as name")
    folder = tmp_path / "2024-01-31"
    folder.mkdir()
    file = folder / "customers.csv"
    file.write_text("customer_id,signup_date\n1,2024-01-01\n2,2024-01-02\n")
    bullion(database.server.home, "load", str(tmp_path), PGDATABASE=database.settings.database)
    dump = str(tmp_path / "dump")
    name = f"{database.settings.database}_restored"
    run(database, database.settings.database, "pg_dump", "-Fc", "-f", dump)
    with database.server.admin() as admin:
        admin.execute(f"create database {name}")
    try:
        word = password_of(database.server.home / "secrets", SUPERUSER)
        restore = ["-U", SUPERUSER, "-d", name, "--exit-on-error", dump]
        run(database, name, "pg_restore", *restore, PGPASSWORD=word)
        bullion(database.server.home, "up", PGDATABASE=name)
        before = contents(database, database.settings.database)
        assert contents(database, name) == before
        assert len(before["bronze.customers of archivist"]) == 2
        # It goes on where it was: the same file is known, the next one is loaded.
        again = bullion(database.server.home, "load", str(tmp_path), PGDATABASE=name).stdout
        assert "1 files were already there" in again
        later = tmp_path / "2024-02-01"
        later.mkdir()
        (later / "customers.csv").write_text("customer_id,signup_date\n3,2024-01-31\n")
        bullion(database.server.home, "load", str(tmp_path), PGDATABASE=name)
        assert len(contents(database, name)["bronze.customers of archivist"]) == 3
    finally:
        with database.server.admin() as admin:
            admin.execute(f"drop database if exists {name} with (force)")
