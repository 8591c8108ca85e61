"""Which files are loaded, to which table, as of when, in which order."""

# Bronze keeps UTC without a zone.
# ruff: noqa: DTZ001

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bullion.errors import BullionError
from bullion.ingest.discovery import END_OF_DAY, parse_extracted_at, plan_load, table_of_file


@pytest.mark.parametrize(
    ("name", "table_name"),
    [
        ("transactions.csv", "transactions"),
        ("Transactions.CSV.gz", "transactions"),
        ("transactions_2024-01.parquet", "transactions"),
        ("customers-part3.jsonl", "customers"),
        ("customer_segments_history.csv", "customer_segments_history"),
        ("accounts20240131.txt", "accounts"),
        ("customers_old.csv", None),
        ("custmers.csv", None),
    ],
)
def test_table_of_file(name: str, table_name: str | None) -> None:
    assert table_of_file(name) == table_name


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def test_folder_of_extracts_is_in_date_order(tmp_path: Path) -> None:
    make(
        tmp_path,
        "2024-02-01/accounts.csv",
        "2024-01-31/transactions.csv",
        "2024-01-31/customers.csv.gz",
        "2024-01-31/transactions_2.csv",
        "truth/customers.parquet",
        "truth.yml",
        "2024-13-01/accounts.csv",
        "2024-01-31/custmers.csv",
    )
    plan = plan_load([tmp_path])
    assert [task.source_file for task in plan.tasks] == [
        "2024-01-31/customers.csv.gz",
        "2024-01-31/transactions.csv",
        "2024-01-31/transactions_2.csv",
        "2024-02-01/accounts.csv",
    ]
    assert plan.tasks[0].extracted_at == datetime(2024, 1, 31, 23, 59, 59)
    misspelt, folders, settings = plan.skipped
    assert "is it customers?" in misspelt
    assert folders.startswith("2024-13-01, truth: a folder whose name is no date")
    assert settings.endswith("truth.yml: a program or its settings")


def test_folder_date_wins_over_the_option(tmp_path: Path) -> None:
    make(tmp_path, "2024-01-31/accounts.csv", "accounts.csv")
    given = datetime(2024, 3, 1)
    plan = plan_load([tmp_path], extracted_at=given)
    assert {task.source_file: task.extracted_at for task in plan.tasks} == {
        "2024-01-31/accounts.csv": datetime(2024, 1, 31, 23, 59, 59),
        "accounts.csv": given,
    }


def test_what_cannot_be_planned(tmp_path: Path) -> None:
    make(tmp_path, "export.csv")
    with pytest.raises(BullionError, match="--table"):
        plan_load([tmp_path / "export.csv"])
    with pytest.raises(BullionError, match="not there"):
        plan_load([tmp_path / "missing.csv"])
    with pytest.raises(BullionError, match="No table file"):
        plan_load([tmp_path])
    with pytest.raises(BullionError, match="not a table"):
        plan_load([tmp_path], table_name="exports")
    assert plan_load([tmp_path / "export.csv"], "accounts").tasks[0].table_name == "accounts"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-31", datetime(2024, 1, 31, 23, 59, 59)),
        ("2024-01-31 12:00:00", datetime(2024, 1, 31, 12)),
        ("2024-01-31T12:00:00+02:00", datetime(2024, 1, 31, 10)),
    ],
)
def test_extracted_at(text: str, moment: datetime) -> None:
    assert parse_extracted_at(text) == moment


def test_extracted_at_that_is_no_time() -> None:
    with pytest.raises(BullionError, match="--extracted-at"):
        parse_extracted_at("yesterday")


@pytest.mark.parametrize("text", ["0001-01-01 00:00:00+14:00", "9999-12-31T23:00:00-05:00"])
def test_extracted_at_beyond_all_time(text: str) -> None:
    with pytest.raises(BullionError, match="--extracted-at"):
        parse_extracted_at(text)


def test_no_extract_is_of_a_day_to_come(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    assert parse_extracted_at(str(now)) == now
    with pytest.raises(BullionError, match="still to come"):
        parse_extracted_at(str(now + timedelta(days=2)))
    to_come = tmp_path / str(now.date() + timedelta(days=2))
    to_come.mkdir()
    (to_come / "accounts.csv").touch()
    with pytest.raises(BullionError, match=rf"{to_come.name} is of .* still to come"):
        plan_load([tmp_path])
    to_come.rename(tmp_path / str(now.date()))
    assert plan_load([tmp_path]).tasks[0].extracted_at == datetime.combine(now, END_OF_DAY)
