"""DuckDB answers as PostgreSQL does by its settings: each is needed, together they suffice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import duckdb
import psycopg
import pytest
import yaml

from bullion.paths import PROJECT_DIR
from tests.conftest import Database

PROBES = (
    "select n from (values (1), (null), (2)) as t(n) order by n",
    "select n from (values (1), (null), (2)) as t(n) order by n desc",
    "select row_number() over (order by n desc) from (values (1), (null)) as t(n) order by n",
    "select 7 / 2",
    "select cast(1 as double precision) / 0",
    "select cast(timestamptz '2024-01-01 00:00:00+00' as timestamp)",
    "select ln(cast(0 as double precision))",
    "select sqrt(cast(-1 as double precision))",
    "select cast('abc' as integer)",
)


def _settings() -> dict[str, str]:
    text = (PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["bullion"]["outputs"]["duckdb"]["settings"]


def _answers(run: Callable[[str], Any], errors: type[Exception]) -> list[Any]:
    found: list[Any] = []
    for probe in PROBES:
        try:
            found.append([tuple(row) for row in run(probe)])
        except errors:
            found.append("an error")
    return found


def _on_duckdb(settings: Mapping[str, str]) -> list[Any]:
    with duckdb.connect() as connection:
        # A laptop that is not in the zone of the warehouse.
        connection.execute("set timezone = 'America/New_York'")
        for name, value in settings.items():
            connection.execute(f"set {name} = '{value}'")
        return _answers(lambda query: connection.execute(query).fetchall(), duckdb.Error)


@pytest.fixture
def on_postgres(database: Database) -> list[Any]:
    """What PostgreSQL says to the probes."""
    with database.connect(autocommit=True) as connection:
        return _answers(lambda query: connection.execute(query.encode()).fetchall(), psycopg.Error)


def test_duckdb_answers_as_postgres(on_postgres: list[Any]) -> None:
    assert _on_duckdb(_settings()) == on_postgres
    for name in _settings():
        without = {other: value for other, value in _settings().items() if other != name}
        assert _on_duckdb(without) != on_postgres, f"{name} changes nothing"
