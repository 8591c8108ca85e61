"""Each file of a folder is loaded, rejected or named as left out; whatever happens to one, the
others are loaded. Into a lake, which needs no server."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest
from rich.console import Console

from bullion.errors import BullionError
from bullion.ingest.discovery import plan_load
from bullion.ingest.lake.destination import LakeSink
from bullion.ingest.loader import FileOutcome, LoadOptions
from bullion.ingest.reading import csv_reader
from bullion.ingest.report import print_report
from bullion.ingest.run import LoadReport, load_paths
from tests.unit.ingest.samples import COMPRESSIONS, as_xlsx

ADVISORS = b"advisor_id,first_name\nA1,Ann\n"
DAY = "2024-01-31"
LAX = LoadOptions(max_rejected_pct=100)


def write(folder: Path, **files: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    return folder


def load(tmp_path: Path, *paths: Path) -> LoadReport:
    return load_paths(paths or [tmp_path / DAY], lake=tmp_path / "lake")


def printed(report: LoadReport) -> str:
    console = Console(width=200, record=True, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    print_report(report, console)
    return console.export_text()


def test_every_file_of_an_extract_is_accounted_for(tmp_path: Path) -> None:
    folder = write(
        tmp_path / DAY,
        advisors__csv=ADVISORS,
        advisors_2__csv__bz2=COMPRESSIONS[".bz2"](ADVISORS),
        advisors_3__xlsx=as_xlsx(("advisor_id",), [["A1"]]),
        advisors_4__zip=COMPRESSIONS[".zip"](ADVISORS),
        accounts__orc=b"ORC\x00\x01",
        customers__xls=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00",
        products__avro=b"Obj\x01\x00",
        _SUCCESS=b"",
        accounts__csv__md5=b"",
        accounts__csv__sha256=b"",
        customers__csv__md5=b"",
        merchants__csv__md5=b"",
        accounts__csv__part=b"",
        README__txt=b"hello",
        README=b"hello",
        notes__pdf=b"%PDF",
        mystery__csv=b"a\n1\n",
        transactions__dat=b"",
        __hidden__csv=b"",
        __DS_Store=b"",
    )
    (folder / "Thumbs.db").write_bytes(b"")
    (folder / "merchants.parquet").mkdir()
    (folder / "archive").mkdir()
    report = load(tmp_path)
    assert {
        outcome.source_file.partition("/")[2]: outcome.status for outcome in report.outcomes
    } == {
        "advisors.csv": "loaded",
        "advisors_2.csv.bz2": "loaded",
        "advisors_3.xlsx": "loaded",
        "advisors_4.zip": "loaded",
        "accounts.orc": "rejected",
        "customers.xls": "rejected",
        "products.avro": "rejected",
    }
    left_out = "\n".join(report.skipped)
    for part in (
        "_SUCCESS: a marker of the program",
        "accounts.csv.md5, accounts.csv.sha256, customers.csv.md5 and 1 more: a checksum",
        "accounts.csv.part: not finished",
        "README, README.txt, notes.pdf: a document",
        "mystery.csv: its name is no table",
        "transactions.dat: its ending is none that is read",
        ".hidden.csv: hidden",
        "merchants.parquet: a folder whose name is no date (YYYY-MM-DD); give it by name",
        "archive: a folder whose name is no date",
    ):
        assert part in left_out
    assert "DS_Store" not in left_out
    assert "Thumbs" not in left_out
    assert not report.is_good


def test_a_folder_of_nothing_says_what_is_there(tmp_path: Path) -> None:
    write(tmp_path / DAY, mystery__csv=b"a\n", report__pdf=b"%PDF")
    with pytest.raises(BullionError, match=r"No table file.*mystery.csv: its name is no"):
        load(tmp_path)


def test_links_of_folders_end(tmp_path: Path) -> None:
    folder = write(tmp_path / DAY, advisors__csv=ADVISORS)
    (folder / "2024-02-01").symlink_to(folder)
    plan = plan_load([tmp_path])
    assert len(plan.tasks) == 1
    assert any("read already" in line for line in plan.skipped)


def test_bad_files_among_good_ones(tmp_path: Path) -> None:
    folder = write(
        tmp_path / DAY,
        accounts__jsonl=b"[" * 200_000,
        advisors__csv=ADVISORS,
        advisors_2__csv=b"advisor_id\x0d1" * 5 + b'"' * 3,
        advisors_3__csv=b'advisor_id,"' + b"x" * 300_000,
    )
    os.mkfifo(folder / "transactions.csv")
    (folder / "customers.csv").symlink_to("nowhere")
    report = load(tmp_path)
    status = {o.source_file.partition("/")[2]: o.status for o in report.outcomes}
    assert status["advisors.csv"] == "loaded"
    assert status["transactions.csv"] == status["customers.csv"] == "failed"
    assert len(status) == 6
    assert all("Traceback" not in outcome.message for outcome in report.outcomes)
    assert "is a FIFO, not a file" in printed(report)


def test_names_of_any_bytes(tmp_path: Path) -> None:
    folder = tmp_path / DAY
    folder.mkdir()
    for name in (b"advisors_1\xff\xfe.csv", b"advisors_2\x1b[31m[red]\n.csv", b"tx\xff.bin"):
        (folder / os.fsdecode(name)).write_bytes(ADVISORS + name[:10])
    report = load_paths([folder], LAX, lake=tmp_path / "lake", table_name="advisors")
    assert [outcome.status for outcome in report.outcomes] == ["loaded", "loaded"]
    assert report.outcomes[0].source_file == f"{DAY}/advisors_1\\xff\\xfe.csv"
    text = printed(report)
    assert "\x1b" not in text
    assert r"advisors_2\x1b[31m[red]\n.csv" in text
    assert r"tx\xff.bin" in text


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RecursionError("too deep"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
        OSError(5, "Input/output error"),
        pa.ArrowInvalid("line one\nline two"),
        ZeroDivisionError("x" * 9999),
        KeyError("\x1b[2J"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_any_exception_ends_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    write(tmp_path / DAY, advisors__csv=ADVISORS, advisors_2__csv=ADVISORS)
    seen: list[int] = []
    read = csv_reader.CsvReader.batches

    def batches(reader: csv_reader.CsvReader) -> object:
        seen.append(1)
        yield from read(reader)
        if len(seen) == 1:
            raise error

    monkeypatch.setattr(csv_reader.CsvReader, "batches", batches)
    report = load(tmp_path)
    bad, good = report.outcomes
    assert (bad.status, good.status) == ("failed", "loaded")
    assert f"could not be read: {type(error).__name__}" in bad.message
    assert bad.message.endswith("please report this")
    assert bad.message.isprintable()
    assert len(bad.message) < 500


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_interrupts_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    write(tmp_path / DAY, advisors__csv=ADVISORS)

    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr(LakeSink, "write", stop)
    with pytest.raises(error):
        load(tmp_path)


@pytest.mark.parametrize("how", ["grow", "shrink", "replace"])
@pytest.mark.parametrize(
    "name", ["advisors.csv", "advisors.csv.gz", "advisors.zip", "advisors.xlsx"]
)
def test_a_file_that_changes_while_it_is_read_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, name: str
) -> None:
    ending = "".join(Path(name).suffixes[-1:])
    data = (
        as_xlsx(("advisor_id",), [["A1"]])
        if ending == ".xlsx"
        else COMPRESSIONS.get(ending, bytes)(ADVISORS)
    )
    path = write(tmp_path / DAY) / name
    path.write_bytes(data)
    written = LakeSink.write

    def write_and_change(sink: LakeSink, rows: pa.Table) -> None:
        written(sink, rows)
        if how == "grow":
            path.write_bytes(data + b"\n")
        elif how == "shrink":
            os.truncate(path, len(data) - 1)
        else:
            path.with_name("other").write_bytes(data)
            path.with_name("other").replace(path)

    monkeypatch.setattr(LakeSink, "write", write_and_change)
    report = load(tmp_path)
    outcome: FileOutcome = report.outcomes[0]
    assert (outcome.status, outcome.kind) == ("rejected", "changed")
    assert not list((tmp_path / "lake" / "advisors").glob("*.parquet")) or all(
        pa.parquet.read_table(each).num_rows == 0
        for each in (tmp_path / "lake" / "advisors").glob("*.parquet")
    )
