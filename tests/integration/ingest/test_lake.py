"""``bullion load --lake``: the same rows, audit and rejects as in PostgreSQL's bronze."""

# Bronze keeps UTC without a zone.
# ruff: noqa: DTZ001

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from bullion.cli import app
from bullion.contract import load_contract
from bullion.errors import BullionError
from bullion.ingest.adapters import load_adapter
from bullion.ingest.discovery import plan_load
from bullion.ingest.lake.destination import LakeDestination
from bullion.ingest.lake.folder import Lake, all_schemas
from bullion.ingest.loader import FileOutcome, LoadOptions, load_file
from bullion.ingest.run import load_paths
from tests.conftest import Database
from tests.integration.ingest.conftest import Bronze
from tests.integration.ingest.lake_comparison import differences
from tests.integration.ingest.test_adapters import write_bank
from tests.integration.ingest.test_load import ADVISORS, EXTRACTS, TRICKY
from tests.support.extracts import read_rows
from tools.bench.lake_copy import copy_to_lake

METADATA = {
    "_batch_id": "BIGINT",
    "_extracted_at": "TIMESTAMP",
    "_loaded_at": "TIMESTAMP",
    "_source_file": "VARCHAR",
    "_source_row": "BIGINT",
    "_op": "VARCHAR",
}


def run(*arguments: str | Path, **environ: str) -> Result:
    return CliRunner().invoke(app, ["load", *map(str, arguments)], env={"COLUMNS": "160"} | environ)


def rows(lake: Path, query: str) -> list[tuple[object, ...]]:
    """Rows of a query over the lake's folders, named as tables."""
    with duckdb.connect() as database:
        for name in all_schemas():
            database.read_parquet(f"{lake}/{name}/*.parquet").create_view(name)
        return database.execute(query).fetchall()


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


class LakeUnderTest:
    """A lake that loads one file at a time, as :class:`Bronze` does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lake = Lake(folder)
        lake.ensure()
        self._destination = LakeDestination(lake)

    def load(self, path: Path, **options: object) -> FileOutcome:
        [task] = plan_load([path]).tasks
        return load_file(self._destination, task, LoadOptions(**options))  # type: ignore[arg-type]


@pytest.fixture
def lake(tmp_path: Path) -> LakeUnderTest:
    return LakeUnderTest(tmp_path / "lake")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank with faults and two deltas; the second in other formats and compressions."""
    folder = tmp_path_factory.mktemp("banks") / "bank"
    arguments = ["--customers=150", f"--out={folder}", "--deltas=2", "--faults", "--workers=1"]
    result = CliRunner().invoke(app, ["generate", *arguments])
    assert result.exit_code == 0, result.output
    last = max(folder.glob("20*"))
    for number, path in enumerate(sorted(last.glob("*.csv"))):
        if number % 3 == 0:
            write(last, f"{path.name}.gz", gzip.compress(path.read_bytes()))
        elif number % 3 == 1:
            records = [json.dumps(row) for row in read_rows(path)]
            write(last, f"{path.stem}.jsonl", "\n".join(records) + "\n")
        else:
            table = pa.Table.from_pylist(read_rows(path))
            pq.write_table(table, path.with_suffix(".parquet"))
        path.unlink()
    assert {path.suffix for path in last.iterdir()} >= {".gz", ".jsonl", ".parquet"}
    return folder


def test_a_dirty_bank_in_all_formats_is_the_same_as_in_postgres(
    database: Database, bank: Path, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    theirs = load_paths([bank])
    ours = load_paths([bank], lake=lake)
    assert ours.is_good
    assert ours.rows_rejected == theirs.rows_rejected > 50
    for mine, other in zip(ours.outcomes, theirs.outcomes, strict=True):
        assert (mine.source_file, mine.status, mine.batch_id, mine.counts, mine.notes) == (
            *(other.source_file, other.status, other.batch_id, other.counts, other.notes),
        )
    with database.connect() as connection:
        differing, alike = differences(connection, lake, tmp_path)
        assert differing == {}
        assert alike > 50_000
        # What the bench builds the other engines from.
        copy_to_lake(connection, tmp_path / "copy")
        assert differences(connection, tmp_path / "copy", tmp_path)[0] == {}
        # The comparison sees a single value.
        connection.execute("set role archivist")
        connection.execute(
            "update bronze.transactions set amount = amount + 0.01 "
            "where transaction_id = (select min(transaction_id) from bronze.transactions)"
        )
        differing, _ = differences(connection, lake, tmp_path)
        assert list(differing) == ["transactions"]
    again = load_paths([bank], lake=lake)
    assert {outcome.status for outcome in again.outcomes} == {"already loaded"}


def test_every_table_has_its_types_before_anything_arrives(tmp_path: Path) -> None:
    Lake(tmp_path / "lake").ensure()
    assert (tmp_path / "lake").stat().st_mode & 0o077 == 0
    kinds = {"text": "VARCHAR", "timestamp": "TIMESTAMP", "integer": "INTEGER", "date": "DATE"}
    for name, table in load_contract().items():
        [file] = (tmp_path / "lake" / name).iterdir()
        assert file.name == "000000000000.parquet"
        with duckdb.connect() as database:
            found = database.read_parquet(str(file))
            columns = dict(zip(found.columns, map(str, found.types), strict=True))
            zones = database.execute(
                "select logical_type from parquet_schema(?) where logical_type like 'Timestamp%'",
                [str(file)],
            ).fetchall()
        expected = {
            column.name: kinds.get(
                column.data_type, column.data_type.upper().replace("NUMERIC", "DECIMAL")
            )
            for column in table.columns
        }
        assert list(columns.items()) == list((expected | METADATA).items())
        # Spark would take one that is adjusted to UTC for an instant, not for what is written.
        assert zones
        assert all("isAdjustedToUTC=0" in zone for (zone,) in zones)


def test_tricky_files_are_the_same_as_in_postgres(
    bronze: Bronze, lake: LakeUnderTest, tmp_path: Path
) -> None:
    for day, content in enumerate(TRICKY.values(), start=1):
        name = f"2024-01-{day:02}/advisors.csv"
        path = bronze.write(name, ADVISORS + content)
        theirs = bronze.load(name, max_rejected_pct=100)
        ours = lake.load(path, max_rejected_pct=100)
        assert (ours.status, ours.counts) == (theirs.status, theirs.counts)
    assert differences(bronze.connection, lake.folder, tmp_path)[0] == {}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_full_extracts_delete_what_they_do_not_hold(
    bronze: Bronze, lake: LakeUnderTest, tmp_path: Path, order: tuple[int, ...]
) -> None:
    for position in order:
        name, content, is_full = EXTRACTS[position]
        path = bronze.write(name, ADVISORS + content)
        theirs = bronze.load(name, is_full_extract=is_full)
        ours = lake.load(path, is_full_extract=is_full)
        assert ours.counts == theirs.counts
    assert rows(lake.folder, "select count(*) > 0 from advisors where _op = 'delete'") == [(True,)]
    assert differences(bronze.connection, lake.folder, tmp_path)[0] == {}


def test_the_command_says_what_the_load_into_postgres_says(tmp_path: Path) -> None:
    content = ADVISORS + "".join(f"A{i},Ann,{i}\n" for i in range(150))
    few = write(tmp_path, "2024-01-01/advisors.csv", content + "A,Ann,many\n")
    home = str(tmp_path / "home")
    result = run(few, "--lake", BULLION_HOME=home)
    assert result.exit_code == 0, result.output
    assert "150 rows of 1 files loaded; 1 records rejected" in result.output
    lake = tmp_path / "home" / "lake"
    assert str(lake / "rejected_rows") in result.output
    assert rows(lake, "select source_row, source_line, kind from rejected_rows") == [
        (151, 152, "type")
    ]
    assert "1 files were already there" in run(few, "--lake", BULLION_HOME=home).output
    many = write(tmp_path, "2024-01-02/advisors.csv", ADVISORS + "A1,Ann,1\nA2,Bob,many\n")
    other = tmp_path / "other"
    result = run("--lake", other, many)
    assert result.exit_code == 1
    assert "1 of 2 records are bad (50 %" in result.output
    assert rows(other, "select * from load_audit") == rows(other, "select * from advisors") == []
    assert list((other / "_staging").glob("*.parquet")) == []
    assert run(many, "--lake", "--max-rejected", "50", BULLION_LAKE=str(other)).exit_code == 0
    assert rows(other, "select _batch_id, advisor_id from advisors") == [(2, "A1")]
    [audit] = rows(
        other, "select * exclude (started_at, finished_at, content_hash) from load_audit"
    )
    name, at = "2024-01-02/advisors.csv", datetime(2024, 1, 2, 23, 59, 59)
    assert audit == (2, "advisors", name, at, 2, 1, 1, 0, 0, False, "loaded", "checked", 0, 0, 0)


def test_both_at_once(database: Database, tmp_path: Path, bank: Path) -> None:
    first = min(bank.glob("20*"))
    lake = tmp_path / "lake"
    home = str(database.server.home)
    result = run(first, "--lake", lake, "--postgres", BULLION_HOME=home)
    assert result.exit_code == 0, result.output
    assert "PostgreSQL:" in result.output
    assert f"lake {lake}:" in result.output
    with database.connect() as connection:
        assert differences(connection, lake, tmp_path)[0] == {}
    write(tmp_path, "2024-01-01/advisors.csv", "")
    result = run(tmp_path / "2024-01-01", "--lake", lake, "--postgres", BULLION_HOME=home)
    assert result.exit_code == 1
    assert result.output.count("1 files NOT loaded") == 2


def test_an_adapter_fills_a_lake_as_it_fills_postgres(database: Database, tmp_path: Path) -> None:
    mapping = str(write_bank(tmp_path))
    lake = tmp_path / "lake"
    for limit in (1.0, 60.0):
        options = LoadOptions(max_rejected_pct=limit)
        [theirs] = load_adapter(mapping, tmp_path, options).outcomes
        [ours] = load_adapter(mapping, tmp_path, options, lake=lake).outcomes
        assert (ours.status, ours.kind, ours.counts) == (theirs.status, theirs.kind, theirs.counts)
    with database.connect() as connection:
        differing, alike = differences(connection, lake, tmp_path)
    assert differing == {}
    # Two customers, two rejects, an audit row and a total for each money column.
    assert alike == 2 + 2 + 1 + len(ours.counts.totals or {})


def test_trouble_with_the_disk_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("not a folder")
    path = write(tmp_path, "2024-01-01/advisors.csv", ADVISORS + "A1,Ann,1\n")
    result = run(path, "--lake", tmp_path / "lake")
    assert isinstance(result.exception, BullionError)
    assert "making the lake" in str(result.exception)


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "raw", "2024-01-01/advisors.csv", ADVISORS + "A1,Ann,1\n")
    result = run(path, "--lake", tmp_path / "raw")
    assert "holds other things than a lake" in str(result.exception)
    assert [found.name for found in (tmp_path / "raw").iterdir()] == ["2024-01-01"]
