"""Statements on Spark beside dbt's: by this process's session, or by a Thrift server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from bullion.engines.spark.session import get_session
from bullion.errors import BullionError
from bullion.settings import home_dir

# Runs one statement and gives its rows, none where it has none; raises BullionError.
Statements = Callable[[str], list[tuple[Any, ...]]]


@contextmanager
def session_statements() -> Iterator[Statements]:
    """Statements of the session on the tables of BULLION_HOME, which dbt has left open."""
    from pyspark.errors import PySparkException

    session = get_session(home_dir())

    def run(text: str) -> list[tuple[Any, ...]]:
        try:
            return [tuple(row) for row in session.sql(text).collect()]
        except PySparkException as error:
            raise _failed(text, error) from error

    yield run


@contextmanager
def thrift_statements(host: str, port: int) -> Iterator[Statements]:
    """Statements of a connection to a Thrift server."""
    from pyhive import exc, hive

    with closing(hive.connect(host=host, port=port)) as connection:

        def run(text: str) -> list[tuple[Any, ...]]:
            with closing(connection.cursor()) as cursor:
                try:
                    cursor.execute(text)
                    return cursor.fetchall() if cursor.description else []
                except exc.Error as error:
                    raise _failed(text, error) from error

        yield run


def _failed(text: str, error: Exception) -> BullionError:
    return BullionError(f"Spark refused '{text[:200]}': {str(error)[:1000]}")
