"""Roles, schemas and grants of postgres-init/, on our own and on other servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from bullion.errors import BullionError
from bullion.server.initialize import init_files, prepare_external, run_files
from bullion.server.secrets import SUPERUSER, password_of
from bullion.settings import get_settings
from tests.conftest import Database, Server
from tests.support.cli import bullion

ROLES = ["archivist", "loader", "transformer", "reader", "pii_reader", "auditor"]
SCHEMAS = ["bronze", "silver", "gold", "gold_pii", "stats"]


def catalogue(connection: psycopg.Connection) -> list[tuple]:
    """All that the files set, as rows that can be compared."""
    return connection.execute(
        """
        select 'schema', nspname::text, nspowner::regrole::text, nspacl::text from pg_namespace
        where nspname = any(%s)
        union all
        select 'default', defaclnamespace::regnamespace::text, defaclrole::regrole::text,
            defaclacl::text
        from pg_default_acl
        union all
        select 'member', roleid::regrole::text, member::regrole::text, null
        from pg_auth_members
        union all
        select 'setting', setrole::text, null, setconfig::text
        from pg_db_role_setting as s join pg_database as d on d.oid = s.setdatabase
        where datname = current_database()
        order by 1, 2, 3, 4
        """,
        (SCHEMAS,),
    ).fetchall()


def test_running_the_files_again_changes_nothing(database: Database) -> None:
    with database.server.admin(database.settings.database) as admin:
        before = catalogue(admin)
        assert len([row for row in before if row[0] == "schema"]) == len(SCHEMAS)
        run_files(admin, init_files(own_server=True))
        assert catalogue(admin) == before


def test_schema_owners(database: Database) -> None:
    rows = database.rows(
        "select nspname, nspowner::regrole::text from pg_namespace where nspname = any(%s)", SCHEMAS
    )
    assert dict(rows) == {
        "bronze": "archivist",
        "silver": "transformer",
        "gold": "transformer",
        "gold_pii": "transformer",
        "stats": "transformer",
    }


def test_names_without_schema_find_gold_first(database: Database) -> None:
    with database.connect() as connection:
        for schema in ("silver", "gold"):
            connection.execute(f"create table {schema}.same as select '{schema}' as layer")
        assert connection.execute("select layer from same").fetchone() == ("gold",)


@pytest.fixture(scope="module")
def layers(module_database: Database) -> Database:
    """Tables in each layer, made after the grants, by loader and by transformer as in a build."""
    with module_database.connect() as connection:
        connection.execute("set role archivist")
        connection.execute("create table bronze.raw as select 1 as a")
        connection.execute("set role transformer")
        for schema in ("silver", "gold", "gold_pii"):
            connection.execute(f"create table {schema}.made as select 1 as a")
        connection.execute(
            "create function stats.one() returns integer immutable parallel safe return 1"
        )
        connection.execute("reset role")
        for schema in ("silver", "gold", "gold_pii"):
            connection.execute(f"create table {schema}.by_login as select 1 as a")
    return module_database


READS = {
    "reader": {"gold"},
    "pii_reader": {"gold", "gold_pii"},
    "auditor": {"gold"},
}


@pytest.mark.parametrize("role", ["transformer", *READS])
def test_who_reads_bronze(layers: Database, role: str) -> None:
    with layers.server.admin(layers.settings.database) as admin:
        admin.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        if role == "transformer":
            assert admin.execute("select a from bronze.raw").fetchall() == [(1,)]
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                admin.execute("select a from bronze.raw")


@pytest.mark.parametrize("role", READS)
@pytest.mark.parametrize("name", ["made", "by_login"])
@pytest.mark.parametrize("schema", ["silver", "gold", "gold_pii"])
def test_who_reads_what(layers: Database, role: str, schema: str, name: str) -> None:
    with layers.server.admin(layers.settings.database) as admin:
        admin.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        query = f"select a from {schema}.{name}"
        if schema in READS[role]:
            assert admin.execute(query).fetchall() == [(1,)]
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                admin.execute(query)


@pytest.mark.parametrize("role", ["reader", "pii_reader", "auditor"])
def test_readers_write_nothing(layers: Database, role: str) -> None:
    with layers.server.admin(layers.settings.database) as admin:
        admin.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        for statement in (
            "insert into gold.made values (2)",
            "create table gold.mine (a integer)",
            "create table public.mine (a integer)",
            "create schema mine",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                admin.execute(statement)
        assert admin.execute("select stats.one()").fetchone() == (1,)


def test_auditor_reads_control_totals_but_no_rejects(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("set role archivist")
        for name in ("load_audit", "load_control_totals", "rejected_rows"):
            connection.execute(f"create table bronze.{name} as select 1 as a")
    with database.server.admin(database.settings.database) as admin:
        run_files(admin, init_files(own_server=True))
        admin.execute("set role auditor")
        admin.execute("table bronze.load_audit")
        admin.execute("table bronze.load_control_totals")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            admin.execute("table bronze.rejected_rows")


def test_login_is_no_superuser_and_makes_suffixed_schemas(database: Database) -> None:
    assert database.value("select rolsuper from pg_roles where rolname = current_user") is False
    for role in ("archivist", "transformer"):
        with database.connect() as connection:
            connection.execute(f"set role {role}")
            connection.execute(f"create schema {role}_suffixed")


@pytest.fixture
def external(pg: Server) -> Iterator[str]:
    """An empty database of a server that this project did not start, and its administrator."""
    with pg.admin() as admin:
        admin.execute("create database elsewhere")
    yield "elsewhere"
    with pg.admin() as admin:
        admin.execute("drop database elsewhere with (force)")


def admin_word(pg: Server) -> str:
    return password_of(pg.home / "secrets", SUPERUSER)


def has_schemas(pg: Server, database: str) -> bool:
    with pg.admin(database) as admin:
        found = admin.execute(
            "select count(*) from pg_namespace where nspname = any(%s)", (SCHEMAS,)
        ).fetchone()
    return found == (len(SCHEMAS),)


def test_connection_string_names_an_external_server(
    pg: Server, external: str, tmp_path: Path
) -> None:
    url = f"postgresql://postgres:{admin_word(pg)}@127.0.0.1:{pg.port}/{external}"
    said = bullion(tmp_path, "up", CONNECTION_STRING=url).stdout
    assert f"{external} on 127.0.0.1:{pg.port}" in said
    assert admin_word(pg) not in said
    assert has_schemas(pg, external)
    assert not any(tmp_path.iterdir()), "no embedded server was made"
    assert "external" in bullion(tmp_path, "status", CONNECTION_STRING=url).stdout
    refused = bullion(tmp_path, "down", check=False, CONNECTION_STRING=url)
    assert refused.returncode == 1


def test_variables_name_an_external_server(pg: Server, external: str, tmp_path: Path) -> None:
    variables: dict[str, Any] = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(pg.port),
        "PGDATABASE": external,
        "PGUSER": "postgres",
        "PGPASSWORD": admin_word(pg),
    }
    for _ in range(2):
        bullion(tmp_path, "up", **variables)
    assert has_schemas(pg, external)
    said = bullion(tmp_path, "psql", "--", "-Atc", "select current_database()", **variables)
    assert said.stdout.strip() == external


@pytest.fixture
def plain_login(pg: Server) -> Iterator[str]:
    """A login without any right of its own."""
    with pg.admin() as admin:
        admin.execute("create role plain login password 'plain'")
    yield "plain"
    with pg.admin() as admin:
        admin.execute("drop role plain")


def test_login_without_rights_is_told_what_to_ask_for(
    pg: Server, external: str, plain_login: str
) -> None:
    url = f"postgresql://plain:plain@127.0.0.1:{pg.port}/{external}"
    settings = get_settings({"CONNECTION_STRING": url})
    with pytest.raises(BullionError, match="have an administrator run") as told:
        prepare_external(settings)
    assert "\n" not in str(told.value)
    assert not has_schemas(pg, external)

    with pg.admin(external) as admin:
        run_files(admin, init_files(own_server=False))
    assert "left as they are" in prepare_external(settings)
    with pg.admin(external) as admin:
        admin.execute("revoke all on database elsewhere from plain")


def test_managed_servers_administrator_is_enough(pg: Server, external: str) -> None:
    """Managed servers give no superuser, but a login that may make roles and owns a database."""
    with pg.admin() as admin:
        admin.execute("create role manager login createrole password 'manager'")
        admin.execute("alter database elsewhere owner to manager")
        for role in ROLES:
            admin.execute(f"grant {role} to manager with admin option")
    try:
        url = f"postgresql://manager:manager@127.0.0.1:{pg.port}/{external}"
        settings = get_settings({"CONNECTION_STRING": url})
        for _ in range(2):
            assert "in place" in prepare_external(settings)
        assert has_schemas(pg, external)
        with psycopg.connect(url) as connection:
            connection.execute("set role transformer")
            connection.execute("create table gold.made as select 1 as a")
            connection.execute("set role reader")
            assert connection.execute("table made").fetchall() == [(1,)]
    finally:
        with pg.admin(external) as admin:
            admin.execute("drop owned by manager cascade")
        with pg.admin() as admin:
            admin.execute("alter database elsewhere owner to postgres")
            admin.execute("drop owned by manager cascade")
            admin.execute("drop role manager")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://bullion:wrong@127.0.0.1:{port}/bullion", "CONNECTION_STRING or PGPASSWORD"),
        ("postgresql://bullion@127.0.0.1:1/bullion", "check that it runs"),
        ("postgresql://postgres:{word}@127.0.0.1:{port}/nowhere", "create database nowhere"),
    ],
)
def test_connection_problems_say_the_fix(pg: Server, tmp_path: Path, url: str, words: str) -> None:
    url = url.format(port=pg.port, word=admin_word(pg))
    failed = bullion(tmp_path, "status", check=False, CONNECTION_STRING=url, HOME=str(tmp_path))
    assert failed.returncode == 1
    assert words in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1
    assert admin_word(pg) not in failed.stderr


def test_unknown_password_says_both_ways_to_give_it(pg: Server, tmp_path: Path) -> None:
    failed = bullion(
        tmp_path,
        "status",
        check=False,
        PGHOST="127.0.0.1",
        PGPORT=str(pg.port),
        PGPASSFILE=str(tmp_path / "none"),
    )
    assert failed.returncode == 1
    assert "PGPASSWORD" in failed.stderr
    assert "mode 0600" in failed.stderr
