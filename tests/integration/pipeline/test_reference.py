"""Seeds and what reads them: bare dbt without them, and the indicators that were known on a day."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bullion.ingest.postgres.ddl import ensure_bronze
from tests.conftest import Database
from tests.support import dbt
from tests.support.extracts import write_rows
from tests.support.pipeline import Warehouse
from tools.derived.reference import SEEDS, rows

IN_FORCE = """
select cast(dates.date_day as text), cast(indicators.indicator_date as text)
from gold.dim_date as dates
inner join gold.dim_economic_indicators as indicators
    on dates.economic_indicator_key = indicators.economic_indicator_key
where dates.date_day in (
    '2024-01-09', '2024-01-10', '2024-02-09', '2024-02-20', '2024-03-10', '2030-12-31'
)
order by 1
"""


@pytest.mark.timeout(300)
def test_bare_dbt_without_seeds(database: Database, tmp_path: Path) -> None:
    """One line where a selected model reads a seed, and not a word where none does."""
    with database.connect() as connection:
        ensure_bronze(connection)

    def run(verb: str, *arguments: str) -> None:
        dbt.run(database.environ(), verb, arguments, tmp_path / "dbt")

    run("run", "--select", "int_as_of", "+int_calendar_range", "dim_channel")
    missing = r"missing \(gold.ref_us_holidays\): run 'dbt seed' once, or 'bullion build'"
    with pytest.raises(AssertionError, match=missing):
        run("run", "--select", "dim_date")
    run("seed")
    run("run", "--select", "dim_economic_indicators", "dim_date")
    run("run", "--select", "dim_economic_indicators", "dim_date", "--empty")
    assert database.value("select count(*) from gold.ref_us_states") == 51
    # A second time, with a column that an earlier release had.
    with database.connect(autocommit=True) as connection:
        connection.execute("set role transformer")
        connection.execute("alter table gold.ref_us_states rename column adult_count to adults")
    run("build", "--select", "tag:reference")
    assert database.value("select sum(adult_count) from gold.ref_us_states") == 260_836_730


@pytest.mark.timeout(300)
def test_days_name_the_indicators_that_were_published_by_then(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """A publication that arrives late, and one that is taken back, are right for old days too."""
    database = warehouse.database

    def after(name: str, *records: dict[str, str]) -> dict[str, str | None]:
        warehouse.load(write_rows(tmp_path / name, "economic_indicators", records))
        warehouse.build("--select", "+dim_date")
        return dict(database.rows(IN_FORCE))

    def published(day: str, operation: str = "upsert") -> dict[str, str]:
        return {"indicator_date": day, "vix_index": "15.5", "_op": operation}

    first = {
        "2024-01-09": None,
        "2024-01-10": "2024-01-10",
        "2024-02-09": "2024-01-10",
        "2024-02-20": "2024-01-10",
        "2024-03-10": "2024-03-10",
        "2030-12-31": "2024-03-10",
    }
    assert after("2024-03-31", published("2024-01-10"), published("2024-03-10")) == first
    second = first | {"2024-02-20": "2024-02-10"}
    assert after("2024-04-30", published("2024-02-10")) == second
    third = second | {"2024-03-10": "2024-02-10", "2030-12-31": "2024-02-10"}
    assert after("2024-05-31", published("2024-03-10", "delete")) == third


@pytest.mark.timeout(300)
def test_every_seed_is_in_gold_for_readers(warehouse: Warehouse) -> None:
    with warehouse.database.connect() as connection:
        ensure_bronze(connection)
    warehouse.build("--select", "tag:reference", verb="build")
    with warehouse.database.server.admin(warehouse.name) as admin:
        admin.execute("set role reader")
        for path in SEEDS.glob("*.csv"):
            query = sql.SQL("select * from {}").format(sql.Identifier("gold", path.stem))
            standing = admin.execute(query, binary=False)
            assert columns_of(standing) == list(rows(path.stem)[0])
            assert len(standing.fetchall()) == len(rows(path.stem))


def columns_of(cursor: psycopg.Cursor) -> list[str]:
    """Names of a result's columns."""
    return [each.name for each in cursor.description or []]
