"""``bullion load`` as a person meets it, and the bank's planted faults."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from typer.testing import CliRunner, Result

from bullion.cli import app
from bullion.ingest.reading import csv_reader
from bullion.ingest.run import load_paths
from tests.conftest import Database

ADVISORS = "advisor_id,first_name,years_experience\n"
CUSTOMERS = "customer_id,signup_date,date_of_birth\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["load", *map(str, arguments)], env={"COLUMNS": "160"})


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_good_files(database: Database, tmp_path: Path) -> None:
    write(tmp_path, "2024-01-01/advisors.csv", ADVISORS + "A1,Ann,1\n")
    write(tmp_path, "2024-01-02/advisors.csv", ADVISORS + "A1,Ann,2\n")
    write(tmp_path, "2024-01-02/advisers.csv", ADVISORS)
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "2 rows of 2 files loaded." in result.output
    assert "is it advisors?" in result.output
    again = run(tmp_path)
    assert again.exit_code == 0
    assert "2 files were already there" in again.output


def test_few_rejects_warn_and_many_fail(database: Database, tmp_path: Path) -> None:
    rows = "".join(f"A{i},Ann,{i}\n" for i in range(150))
    few = write(tmp_path, "2024-01-01/advisors.csv", ADVISORS + rows + "A,Ann,many\n")
    result = run(few)
    assert result.exit_code == 0
    assert "1 records rejected" in result.output
    assert "record 151, line 152: years_experience is 'many'" in result.output
    many = write(tmp_path, "2024-01-02/advisors.csv", ADVISORS + "A1,Ann,1\nA2,Bob,many\n")
    result = run(many)
    assert result.exit_code == 1
    assert "1 of 2 records are bad (50 %" in result.output
    assert "files NOT loaded" in result.output
    assert database.value("select count(*) from bronze.load_audit") == 1
    assert run(many, "--max-rejected", "50").exit_code == 0


def test_one_bad_file_does_not_stop_the_others(database: Database, tmp_path: Path) -> None:
    write(tmp_path, "2024-01-01/advisors.csv", "")
    write(tmp_path, "2024-01-02/advisors.csv", ADVISORS + "A1,Ann,2\n")
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "0 bytes" in result.output
    assert database.value("select count(*) from bronze.advisors") == 1


def test_personal_data_stays_out_of_the_terminal(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "2024-01-01/customers.csv", CUSTOMERS + "C1,2024-01-01,13/13/1971\n")
    result = run(path, "--max-rejected", "100")
    assert "13/13/1971" not in result.output
    assert "date_of_birth cannot be read" in result.output
    assert "13/13/1971" in database.value("select reason from bronze.rejected_rows")


def test_formats_by_option(database: Database, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "export.txt",
        "balance;balance_id;customer_id;product_id;balance_date\n1.234,50;B1;C1;P1;31.12.2023\n",
    )
    arguments: list[str | Path] = [
        path,
        "--table",
        "account_balances",
        "--decimal",
        ",",
        "--date-format",
    ]
    result = run(*arguments, "DD.MM.YYYY", "--extracted-at", "2024-01-01")
    assert result.exit_code == 0, result.output
    assert database.rows(
        "select balance::text, balance_date::text, _extracted_at::text from bronze.account_balances"
    ) == [("1234.500", "2023-12-31", "2024-01-01 23:59:59")]


def test_mistakes_in_the_command(database: Database, tmp_path: Path) -> None:
    for arguments in (
        f"{tmp_path}/missing.csv",
        f"{tmp_path} --from nobody",
        f"{tmp_path} --from berka --table accounts",
        f"{tmp_path} --decimal ;",
    ):
        result = run(*arguments.split())
        assert result.exit_code == 1
        assert "Error" in repr(result.exception)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small bank with faults of every kind and two days of deltas."""
    folder = tmp_path_factory.mktemp("banks") / "bank"
    result = CliRunner().invoke(
        app,
        ["generate", "--customers=200", f"--out={folder}", "--deltas=2", "--faults", "--workers=1"],
    )
    assert result.exit_code == 0, result.output
    return folder


def test_planted_faults_are_rejected_and_nothing_else(database: Database, bank: Path) -> None:
    report = load_paths([bank])
    assert report.is_good
    faults = yaml.safe_load((bank / "truth.yml").read_text())["faults"]
    planted = {
        (fault["file"], fault["row"], fault["reason"].partition(":")[0])
        for fault in faults["rows"]
        if fault["outcome"] == "rejected"
    }
    assert len(planted) > 50
    rejected = set(database.rows("select source_file, source_row, kind from bronze.rejected_rows"))
    assert rejected == planted
    assert sum(o.counts.rows_read for o in report.outcomes) == sum(
        o.counts.rows_loaded + o.counts.rows_rejected for o in report.outcomes
    )
    for fault in faults["files"]:
        [outcome] = load_paths([bank / fault["file"]]).outcomes
        assert (outcome.status, outcome.kind) == ("rejected", fault["kind"])


def test_clean_files_of_the_bank_go_straight(database: Database, bank: Path) -> None:
    report = load_paths([bank])
    paths = {o.source_file: o.read_path for o in report.outcomes if not o.counts.rows_rejected}
    assert len(paths) > 30
    assert set(paths.values()) == {"straight"}
    for table, column, total in database.rows(
        "select table_name, column_name, sum(total) from bronze.load_control_totals "
        "join bronze.load_audit using (batch_id) group by 1, 2"
    ):
        query = f"select coalesce(sum({column}), 0) from bronze.{table} where _op = 'upsert'"
        assert database.value(query) == total, (table, column)


def test_memory_does_not_grow_with_the_file(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's and Arrow's memory for eight times the rows, through the checking reader."""
    monkeypatch.setattr(csv_reader, "BLOCK_BYTES", 1 << 18)
    peaks = []
    for rows in (50_000, 400_000):
        path = tmp_path / f"2024-01-01/advisors_{rows}.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w") as file:
            file.write(ADVISORS)
            file.writelines(f"A{i},{'Ann' * 20},1.0\n" for i in range(rows))
        tracemalloc.start()
        assert load_paths([path]).is_good
        peaks.append(tracemalloc.get_traced_memory()[1] + pa.total_allocated_bytes())
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
