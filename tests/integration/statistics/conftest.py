"""A database of each engine with the statistical functions in it, and what fills it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import Server, fresh_database
from tests.support.macros import make_project, render, run_dbt


@dataclass(frozen=True)
class Engine:
    """One engine's database: plain SQL, and SQL with macros."""

    target: str
    project: Path
    execute: Callable[[str], list[tuple[Any, ...]]]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query that may hold macros."""
        [sql] = render(self.project, [query], self.target)
        return self.execute(sql)

    def dicts(self, query: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        """The named columns of a query that may hold macros, one mapping a row."""
        rows = self.rows(f"select {', '.join(columns)} from ({query}) as q")
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def table(self, name: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """Make a table of doubles (text where the first value is text)."""
        types = ["varchar(40)" if isinstance(v[0], str) else "double precision"
                 for v in columns.values()]  # fmt: skip
        declared = ", ".join(f"{c} {t}" for c, t in zip(columns, types, strict=True))
        self.execute(f"drop table if exists {name}")
        self.execute(f"create table {name} ({declared})")
        lines = [f"({', '.join(map(literal, row))})" for row in zip(*columns.values(), strict=True)]
        for start in range(0, len(lines), 5000):
            self.execute(f"insert into {name} values {', '.join(lines[start : start + 5000])}")


def literal(value: Any) -> str:
    """A value as every engine reads it, doubles with all their digits."""
    if value is None:
        return "null"
    return (
        f"'{value}'" if isinstance(value, str) else f"cast('{float(value)!r}' as double precision)"
    )


def literals(rows: Sequence[Sequence[Any]]) -> str:
    """Rows as a list for ``values``."""
    return ", ".join(f"({', '.join(map(literal, row))})" for row in rows)


@pytest.fixture(scope="session", params=["dev", "duckdb"], ids=["postgres", "duckdb"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """PostgreSQL, then DuckDB, with the functions as ``on-run-start`` makes them: once, as it takes
    half a minute."""
    folder = tmp_path_factory.mktemp("statistics")
    project = make_project(folder)
    make = partial(run_dbt, project, "run-operation", "create_stats_functions")
    if request.param == "dev":
        server: Server = request.getfixturevalue("pg")
        with fresh_database(server, is_environment=False) as database:
            make(target="dev", environ=database.settings.environ())
            with database.connect(autocommit=True) as connection:
                connection.execute("create schema work; set search_path = work, stats, public")

                def execute(query: str) -> list[tuple[Any, ...]]:
                    cursor = connection.execute(query)
                    return cursor.fetchall() if cursor.description else []

                yield Engine("dev", project, execute)
    else:
        file = folder / "warehouse.duckdb"
        make(target="duckdb", environ={"BULLION_DUCKDB": str(file)})
        with duckdb.connect(str(file)) as duck:
            for setting in ("integer_division = true", "ieee_floating_point_ops = false",
                            "default_null_order = 'postgres'"):  # fmt: skip
                duck.execute(f"set {setting}")
            yield Engine("duckdb", project, lambda sql: duck.execute(sql).fetchall())
