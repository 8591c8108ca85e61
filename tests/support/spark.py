"""Spark for tests: one process with a session, which builds and reads in turn.

A session is its process's only one and takes a quarter of a minute to start; its metastore serves
one process at a time. So all tests of a run share one, which lets go of the tables where a test
needs them for another process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from bullion.engines.build import run_build
from bullion.engines.spark.session import get_session
from bullion.settings import home_dir
from tests.support.parity import SCHEMAS, Columns, is_compared, kind_of

if TYPE_CHECKING:
    import pyarrow as pa

KINDS_FILE = "kinds.json"
_TIMEOUT_SECONDS = 3000


@dataclass
class SparkSide:
    """The warehouse of a BULLION_HOME as it was when it was read."""

    folder: Path
    name: str = "Spark"

    def relations(self) -> dict[str, Columns]:
        """Tables and views with their columns' kinds."""
        kinds: dict[str, Columns] = json.loads((self.folder / KINDS_FILE).read_text())
        return kinds

    def rows(self, relation: str) -> pa.Table:
        """All rows of one of them."""
        return pq.read_table(self.folder / f"{relation}.parquet")


class SparkProcess:
    """A process on the tables of a BULLION_HOME, started when it is first needed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._pool: ProcessPoolExecutor | None = None

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The result of a function of a module, in that process; what it raises is raised here."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1, get_context("spawn"), initializer=_start, initargs=(self.home,)
            )
        return self._pool.submit(_told, function, arguments).result(_TIMEOUT_SECONDS)

    def build(
        self, environ: Mapping[str, str], arguments: Sequence[str], verb: str = "build"
    ) -> None:
        """Bullion's build of the session's tables; raises BullionError."""
        self.call(_build, dict(environ), verb, arguments)

    def read(self, folder: Path, schemas: Sequence[str] = SCHEMAS) -> SparkSide:
        """Read the whole warehouse: every table and view once."""
        folder.mkdir(parents=True)
        self.call(_write_all, self.home, folder, schemas)
        return SparkSide(folder)

    def close(self) -> None:
        """End the process and its Java, and let go of the tables."""
        if self._pool is not None:
            self.call(_stop)
            self._pool.shutdown()
            self._pool = None


def rows(query: str) -> list[tuple[Any, ...]]:
    """The rows of a query of the process's session."""
    session = get_session(home_dir())
    return [tuple(row) for row in session.sql(query).collect()]


def _told(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """A function's result; PySpark's errors, which go to no other process, by their words."""
    from pyspark.errors import PySparkException

    try:
        return function(*arguments)
    except PySparkException as error:
        raise RuntimeError(f"{type(error).__name__}: {error}") from None


def _start(home: Path) -> None:
    os.environ["BULLION_HOME"] = str(home)


def _build(environ: Mapping[str, str], verb: str, arguments: Sequence[str]) -> None:
    os.environ.clear()
    os.environ.update(environ)
    run_build(arguments, verb, "spark_local")


def _write_all(home: Path, folder: Path, schemas: Sequence[str]) -> None:
    kinds: dict[str, Columns] = {}
    session = get_session(home)
    for schema in filter(session.catalog.databaseExists, schemas):
        for relation in session.catalog.listTables(schema):
            table = session.table(f"{schema}.{relation.name}")
            columns = {
                name: kind_of(type_name)
                for name, type_name in table.dtypes
                if is_compared(relation.name, name)
            }
            if not columns:
                continue
            full_name = f"{schema}.{relation.name}"
            kinds[full_name] = columns
            pq.write_table(table.select(*columns).toArrow(), folder / f"{full_name}.parquet")
    (folder / KINDS_FILE).write_text(json.dumps(kinds))


def _stop() -> None:
    """End the session and Java: a file of the metastore stays locked until it has gone."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is not None:
        session.stop()
    gateway: Any = SparkContext._gateway
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(60)
