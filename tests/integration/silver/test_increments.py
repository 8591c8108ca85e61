"""Random arrivals in every raw table: silver built by increments equals silver built whole."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from psycopg import sql

from bullion.contract import METADATA_COLUMNS, Column, Table, load_contract
from tests.conftest import Database
from tests.support.silver import TABLES, VIEWS, Rows, Silver

# Keys are few, so that rows are corrected, deleted and revived, and parents arrive late.
KEYS = [f"k{number}" for number in range(1, 7)]
FIRST_DAY = date(2025, 1, 1)
FIRST_EXTRACT = datetime.fromisoformat("2025-02-01 23:59:59")
STEPS = 5


class Bronze:
    """Random batches, as bronze keeps them."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database = database
        self.draw = random.Random(seed)
        self.batch = 0
        self.sent: dict[str, list[dict[str, Any]]] = {name: [] for name in load_contract()}

    def arrive(self) -> None:
        """One to three new batches for most tables."""
        with self.database.connect() as connection:
            connection.execute("set role archivist")
            for table in self.draw.sample(list(load_contract().values()), k=18):
                for _ in range(self.draw.choice([1, 1, 2])):
                    self._load(connection, table)

    def _load(self, connection: Any, table: Table) -> None:
        self.batch += 1
        draw = self.draw
        extracted_at = FIRST_EXTRACT + timedelta(days=draw.randint(0, 8))
        file = draw.choice(["a.csv", "b.csv"])
        rows = []
        for number in range(1, draw.randint(1, 3) + 1):
            if self.sent[table.name] and draw.random() < 0.15:
                rows.append(draw.choice(self.sent[table.name]) | {"_batch_id": self.batch})
                continue
            row = self._row(table) | {
                "_batch_id": self.batch,
                "_extracted_at": extracted_at,
                "_loaded_at": extracted_at,
                "_source_file": file,
                "_source_row": number,
            }
            rows.append(row)
        self.sent[table.name] += rows
        names = [*table.column_names, *METADATA_COLUMNS]
        insert = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier("bronze", table.name),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join(sql.Placeholder() * len(names)),
        )
        with connection.cursor() as cursor:
            cursor.executemany(insert, [[row[name] for name in names] for row in rows])
        connection.execute(
            "insert into bronze.load_audit values (%s, %s, %s, %s, %s, now(), now(), %s, %s, 0, 0,"
            " 0, false, 'loaded', 'checked')",
            (self.batch, table.name, file, str(self.batch), extracted_at, len(rows), len(rows)),
        )

    def _row(self, table: Table) -> dict[str, Any]:
        is_delete = self.draw.random() < 0.15
        is_bare = is_delete and self.draw.random() < 0.5
        row: dict[str, Any] = {"_op": "delete" if is_delete else "upsert"}
        for column in table.columns:
            in_key = column.name in table.key
            row[column.name] = None if is_bare and not in_key else self._value(column, in_key)
        return row

    def _value(self, column: Column, in_key: bool) -> Any:
        draw = self.draw
        if not column.required and draw.random() < 0.3:
            return None
        if column.values:
            return "Odd" if draw.random() < 0.01 else draw.choice(column.values)
        day = FIRST_DAY + timedelta(days=draw.randint(0, 1 if in_key else 9))
        plain = {
            "id": draw.choice(KEYS),
            "text": draw.choice(["USD", " padded ", "", "plain"]),
            "bool": draw.random() < 0.5,
            "date": day,
            "ts": datetime.combine(day, datetime.min.time()) + timedelta(hours=draw.randint(0, 23)),
        }
        if column.type in plain:
            return plain[column.type]
        low, high = column.minimum or Decimal(0), column.maximum or Decimal(90)
        return high + 1 if draw.random() < 0.01 else low + (high - low) * draw.randint(0, 4) / 4


def assert_equal(increments: Rows, whole: Rows, step: int) -> None:
    """Fail with the first rows that differ."""
    assert increments.keys() == whole.keys()
    for name, rows in whole.items():
        extra = sorted(set(increments[name]) - set(rows))[:3]
        missing = sorted(set(rows) - set(increments[name]))[:3]
        assert increments[name] == rows, (
            f"step {step}, {name}:\n  by increments {extra}\n  by full refresh {missing}"
        )


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 7))]
)
def test_increments_equal_a_full_refresh(silver: Silver, database: Database, seed: int) -> None:
    silver.build(*TABLES, *VIEWS)
    bronze = Bronze(database, seed)
    built: list[tuple[int, Rows]] = []
    judged: dict[str, set[tuple[Any, ...]]] = {"orphans": set(), "returned": set(), "rules": set()}
    for _ in range(STEPS):
        bronze.arrive()
        silver.build()
        built.append((bronze.batch, silver.rows()))
        waiting = set(database.rows("select table_name, row_key from silver.quarantine "
                                    "where rule like 'orphan:%%'"))  # fmt: skip
        judged["returned"] |= judged["orphans"] - waiting
        judged["orphans"] |= waiting
        judged["rules"] |= set(
            database.rows("select split_part(rule, ':', 1) from silver.quarantine")
        )

    assert len(judged["orphans"]) > 10
    assert len(judged["returned"]) > 3
    assert {("orphan",), ("order",), ("identity",)} <= judged["rules"]
    deleted = [
        database.value(f"select count(*) from silver.base_{name} where is_deleted")
        for name in load_contract()
    ]
    assert sum(deleted) > 5

    # The whole build of each step: the pin hides what arrived after it.
    for step, (batch, increments) in reversed(list(enumerate(built, start=1))):
        with database.connect() as connection:
            connection.execute("set role archivist")
            connection.execute("delete from bronze.load_audit where batch_id > %s", (batch,))
        silver.build(whole=True)
        assert_equal(increments, silver.rows(), step)
