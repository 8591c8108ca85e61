"""Fixtures: a real PostgreSQL from the wheel, and fresh databases in it."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from bullion.db import connect
from bullion.engines.spark.java import java_home
from bullion.errors import BullionError
from bullion.server import cluster
from bullion.server.initialize import connect_superuser, create_database, init_files, run_files
from bullion.server.layout import STATE_ROOTS, state_name
from bullion.settings import Settings, get_settings
from tests.support.accounts import Accounts
from tests.support.bank_warehouse import BankWarehouse, built_bank
from tests.support.dbt import SHARED
from tests.support.servers import postmaster
from tests.support.spark import SparkProcess
from tests.support.stages import FIRST, PARTS, part_of

SERVER_VARIABLES = (
    "CONNECTION_STRING",
    "BULLION_HOME",
    "BULLION_PORT",
    "BULLION_SCHEMA_SUFFIX",
    "BULLION_LAKE",
)
# Each process of pytest has ports of its own: a test may stop a server and want its port again.
TEST_PORT = 54320 + 400 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# Tests throw their data away: what protects it from a power cut only costs time.
TEST_CONFIGURATION = """
fsync = off
full_page_writes = off
synchronous_commit = off
shared_buffers = 256MB
work_mem = 64MB
maintenance_work_mem = 128MB
"""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes of a file are no name of a test: some hold the time at which they were made, and the
    processes of a session must agree on all names."""
    return argname if isinstance(val, bytes) else None


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--slow`` and ``--spark`` of scripts/test, ``--part`` of .ci/run."""
    parser.addoption("--slow", action="store_true", help="Run the tests marked slow as well.")
    parser.addoption("--spark", action="store_true", help="Run the tests marked spark as well.")
    parser.addoption("--part", choices=PARTS, help="Run one of the parts that make up all tests.")


def pytest_configure(config: pytest.Config) -> None:
    """One folder for what the session's processes read of the project, and accounts of each."""
    config.pluginmanager.register(Accounts(), Accounts.NAME)
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory(prefix="bullion-parsed-")
        os.environ[SHARED] = folder.name
        config.add_cleanup(folder.cleanup)


# Before xdist's own, which notes each test's group.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not asked for or cannot run; say which tests run in one process; begin with
    the longest."""
    unwanted = [mark for mark in ("slow", "spark") if not config.getoption(f"--{mark}")]
    part = config.getoption("--part")
    left_out = [
        item
        for item in items
        if any(map(item.get_closest_marker, unwanted)) or part not in (None, part_of(item.path))
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        is_left_out = set(left_out)
        items[:] = [item for item in items if item not in is_left_out]
    groups = {item: _group(item) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    # The shared warehouse's tests are in several folders.
    items.sort(key=lambda item: _turn(item, groups[item]))
    on_spark = [item for item in items if item.get_closest_marker("spark")]
    missing = _missing_for_spark() if on_spark else ""
    for item in on_spark if missing else []:
        item.add_marker(pytest.mark.skip(reason=missing))


def _turn(item: pytest.Item, group: str) -> int:
    names = [name for name in (group, item.path.parent.name) if name in FIRST]
    return FIRST.index(names[0]) if names else len(FIRST)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Tests that share a fixture or ports are lost when they are scattered over processes."""
    # xdist reads a group's name after the last @, unless a bracket follows it.
    scattered = getattr(session.config.option, "loadgroup", False) and any(
        item.nodeid.rfind("@") <= item.nodeid.rfind("]") for item in session.items
    )
    if scattered:
        raise pytest.UsageError("pytest-xdist did not take in the groups of tests")


def _missing_for_spark() -> str:
    """What this machine lacks for the tests on Spark, in words; empty when there is all of it."""
    try:
        java_home()
    except BullionError as error:
        return str(error)
    return (
        "" if find_spec("pyspark") else "pyspark is not installed: pip install -e '.[duckdb,spark]'"
    )


def _group(item: pytest.Item) -> str:
    """Tests of one group share a process: a module with its fixtures, the server tests their ports,
    those of statistics their functions.

    Tests of the whole pipeline are long and share nothing. A name that ends in a bracket would be
    taken for a test's parameters, and its tests scattered.
    """
    folder = item.path.parent.name
    fixtures = getattr(item, "fixturenames", ())
    for shared in ("bank_warehouse", "standing"):
        if shared in fixtures:
            # One process builds it, so it is built once.
            return shared
    if folder in {"server", "statistics"}:
        return folder
    if item.get_closest_marker("spark"):
        # One at a time: each has a Java of its own, with a gigabyte or two.
        return "spark"
    if "story" in fixtures:
        # One process tells it; stories of other seeds are others.
        return "story " + item.nodeid.partition("[")[2].removesuffix("]")
    alone = folder in {"pipeline", "engines"}
    return item.nodeid.replace("[", " ").removesuffix("]") if alone else str(item.path)


@pytest.fixture(scope="session", autouse=True)
def _own_environment() -> Iterator[None]:
    """Tests choose their server themselves: whatever the developer's shell says is put aside."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("PG") or name in SERVER_VARIABLES:
                patch.delenv(name)
        yield


@contextmanager
def temporary_home(configuration: str = TEST_CONFIGURATION) -> Iterator[Path]:
    """A BULLION_HOME that a server run by another user can reach; stopped and removed at the end.

    pytest's own temporary folders are closed to other users.
    """
    home = Path(tempfile.mkdtemp(prefix="bullion-test-", dir="/tmp"))
    home.chmod(0o755)
    (home / "postgresql.local.conf").write_text(configuration)
    try:
        yield home
    finally:
        cluster.down(get_settings({"BULLION_HOME": str(home)}))
        shutil.rmtree(home)
        for root in STATE_ROOTS:
            shutil.rmtree(root / state_name(home), ignore_errors=True)


@dataclass(frozen=True)
class Server:
    """The session's server: its home and its administrator's connection."""

    home: Path
    port: int

    def admin(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """An autocommit connection of the superuser."""
        return connect_superuser(self.home / "secrets", self.port, database)

    def settings(self, database: str) -> Settings:
        """Settings of one of its databases, as the login role."""
        return get_settings({"BULLION_HOME": str(self.home), "PGDATABASE": database})


@pytest.fixture(scope="session")
def pg(_own_environment: None, pytestconfig: pytest.Config) -> Iterator[Server]:
    """An embedded server in a temporary BULLION_HOME, for the whole session."""
    with temporary_home() as home:
        settings = get_settings({"BULLION_HOME": str(home)})
        started = cluster.up(settings, TEST_PORT, lambda line: None)
        accounts: Any = pytestconfig.pluginmanager.get_plugin(Accounts.NAME)
        accounts.meter.follow(postmaster(home).pid)
        yield Server(home, started.port)


@dataclass(frozen=True)
class Database:
    """A fresh database with roles and schemas, to which the environment points."""

    server: Server
    settings: Settings

    def connect(self, **kwargs: Any) -> psycopg.Connection[Any]:
        """A connection as the login role."""
        return connect(self.settings, **kwargs)

    def environ(self) -> dict[str, str]:
        """The variables that lead dbt to it."""
        return self.settings.environ() | {"BULLION_HOME": str(self.settings.home)}

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.connect() as connection:
            return connection.execute(query, parameters or None).fetchall()

    def value(self, query: str, *parameters: Any) -> Any:
        """The single value of a query."""
        [[value]] = self.rows(query, *parameters)
        return value


_names_in_use: set[str] = set()


def copy_database(admin: psycopg.Connection[Any], template: str, name: str) -> None:
    """Make a database by copying the files of one to which nobody is connected; the default writes
    every page to the log as well."""
    query = "create database {} template {} strategy file_copy"
    admin.execute(sql.SQL(query).format(sql.Identifier(name), sql.Identifier(template)))


@contextmanager
def fresh_database(
    server: Server, is_environment: bool = True, template: str = ""
) -> Iterator[Database]:
    """A database, to which the environment leads while it lasts unless that is not wanted; a copy
    of another where one is named.

    It has the first name that is free (see tests.support.dbt).
    """
    names = (f"test_{number}" for number in itertools.count(1))
    name = next(name for name in names if name not in _names_in_use)
    _names_in_use.add(name)
    with server.admin() as admin:
        if template:
            copy_database(admin, template, name)
        else:
            create_database(admin, name)
    with server.admin(name) as admin:
        # A copy has the tables of its template, but not its grants and settings as a database.
        run_files(admin, init_files(own_server=True))
    if is_environment:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BULLION_HOME", str(server.home))
            patch.setenv("PGDATABASE", name)
            yield Database(server, get_settings())
    else:
        yield Database(server, server.settings(name))
    with server.admin() as admin:
        admin.execute(f"drop database {name} with (force)")
    _names_in_use.remove(name)


@pytest.fixture
def database(pg: Server) -> Iterator[Database]:
    """A fresh database for one test; BULLION_HOME and PGDATABASE lead everything to it."""
    with fresh_database(pg) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def module_database(pg: Server) -> Iterator[Database]:
    """A fresh database for all the tests of a module."""
    with fresh_database(pg) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def bank_warehouse(pg: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankWarehouse]:
    """A warehouse with a bank large enough for statistics; shared, so for reading only."""
    folder = tmp_path_factory.mktemp("bank_warehouse")
    with fresh_database(pg, is_environment=False) as fresh, built_bank(fresh, folder) as built:
        yield built


@pytest.fixture(scope="session")
def spark(pg: Server) -> Iterator[SparkProcess]:
    """A process with a Spark session on the tables of the server's BULLION_HOME."""
    process = SparkProcess(pg.home)
    yield process
    process.close()


@pytest.fixture
def make_home() -> Iterator[Callable[[], Path]]:
    """A maker of temporary BULLION_HOMEs whose servers are stopped at the end of the test."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(temporary_home())
