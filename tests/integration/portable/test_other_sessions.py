"""Other people's sessions: locks that they cannot take, limits, and what is noted of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from bullion.db import connect
from bullion.errors import BullionError
from bullion.ingest.postgres.ddl import ensure_bronze, follow_contract, lock_loads
from bullion.ingest.run import load_one
from bullion.server import cluster
from bullion.server.initialize import init_files, run_files
from bullion.server.logs import log_files
from bullion.sessions.building import building
from bullion.sessions.locks import LockHeldError
from tests.conftest import Database, Server, fresh_database
from tests.support.cli import bullion
from tests.support.macros import make_project, run_dbt


@pytest.fixture(scope="module")
def place(pg: Server) -> Iterator[Database]:
    """A database with logins of several kinds."""
    with fresh_database(pg, is_environment=False) as database:
        with pg.admin(database.settings.database) as admin:
            admin.execute("create role nobody_in_particular login password 'word'")
            admin.execute("create role eve login password 'word' in role pii_reader")
        yield database
        with pg.admin(database.settings.database) as admin:
            admin.execute("drop owned by nobody_in_particular, eve cascade")
            admin.execute("drop role nobody_in_particular, eve")


def login(place: Database, user: str, **options: Any) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host="127.0.0.1",
        port=place.server.port,
        dbname=place.settings.database,
        user=user,
        password="word",
        autocommit=True,
        **options,
    )


def build_lock(place: Database) -> Any:
    return building(lambda: connect(place.settings), "transformer", "")


def test_nobody_else_holds_up_loads_and_builds(place: Database, tmp_path: Path) -> None:
    with place.connect(autocommit=True) as connection:
        ensure_bronze(connection)
    with build_lock(place):
        pass
    with login(place, "nobody_in_particular") as other:
        for number in ("7205759403792795", "7203118", "1651470188, hashtext('bronze')"):
            other.execute(f"select pg_advisory_lock({number})")
        other.execute("select pg_advisory_lock(hashtext('stats functions'))")
        for table in ("bronze.load_lock", "silver.build_lock"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), other.transaction():
                other.execute(f"lock table {table} in access share mode")
        with build_lock(place), place.connect(autocommit=True) as connection:
            follow_contract(connection)
            file = tmp_path / "2024-01-31" / "advisors.csv"
            file.parent.mkdir()
            file.write_text("advisor_id,advisor_name\nA1,Ann\n")
            assert load_one(connection, file).status == "loaded"
        with place.server.admin(place.settings.database) as admin:
            run_files(admin, init_files(own_server=True))


def test_loaded_rows_are_appended_and_not_changed(place: Database) -> None:
    with place.connect(autocommit=True) as connection:
        for role in ("bullion", "loader"):
            connection.execute(f"set role {role}")
            for table in ("load_audit", "advisors", "load_control_totals", "rejected_rows"):
                for statement in (
                    f"update bronze.{table} set batch_id = 0",
                    f"delete from bronze.{table}",
                    f"truncate bronze.{table}",
                    f"alter table bronze.{table} add column a text",
                    f"drop table bronze.{table}",
                ):
                    text = statement.replace(
                        "batch_id", "_batch_id" if table == "advisors" else "batch_id"
                    )
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(text)
            # PostgreSQL only warns of a grant that grants nothing.
            connection.execute("grant delete on bronze.load_audit to loader")
            deletes = "select has_table_privilege('loader', 'bronze.load_audit', 'delete')"
            assert connection.execute(deletes).fetchone() == (False,)
            assert connection.execute("select count(*) from bronze.load_audit").fetchone() == (1,)


def test_a_second_build_is_told_who_builds(
    place: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with build_lock(place), monkeypatch.context() as patch:
        patch.setattr("bullion.sessions.building._held", [])
        with (
            pytest.raises(
                LockHeldError, match=r"Another build is running: process \d+ of user bul"
            ),
            build_lock(place),
        ):
            pass
    with build_lock(place):
        pass


@pytest.fixture
def project(tmp_path: Path) -> Path:
    slow = "{{ config(materialized='table') }} select 1 as a from pg_sleep({{ var('nap') }})"
    made = make_project(tmp_path, {"one": slow, "two": "-- {{ ref('one') }}\n" + slow})
    settings = yaml.safe_load((made / "dbt_project.yml").read_text())
    settings["models"]["bullion"]["+pre-hook"] = "{{ build_session() }}"
    settings["on-run-start"] = ["{{ prepare_build() }}"]
    (made / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    return made


def run(place: Database, project: Path, nap: float) -> Any:
    return run_dbt(
        project,
        "run",
        "--vars",
        f"{{nap: {nap}}}",
        "--full-refresh",
        target="dev",
        environ=place.settings.child_environ(),
    )


GUARD = "select pid from pg_stat_activity where application_name = 'bullion-dbt lock'"


def test_bare_dbt_is_the_one_build_and_stops_when_it_loses_its_lock(
    place: Database, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with build_lock(place):
        # In a process of its own it would not know of this one's.
        with monkeypatch.context() as patch:
            patch.setattr("bullion.sessions.building._held", [])
            with pytest.raises(AssertionError, match="Another build is running: process"):
                run(place, project, 0)
        run(place, project, 0)
    with place.server.admin(place.settings.database) as admin:

        def end_guard() -> None:
            deadline = time.monotonic() + 30
            while not (found := admin.execute(GUARD).fetchone()) and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.5)
            admin.execute("select pg_terminate_backend(%s)", found)

        thread = threading.Thread(target=end_guard)
        thread.start()
        with pytest.raises(AssertionError, match=r"lock is lost.* stops before its next model"):
            run(place, project, 3)
        thread.join()
    with build_lock(place):
        pass


def test_readers_have_limits_and_leave_room(place: Database) -> None:
    with login(place, "nobody_in_particular") as reader:
        names = ("statement_timeout", "idle_in_transaction_session_timeout", "temp_file_limit")
        assert [reader.execute(f"show {name}").fetchone() for name in names] == [
            ("15min",),
            ("5min",),
            ("1GB",),
        ]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("set temp_file_limit = -1")
    with place.connect() as connection:
        assert [connection.execute(f"show {name}").fetchone() for name in names] == [
            ("0",),
            ("0",),
            ("-1",),
        ]
    with ExitStack() as stack:
        for _ in range(130):
            try:
                stack.enter_context(login(place, "nobody_in_particular"))
            except psycopg.OperationalError as error:
                full = error
                break
        assert "remaining connection slots" in str(full)
        said = bullion(place.server.home, "status", PGDATABASE=place.settings.database).stdout
        assert "answers" in said
        with place.connect(autocommit=True) as connection, build_lock(place):
            ensure_bronze(connection)
            with connection.transaction():
                lock_loads(connection)
        url = f"postgresql://eve:word@127.0.0.1:{place.server.port}/{place.settings.database}"
        failed = bullion(place.server.home, "status", check=False, CONNECTION_STRING=url)
        assert "answers but has no free connection for eve" in failed.stderr


def test_who_read_persons_is_noted(place: Database) -> None:
    with place.connect(autocommit=True) as connection:
        connection.execute("set role transformer")
        connection.execute("create table gold_pii.persons as select 'Jane' as name")
    with place.server.admin(place.settings.database) as admin:
        run_files(admin, init_files(own_server=True))
        admin.execute("create schema eve authorization eve")
        admin.execute("create view eve.people as select * from gold_pii.persons")
        admin.execute("alter view eve.people owner to eve")
    with login(place, "eve", application_name="a sheet") as eve:
        assert eve.execute("select name from gold_pii.persons where name = 'Jane'").fetchall()
        assert eve.execute("select count(*) from eve.people").fetchone() == (1,)
        eve.execute("create table eve.mine as select 'secret' as word")
        eve.execute("drop table eve.mine")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            eve.execute("select audit.note_read('x')")
    said = bullion(
        place.server.home, "audit", "--connections", PGDATABASE=place.settings.database
    ).stdout
    mine = [line for line in said.splitlines() if f"eve@{place.settings.database}" in line]
    assert [line.rpartition("  ")[2] for line in mine if "READ" in line] == [
        "READ gold_pii.persons (a sheet)"
    ] * 2
    for words in ("CREATE TABLE AS eve.mine", "DROP TABLE eve.mine", "connection authorized"):
        assert any(words in line for line in mine), (words, said)
    assert "eve: pii_reader" in said
    layout = cluster.existing_layout(place.server.home)
    assert layout is not None
    log = "".join(file.read_text() for file in log_files(layout) if file.exists())
    assert "READ gold_pii.persons" in log
    assert "secret" not in log
    assert "password" not in log.lower() or "word'" not in log


def test_the_auditor_reads_no_silver(place: Database) -> None:
    with place.connect(autocommit=True) as connection:
        connection.execute("set role transformer")
        connection.execute("create table silver.made as select 1 as a")
        connection.execute("grant usage on schema silver to auditor")
        connection.execute("grant select on silver.made to auditor")
    with place.server.admin(place.settings.database) as admin:
        run_files(admin, init_files(own_server=True))
        admin.execute("set role auditor")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            admin.execute("table silver.made")


def test_a_loader_is_told_who_holds_a_raw_table(
    place: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULLION_LOCK_WAIT_SECONDS", "0.3")
    file = tmp_path / "2024-02-29" / "advisors.csv"
    file.parent.mkdir()
    file.write_text("advisor_id,advisor_name\nA2,Bob\n")
    with (
        place.server.admin(place.settings.database) as admin,
        place.connect(autocommit=True) as own,
    ):
        with admin.transaction():
            admin.execute("lock table bronze.advisors in share mode")
            with pytest.raises(BullionError, match=r"process \d+ of user postgres .* holds .*adv"):
                load_one(own, file)
        assert load_one(own, file).status == "loaded"


def test_a_database_that_is_not_prepared_is_said(place: Database, tmp_path: Path) -> None:
    """One that was made by hand, or copied, has other rights."""
    name = f"{place.settings.database}_bare"
    with place.server.admin() as admin:
        admin.execute(f"create database {name}")
    try:
        (tmp_path / "customers.csv").write_text("customer_id,signup_date\n1,2024-01-01\n")
        for words in (["build"], ["load", str(tmp_path / "customers.csv")]):
            failed = bullion(place.server.home, *words, check=False, PGDATABASE=name)
            assert failed.returncode == 1
            assert "Traceback" not in failed.stderr
            assert "run 'bullion up'" in " ".join(failed.stderr.split())
    finally:
        with place.server.admin() as admin:
            admin.execute(f"drop database if exists {name} with (force)")
