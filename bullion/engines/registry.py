"""The engines that the models build on besides PostgreSQL, and whether each can be used now."""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bullion.errors import BullionError
from bullion.files import close_to_others
from bullion.locks import locked
from bullion.paths import absolute, install_command
from bullion.settings import LOCALHOST, home_dir, lake_dir, project_environ

if TYPE_CHECKING:
    from bullion.engines.spark.statements import Statements

POSTGRES = "postgres"
THRIFT_PORT = 10_000
_THRIFT_SECONDS = 5
# A DuckDB file whose name is a schema's would make `gold.dim_date` mean two things.
_SCHEMA_NAMES = {"bronze", "silver", "gold", "gold_pii", "stats", "main", "system", "temp"}


def duckdb_path(environ: Mapping[str, str] | None = None) -> Path:
    """``BULLION_DUCKDB`` as an absolute path; ``warehouse.duckdb`` of BULLION_HOME without it."""
    environ = os.environ if environ is None else environ
    path = environ.get("BULLION_DUCKDB") or home_dir(environ) / "warehouse.duckdb"
    return absolute(path, "BULLION_DUCKDB")


@dataclass(frozen=True)
class Engine:
    """An engine that reads the lake: its dbt target, what it needs, and where it writes.

    One with ``statements`` is Spark, whose statistics are built by DuckDB.
    """

    name: str
    extra: str
    modules: tuple[str, ...]
    where: Callable[[], str]
    check: Callable[[], None]
    lock: Callable[[], Path]
    statements: Callable[[], AbstractContextManager[Statements]] | None = None

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Make sure that a build can start, and that it is the only one while this lasts.

        Raises BullionError: the extra is not installed, the lake is empty, the engine cannot be
        reached, or another build is running.
        """
        for module in self.modules:
            if not is_installed(module):
                raise BullionError(
                    f"The engine {self.name} needs packages that are not installed: run "
                    f"{install_command(self.extra)}."
                )
        lake = lake_dir()
        if not any(lake.glob("load_audit/*.parquet")):
            raise BullionError(
                f"The lake {lake} is empty: load extracts into it with 'bullion load --lake', "
                "or name another by BULLION_LAKE."
            )
        with locked(
            self.lock(), f"Another build is running on {self.where()}; wait until it has ended."
        ):
            self.check()
            yield

    def environ(self) -> dict[str, str]:
        """The variables by which dbt finds the lake and the warehouse."""
        lake = {
            "BULLION_HOME": str(home_dir()),
            "BULLION_LAKE": str(lake_dir()),
            "BULLION_DUCKDB": str(duckdb_path()),
        }
        return lake | project_environ(home_dir()) | _thrift_environ()


def find_engine(name: str) -> Engine | None:
    """The engine of that name; None for PostgreSQL. Raises BullionError for an unknown one."""
    if name == POSTGRES:
        return None
    if name not in ENGINES:
        known = ", ".join([POSTGRES, *ENGINES])
        raise BullionError(f"There is no engine '{name}': choose one of {known}.")
    return ENGINES[name]


def is_installed(module: str) -> bool:
    """Whether a module can be imported."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _check_duckdb() -> None:
    import duckdb

    path = duckdb_path()
    if path.stem in _SCHEMA_NAMES:
        raise BullionError(
            f"A DuckDB warehouse may not be called {path.stem}, which is a schema's name: give "
            "BULLION_DUCKDB another file name."
        )
    try:
        duckdb.connect(path).close()
    except duckdb.Error as error:
        raise BullionError(
            f"{path} cannot be opened for writing: close the program that has it open, or name "
            f"another file by BULLION_DUCKDB ({str(error).splitlines()[0]})"
        ) from error
    if path.is_relative_to(home_dir()):
        # One that an older bullion has made.
        close_to_others(path.parent)


def _thrift_address() -> tuple[str, int]:
    from bullion.engines.spark import cluster

    host = os.environ.get("SPARK_THRIFT_HOST") or LOCALHOST
    port = os.environ.get("SPARK_THRIFT_PORT")
    if not port:
        own = cluster.find(home_dir())
        port = str(own.thrift_port if own else THRIFT_PORT)
    if not port.isdigit():
        raise BullionError(f"SPARK_THRIFT_PORT is '{port}': set it to a number, such as 10000.")
    return host, int(port)


def _thrift_environ() -> dict[str, str]:
    host, port = _thrift_address()
    return {"SPARK_THRIFT_HOST": host, "SPARK_THRIFT_PORT": str(port)}


def _thrift_name() -> str:
    host, port = _thrift_address()
    return f"Spark at {host}:{port}"


def _check_thrift() -> None:
    try:
        socket.create_connection(_thrift_address(), timeout=_THRIFT_SECONDS).close()
    except OSError as error:
        raise BullionError(
            f"No Thrift server answers for {_thrift_name()} ({error}): start one "
            "(scripts/spark-cluster), or name one by SPARK_THRIFT_HOST and SPARK_THRIFT_PORT."
        ) from error


def _check_session() -> None:
    """dbt starts the session itself, which needs Java and the metastore for itself."""
    from bullion.engines.spark import cluster
    from bullion.engines.spark.java import java_home

    java_home()
    if cluster.processes(home_dir()):
        raise BullionError(
            f"The Spark cluster of {home_dir()} is running and holds the same tables: build with "
            "--engine spark, or end it with 'scripts/spark-cluster stop'."
        )


def _thrift_statements() -> AbstractContextManager[Statements]:
    from bullion.engines.spark import statements

    return statements.thrift_statements(*_thrift_address())


def _session_statements() -> AbstractContextManager[Statements]:
    from bullion.engines.spark import statements

    return statements.session_statements()


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            "duckdb",
            "duckdb",
            ("dbt.adapters.duckdb",),
            where=lambda: str(duckdb_path()),
            check=_check_duckdb,
            lock=lambda: _beside(duckdb_path()),
        ),
        Engine(
            "spark",
            "duckdb,spark",
            ("dbt.adapters.spark", "dbt.adapters.duckdb", "pyhive"),
            where=_thrift_name,
            check=_check_thrift,
            lock=lambda: home_dir() / "spark-{}-{}.lock".format(*_thrift_address()),
            statements=_thrift_statements,
        ),
        Engine(
            "spark_local",
            "duckdb,spark",
            ("dbt.adapters.spark", "dbt.adapters.duckdb", "pyspark"),
            where=lambda: f"the Spark session of {home_dir()}",
            check=_check_session,
            lock=lambda: home_dir() / "spark_local.lock",
            statements=_session_statements,
        ),
    )
}
