"""What is read is what stood there, in PostgreSQL and in a lake alike: money, keys, ids."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bullion.ingest.checking.values import value_format
from bullion.ingest.destination import Destination
from bullion.ingest.discovery import plan_load
from bullion.ingest.lake.destination import LakeDestination
from bullion.ingest.lake.folder import AUDIT, TOTALS, Lake
from bullion.ingest.loader import FileOutcome, LoadOptions, load_file
from bullion.ingest.postgres.ddl import ensure_bronze
from bullion.ingest.postgres.destination import PostgresDestination
from tests.conftest import Database

HEADER = "account_id,customer_id,product_id,account_status,open_date,currency,current_balance\n"
AUDITED = "keys_repeated, rows_identical, values_rounded"


class Place:
    """A fresh warehouse that loads a file and answers queries."""

    def __init__(
        self, folder: Path, destination: Destination, connection: psycopg.Connection[Any] | None
    ) -> None:
        self.folder = folder
        self._destination = destination
        self._connection = connection

    @property
    def is_postgres(self) -> bool:
        return self._connection is not None

    def load(self, name: str, content: str, **options: Any) -> FileOutcome:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        [task] = plan_load([path]).tasks
        return load_file(self._destination, task, LoadOptions(**options))

    def rows(self, columns: str, table: str, rest: str = "") -> list[tuple[Any, ...]]:
        if self._connection is not None:
            query = f"select {columns} from bronze.{table} {rest}"
            return self._connection.execute(query.encode()).fetchall()
        files = f"read_parquet('{self.folder}/lake/{table}/*.parquet')"
        with duckdb.connect() as database:
            return database.execute(f"select {columns} from {files} {rest}").fetchall()


@pytest.fixture(params=["postgres", "lake"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "lake":
        lake = Lake(tmp_path / "lake")
        lake.ensure()
        yield Place(tmp_path, LakeDestination(lake), None)
        return
    database: Database = request.getfixturevalue("database")
    with database.connect(autocommit=True) as connection:
        ensure_bronze(connection)
        yield Place(tmp_path, PostgresDestination(connection), connection)


def accounts(*rows: tuple[str, str, str]) -> str:
    return HEADER + "".join(
        f"{key},C,P,Active,2024-01-01,{c},{amount}\n" for key, c, amount in rows
    )


def test_money_is_as_the_file_has_it(place: Place) -> None:
    straight = "straight" if place.is_postgres else "checked"
    content = accounts(("A1", "KWD", "10.005"), ("A2", "JPY", "1000"), ("A3", "USD", "0.10"))
    outcome = place.load("2024-01-01/accounts.csv", content)
    assert (outcome.status, outcome.read_path) == ("loaded", straight)
    for number, rows in enumerate(
        [
            [("A1", "USD", "10.005"), ("A2", "USD", "1")],
            [("A1", "JPY", "0.5"), ("A2", "JPY", "1")],
            [("A1", "KWD", "10.999999"), ("A2", "KWD", "1")],
            [("A1", "USD", "1e-30"), ("A2", "USD", "1")],
        ],
        start=2,
    ):
        content = accounts(*rows)
        outcome = place.load(f"2024-01-{number:02}/accounts.csv", content, max_rejected_pct=50)
        assert (outcome.counts.rows_loaded, outcome.counts.rows_rejected) == (1, 1)
        assert outcome.rejects[0].kind == "decimals"
    style = value_format(rounds_money=True)
    content = accounts(("A1", "KWD", "10.005"), ("A2", "KWD", "10"), ("A3", "KWD", "10.999999"))
    outcome = place.load("2024-02-01/accounts.csv", content, style=style)
    [total] = place.rows(
        "total, loaded_total", TOTALS,
        f"where batch_id = {outcome.batch_id} and column_name = 'current_balance'",
    )  # fmt: skip
    assert total == (Decimal("31.004999"), Decimal("31.005"))
    assert place.rows(AUDITED, AUDIT, "order by batch_id")[-1] == (0, 0, 1)
    held = place.rows("sum(current_balance)", "accounts", f"where _batch_id = {outcome.batch_id}")
    assert held == [(Decimal("31.005"),)]


@pytest.mark.parametrize("is_canonical", [True, False], ids=["canonical", "with a null word"])
def test_keys_that_stand_twice_are_counted(place: Place, is_canonical: bool) -> None:
    style = value_format(null_words=[] if is_canonical else ["gone"])
    rows = [("A2", "USD", "1.00"), ("A1", "USD", "2.00"), ("A2", "USD", "1.00")]
    rows += [("A3", "USD", "3.00"), ("A1", "USD", "4.00"), ("A3", "USD", "3.00")]
    rows += [("A3", "USD", "5.00")]
    outcome = place.load("2024-01-31/accounts.csv", accounts(*rows), style=style)
    assert outcome.status == "loaded"
    repeats = outcome.counts.repeats
    assert (repeats.keys, repeats.identical) == (2, 2)
    [said] = [note for note in outcome.notes if "more than once" in note]
    assert said == (
        "2 keys stand more than once with different content, for example account_id A1 "
        "(lines 3 and 6): of each the last record wins"
    )
    assert any(
        note.startswith("2 records are another of the file once more") for note in outcome.notes
    )
    assert place.rows(AUDITED, AUDIT) == [(2, 2, 0)]
    once = place.load("2024-02-01/accounts.csv", accounts(rows[0], rows[1]), style=style)
    assert once.counts.repeats.keys == once.counts.repeats.identical == 0


def test_keys_of_several_columns(place: Place) -> None:
    header = "customer_id,product_id,churn_date,churn_reason\n"
    rows = ["C,P,2024-01-01,Price", "C,P,2024-01-02,Price", "C,P,2024-01-01,Service"]
    content = header + "\n".join(rows)
    outcome = place.load("2024-01-31/customer_retention.csv", content)
    assert outcome.status == "loaded"
    assert outcome.counts.repeats.example == (
        "customer_id C, product_id P, churn_date 2024-01-01", 3, 1,
    )  # fmt: skip


def test_what_spreadsheets_and_null_words_do_is_seen_alike(place: Place) -> None:
    header = "merchant_id,merchant_name,category,city\n"
    content = header + "M1,A,Retail,NA\n1.5E+15,B,Retail,x\n'007,C,Retail,x\n"
    outcome = place.load("2024-01-31/merchants.csv", content, max_rejected_pct=50)
    assert (outcome.read_path, outcome.counts.rows_rejected) == ("checked", 1)
    assert [note.split(" (")[0] for note in outcome.notes[1:]] == [
        "city holds NA",
        "merchant_id begins with an apostrophe, by which a spreadsheet marks text",
    ]
    loaded = place.rows("merchant_id, city", "merchants", "order by merchant_id")
    assert loaded == [("007", "x"), ("M1", "NA")]


def test_an_older_postgres_follows(database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        ensure_bronze(connection)
        connection.execute("set role archivist")
        connection.execute("alter table bronze.accounts alter current_balance type numeric(18, 2)")
        connection.execute(
            "alter table bronze.load_control_totals drop loaded_total, "
            "alter total type numeric(38, 2)"
        )
        connection.execute(
            "alter table bronze.load_audit drop keys_repeated, drop rows_identical, "
            "drop values_rounded"
        )
        connection.execute(
            "insert into bronze.load_audit select 1, 'accounts', 'f', 'h', t, t, t, 1, 1, 0, 0, 0, "
            "false, 'loaded', 'checked' from (select timestamp '2024-01-01' as t) as moment"
        )
        connection.execute(
            "insert into bronze.load_control_totals values (1, 'current_balance', 5)"
        )
        connection.execute("reset role")
        [said] = ensure_bronze(connection)
        assert said == (
            "bronze.accounts follows the contract: current_balance is numeric(18,3), was "
            "numeric(18,2)."
        )
        kept = connection.execute("select total, loaded_total from bronze.load_control_totals")
        assert kept.fetchall() == [(Decimal("5.00"), None)]
        connection.execute(f"select {AUDITED} from bronze.load_audit".encode())


def test_an_older_lake_follows(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.ensure()
    older = pa.schema(
        {"batch_id": pa.int64(), "column_name": pa.string(), "total": pa.decimal128(38, 2)}
    )
    rows = [{"batch_id": 1, "column_name": "amount", "total": Decimal("5.25")}]
    for number, held in enumerate([[], rows]):
        pq.write_table(pa.Table.from_pylist(held, older), lake.path(TOTALS, number))
    [said] = lake.ensure()
    assert "total is numeric(38,18), was numeric(38,2)" in said
    assert pq.read_table(lake.path(TOTALS, 1)).to_pylist() == [
        {"batch_id": 1, "column_name": "amount", "total": Decimal("5.25"), "loaded_total": None}
    ]
