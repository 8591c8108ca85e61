"""A changed contract: tables that stand follow it in place, in PostgreSQL and in the lake alike."""

# Bronze keeps UTC without a zone.
# ruff: noqa: DTZ001

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bullion.contract import Column, Table
from bullion.contract_file import DATA_TYPES
from bullion.errors import BullionError
from bullion.ingest.checking.rejects import RejectLog
from bullion.ingest.checking.values import ARROW_TYPES
from bullion.ingest.destination import Counts, Destination
from bullion.ingest.lake.destination import LakeDestination
from bullion.ingest.lake.folder import Lake
from bullion.ingest.postgres.ddl import ensure_bronze
from bullion.ingest.postgres.destination import PostgresDestination
from tests.conftest import Database

AT = datetime(2024, 1, 31, 23, 59, 59)


def tills(*required: str, **kinds: str) -> Table:
    """A raw table of the contract with columns of these types, beside its key."""
    columns = {"till_id": "id"} | kinds
    return Table(
        "tills",
        ("till_id",),
        tuple(Column(n, k, DATA_TYPES[k], n in {"till_id", *required}) for n, k in columns.items()),
    )


class Place(ABC):
    """Where raw tables are."""

    destination: Destination
    name: str

    @abstractmethod
    def ensure(self, table: Table) -> list[str]:
        """Make the table, or let it follow."""

    @abstractmethod
    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        """Columns of all rows in the order of the key."""

    def load(self, table: Table, *rows: dict[str, Any]) -> None:
        """A batch of rows, as the table has them."""
        schema = {c.name: ARROW_TYPES[c.type] for c in table.columns}
        schema |= {"_source_row": pa.int64(), "_op": pa.string()}
        whole = [{"_source_row": n, "_op": "upsert"} | row for n, row in enumerate(rows, 1)]
        file = f"{rows[0]['till_id']}.csv"
        with self.destination.batch(table, file, AT, is_full_extract=False) as batch:
            sink = batch.sink()
            sink.write(pa.Table.from_pylist(whole, pa.schema(schema)))
            counts = Counts(rows_read=len(rows), rows_loaded=sink.finish())
            with RejectLog() as rejects:
                batch.close(counts, rejects, file, "checked", AT)


class InPostgres(Place):
    """Bronze of a fresh database."""

    name = "bronze.tills"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.destination = PostgresDestination(connection)

    def ensure(self, table: Table) -> list[str]:
        return ensure_bronze(self.connection, {table.name: table})

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        query = f"select {columns} from bronze.tills order by till_id"
        return self.connection.execute(query.encode()).fetchall()


class InLake(Place):
    """A lake's folder, read as DuckDB's builds read it."""

    def __init__(self, folder: Path) -> None:
        self.lake = Lake(folder)
        self.name = str(folder / "tills")
        self.destination = LakeDestination(self.lake)

    def ensure(self, table: Table) -> list[str]:
        return self.lake.ensure({table.name: table})

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        files = f"read_parquet('{self.name}/*.parquet')"
        with duckdb.connect() as database:
            return database.execute(f"select {columns} from {files} order by till_id").fetchall()


@pytest.fixture(params=["postgres", "lake"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "lake":
        yield InLake(tmp_path / "lake")
        return
    database: Database = request.getfixturevalue("database")
    with database.connect(autocommit=True) as connection:
        yield InPostgres(connection)


def test_rows_stay_and_new_ones_come_beside_them(place: Place) -> None:
    older = tills(
        opened="date", level="int", rate="rate", cash="money", is_open="bool", n="int", day="date"
    )
    newer = tills(
        opened="ts", level="text", nick="text", rate="numeric", cash="numeric", is_open="text",
        day="text", n="money",
    )  # fmt: skip
    assert place.ensure(older) == []
    place.load(older, {
        "till_id": "A", "opened": date(2024, 1, 2), "level": 7, "rate": Decimal("0.123456"),
        "cash": Decimal("-12.34"), "is_open": True, "day": date(2024, 1, 3), "n": 3,
    })  # fmt: skip
    assert place.ensure(older) == []
    [said] = place.ensure(newer)
    assert said == (
        f"{place.name} follows the contract: nick (text) added, opened is timestamp, was date, "
        "level is text, was integer, rate is numeric(18,6), was numeric(9,6), cash is "
        "numeric(18,6), was numeric(18,3), is_open is text, was boolean, day is text, was "
        "date, n is numeric(18,3), was integer."
    )
    assert place.ensure(newer) == []
    place.load(
        newer, {"till_id": "B", "opened": datetime(2024, 1, 2, 3), "level": "x", "nick": "b"}
    )
    kept = Decimal("0.123456"), Decimal("-12.340000"), "true", "2024-01-03", Decimal("3.00")
    assert place.rows(
        "till_id, nick, opened, level, rate, cash, is_open, day, n, _batch_id, _op"
    ) == [
        ("A", None, datetime(2024, 1, 2), "7", *kept, 1, "upsert"),
        ("B", "b", datetime(2024, 1, 2, 3), "x", None, None, None, None, None, 2, "upsert"),
    ]


REFUSED = {
    "a column less": (tills(), "cash is no longer a column"),
    "a narrower type": (tills(cash="int"), "numeric(18,3) there, which integer does not hold"),
    "a required column more": (tills("nick", cash="money", nick="text"), "nick is required"),
    "a value too long": (tills(cash="rate"), "keep its types, and give new ones to new columns"),
}


@pytest.mark.parametrize("change", REFUSED)
def test_nothing_is_changed_where_a_table_cannot_follow(place: Place, change: str) -> None:
    older, (newer, said) = tills(cash="money"), REFUSED[change]
    place.ensure(older)
    place.load(older, {"till_id": "A", "cash": Decimal("1234.50")})
    with pytest.raises(BullionError, match="cannot follow the contract") as raised:
        place.ensure(newer)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert place.ensure(older) == []
    assert place.rows("till_id, cash") == [("A", Decimal("1234.50"))]


def test_postgres_checks_what_is_required_by_now(database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        place = InPostgres(connection)
        place.ensure(tills(cash="money"))
        place.load(tills(cash="money"), {"till_id": "A"})
        with pytest.raises(BullionError, match="cash is required now, and 1 rows are there withou"):
            place.ensure(tills("cash", cash="money"))
        connection.execute("set role archivist")
        connection.execute("update bronze.tills set cash = 1")
        connection.execute("reset role")
        assert place.ensure(tills("cash", cash="money")) == []
        with pytest.raises(BullionError, match=r"could not load|refused a row"):
            place.load(tills(cash="money"), {"till_id": "B"})
        place.ensure(tills(cash="money"))
        place.load(tills(cash="money"), {"till_id": "B"})
        assert place.rows("till_id, cash") == [("A", Decimal("1.00")), ("B", None)]
        keyed = Table("tills", ("till_id", "cash"), tills("cash", cash="money").columns)
        with pytest.raises(BullionError, match="its key was till_id, by which its rows are told"):
            place.ensure(keyed)


def test_postgres_says_which_view_stands_in_the_way(database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        place = InPostgres(connection)
        place.ensure(tills(n="int"))
        connection.execute(
            "create schema mine create view mine.tills as select n from bronze.tills"
        )
        with pytest.raises(BullionError, match=r"column used by a view.*mine\.tills"):
            place.ensure(tills(n="money"))


def test_a_lake_half_way_goes_on(tmp_path: Path) -> None:
    """Killed between two files: the next load or build writes the others."""
    place = InLake(tmp_path / "lake")
    place.ensure(tills(n="int"))
    place.load(tills(n="int"), {"till_id": "A", "n": 1})
    place.load(tills(n="int"), {"till_id": "B", "n": 2})
    kept = {file: file.read_bytes() for file in Path(place.name).glob("*.parquet")}
    place.ensure(tills(n="money"))
    for name in ("000000000000", "000000000001"):
        file = Path(place.name) / f"{name}.parquet"
        file.write_bytes(kept[file])
    assert len(place.ensure(tills(n="money"))) == 1
    assert {pq.read_schema(file).field("n").type for file in kept} == {pa.decimal128(18, 3)}
    assert place.rows("till_id, n") == [("A", Decimal("1.00")), ("B", Decimal("2.00"))]
