"""Every kind of file is read, or refused by a sentence that names what it is; only regular files
are opened, what they expand to is bounded, and one that changes meanwhile is refused."""

# Workbooks know no zones.
# ruff: noqa: DTZ001

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import uuid
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bullion.errors import BullionError
from bullion.ingest.reading import compression, source
from bullion.ingest.reading.blocks import MAX_RECORD_BYTES
from bullion.ingest.reading.refused import RejectedFileError
from bullion.ingest.reading.source import ByteStream, open_source
from tests.unit.ingest.conftest import ReadFile
from tests.unit.ingest.samples import COMPRESSIONS, as_parquet, as_xlsx, as_zip

ADVISORS = "advisor_id,first_name\n"
TEXT = (ADVISORS + "A1,Ann\nA2,Zoé\n").encode()


def parquet(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("ending", sorted(COMPRESSIONS))
@pytest.mark.parametrize("name", ["advisors.csv", "advisors"])
def test_compressions_are_known_by_content(read_file: ReadFile, ending: str, name: str) -> None:
    read = read_file(COMPRESSIONS[ending](TEXT), "advisors", name=name)
    assert read.column("first_name") == ["Ann", "Zoé"]


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst"])
def test_members_one_after_another(read_file: ReadFile, ending: str) -> None:
    pack = COMPRESSIONS[ending]
    data = pack(ADVISORS.encode()) + pack(b"A1,Ann\n") + pack(b"A2,Bob\n")
    assert read_file(data, "advisors", name=f"a.csv{ending}").column("_source_row") == [1, 2]


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst", ".zip"])
@pytest.mark.parametrize("cut", [10, -3])
def test_what_ends_early_is_refused(read_file: ReadFile, ending: str, cut: int) -> None:
    data = COMPRESSIONS[ending](ADVISORS.encode() + b"".join(b"A%d,x\n" % i for i in range(9000)))
    with pytest.raises(RejectedFileError, match=r"(damaged|ends early).*send it again"):
        read_file(data[:cut], "advisors", name=f"a.csv{ending}")


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, data in members.items():
            packed.writestr(name.replace("__", "."), data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (archive(a__csv=TEXT, b__csv=TEXT), r"2 files \(a.csv, b.csv\): a .zip must hold exactly"),
        (archive(), "holds no file"),
        (as_zip(as_parquet(("a",), [["1"]])), "zip file with a Parquet file inside"),
        (gzip.compress(as_zip(TEXT)), "gzip file with a zip file inside"),
        (gzip.compress(b"x" * 257 + b"ustar\x0000" + b"\x00" * 250), "a tar archive"),
        (archive(content__xml=b"", mimetype=b""), r"OpenDocument file \(.ods\)"),
    ],
)
def test_archives_of_anything_else(read_file: ReadFile, data: bytes, said: str) -> None:
    with pytest.raises(RejectedFileError, match=said):
        read_file(data, "advisors", name="advisors.zip")


def test_what_an_operating_system_adds_to_a_zip_is_no_member(read_file: ReadFile) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("data/", "")
        packed.writestr("data/a.csv", TEXT)
        packed.writestr("__MACOSX/data/._a.csv", b"\x00")
        packed.writestr("data/.DS_Store", b"\x00")
    assert len(read_file(buffer.getvalue(), "advisors", name="advisors.zip").rows) == 2


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99, r"\(.xls\) or one with a password"),
        (b"%PDF-1.7\nobj", "a PDF"),
        (b"\x89PNG\r\n\x1a\n\x00", "a picture"),
        (b"SQLite format 3\x00" + b"\x00" * 99, "a SQLite database"),
        (b"ORC\x08\x00\x00\x11\x12", "an ORC file: convert it to Parquet"),
        (b"Obj\x01\x04\x14avro.codec\x00", "an Avro file"),
        (b"<!DOCTYPE html>\n<html><body>Log in", "an HTML page"),
        (b"  <html lang=en>", "an HTML page"),
        (b'<?xml version="1.0"?><Document/>', "XML"),
        (b"\xef\xbb\xbf<Report><a/></Report>", "XML"),
        ("\ufeff<html>".encode("utf-16"), "an HTML page"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "a 7-Zip archive"),
        (b"PGDMP\x01\x0e\x00", "a dump of PostgreSQL"),
        (b":20:STARTUMS\n:25:1234\n", "an MT940 statement"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS"),
    ],
)
def test_other_kinds_are_named(read_file: ReadFile, head: bytes, said: str) -> None:
    for name in ("advisors.csv", "advisors.parquet", "advisors.xls"):
        if name.endswith("parquet") and head[:1].isspace():
            continue
        with pytest.raises(RejectedFileError) as caught:
            read_file(head, "advisors", name=name)
        if name.endswith("csv"):
            assert caught.match(said)


def test_text_that_begins_as_a_mark_does_is_text(read_file: ReadFile) -> None:
    read = read_file("ORC;advisor_id\nx;A1\n", "advisors")
    assert read.column("advisor_id") == ["A1"]


def test_json_named_csv_is_json(read_file: ReadFile) -> None:
    assert read_file('[{"advisor_id": "A1"}]', "advisors", name="a.csv").column("_source_row") == [
        1
    ]


# JSON


@pytest.mark.parametrize(
    "text",
    [
        '[\n {"advisor_id": "A1"},\n {"advisor_id": "A2"}\n]\n',
        '[{"advisor_id":"A1"},{"advisor_id":"A2"}]',
        '{\n "advisor_id": "A1"\n}\n{\n "advisor_id": "A2"\n}',
        '[{"advisor_id": "A1"}]\n[{"advisor_id": "A2"}]',
        '[{"advisor_id": "A1"}, {"advisor_id": "A2"},]',
    ],
)
def test_json_in_other_shapes(read_file: ReadFile, text: str) -> None:
    assert read_file(text, "advisors", name="a.json").column("advisor_id") == ["A1", "A2"]


def test_elements_that_are_no_records_are_rejects(read_file: ReadFile) -> None:
    text = """[
      {"advisor_id": "A1", "first_name": "a, ] \\" b"}, 7,
      {"advisor_id": "A2", "first_name": "x" "y"},
      {"advisor_id": "A3", "first_name": "half \\ud83d"},
      {"advisor_id": "A4", "advisor_id": "A5"},
      {"advisor_id": "A6", "Advisor ID": "A7"},
      {"advisor_id": "A8", "first_name": ["x", {"y": 1.50}]}]"""
    read = read_file(text, "advisors", name="a.json")
    assert read.column("advisor_id") == ["A1", "A8"]
    assert read.column("first_name") == ['a, ] " b', '["x", {"y": "1.50"}]']
    assert [(reject.source_row, reject.source_line, reject.kind) for reject in read.rejects] == [
        (2, 2, "truncated"),
        (3, 3, "truncated"),
        (4, 4, "encoding"),
        (5, 5, "json"),
        (6, 6, "json"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        '[{"advisor_id": "A1"}, {"advisor_id": "A2"',
        '[{"advisor_id": "A1"}]]',
        '[{"advisor_id": "A1"}] trailing',
        '[{"advisor_id": {"A1"}, {"advisor_id": "A2"}]',
    ],
)
def test_arrays_that_are_not_whole_are_refused(read_file: ReadFile, text: str) -> None:
    with pytest.raises(RejectedFileError, match="JSON array or document that"):
        read_file(text, "advisors", name="a.json")


def test_a_deep_record_is_one_reject(read_file: ReadFile) -> None:
    deep = '{"advisor_id": ' + "[" * 200_000 + "]" * 200_000 + "}"
    lines = ['{"advisor_id": "A1"}', deep, "[" * 200_000, '{"advisor_id": "A2"}']
    read = read_file("\n".join(lines), "advisors", name="a.jsonl")
    assert read.column("advisor_id") == ["A1", "A2"]
    assert [reject.source_row for reject in read.rejects] == [2, 3]
    first = read_file("\n".join(["[" * 200_000, *lines]), "advisors", name="a.jsonl")
    assert len(first.rows) == 2


def test_a_member_twice_names_the_first(read_file: ReadFile) -> None:
    [reject] = read_file(
        '{"advisor_id": "1", "advisor_id": "2"}', "advisors", name="a.jsonl"
    ).rejects
    assert "'advisor_id' stands twice" in reject.reason


# Long records


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
def test_a_record_without_end_is_one_reject(read_file: ReadFile, kind: str, quote: str) -> None:
    size = 12 * MAX_RECORD_BYTES
    if kind == "csv":
        text = f"{ADVISORS}A1,Ann\nA2,{quote}{'x' * size}{quote}\nA3,Bob\n"
    else:
        long = '{"advisor_id": "A2", "first_name": [' + '"x", ' * (size // 5) + '"y"]}'
        records = ['{"advisor_id": "A1"}', long, '{"advisor_id": "A3"}']
        text = "\n".join(records) if kind == "jsonl" else f"[{','.join(records)}]"
    read = read_file(text, "advisors", name=f"a.{kind}")
    assert read.column("advisor_id") == ["A1", "A3"]
    assert read.column("_source_row") == [1, 3]
    [reject] = read.rejects
    assert (reject.kind, reject.source_row) == ("length", 2)
    assert "longer than 1 MB" in reject.reason


# Line ends and delimiters at the end


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_line_ends(read_file: ReadFile, end: str) -> None:
    lines = ["advisor_id,years_experience", 'A1,"1"', "", "A2,x", "A3,3"]
    read = read_file(end.join(lines), "advisors")
    assert read.column("years_experience") == [1, 3]
    [reject] = read.rejects
    assert (reject.source_row, reject.source_line, reject.raw_text) == (2, 4, "A2,x")


def test_mixed_line_ends(read_file: ReadFile) -> None:
    read = read_file("advisor_id,years_experience\rA1,1\nA2,2\r\nA3,x\rA4,4\n", "advisors")
    assert read.column("years_experience") == [1, 2, 4]
    assert [(reject.source_row, reject.source_line) for reject in read.rejects] == [(3, 4)]


def test_a_header_over_lines(read_file: ReadFile) -> None:
    read = read_file('advisor_id,"first\nname",hobby\nA1,Ann,x\n', "advisors")
    assert read.column("first_name") == ["Ann"]


@pytest.mark.parametrize("trailing", [1, 3])
def test_trailing_delimiters_are_no_values(read_file: ReadFile, trailing: int) -> None:
    end = ";" * trailing
    text = f"advisor_id;first_name\nA1;Ann{end}\nA2;Bob{end[1:]}x\nA3;Cy\nA4;Di{end}\nA5;E;{end}\n"
    read = read_file(text, "advisors")
    assert read.column("advisor_id") == ["A1", "A4"]
    wrong = {reject.source_row: reject.kind for reject in read.rejects}
    assert set(wrong) == {2, 3, 5}
    assert wrong[3] == "truncated"


def test_a_trailing_delimiter_of_some_records_shifts_none(read_file: ReadFile) -> None:
    read = read_file("advisor_id,first_name\nA1,Ann\nA2,Poe,\n", "advisors")
    assert [reject.kind for reject in read.rejects] == ["fields"]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-32"])
def test_wide_text_without_a_mark(read_file: ReadFile, codec: str) -> None:
    read = read_file(
        (ADVISORS + "A1,Dvořák\nA2,x\ud83d\n").encode(codec, "surrogatepass"), "advisors"
    )
    assert read.column("first_name") == ["Dvořák"]
    assert read.encoding_note is not None
    [reject] = read.rejects
    assert (reject.source_row, reject.kind) == (2, "encoding")


def test_no_encoding_is_no_text_encoding(read_file: ReadFile) -> None:
    for name in ("hex", "rot13", "klingon", "undefined"):
        with pytest.raises(BullionError, match="--encoding"):
            read_file(TEXT, "advisors", encoding=name)


# Parquet


def test_parquet_columns_of_any_type(read_file: ReadFile) -> None:
    number = uuid.UUID("12345678-1234-5678-1234-567812345678")
    wide = pa.array([Decimal("12.50"), None, Decimal("1.00")], pa.decimal256(50, 2))
    data = parquet(
        payment_id=pa.array([1, 2, 3], pa.uint64()),
        account_id=pa.array([b"A1", b"A\xff", b"A3"], pa.binary()),
        customer_id=pa.array(["C1", "C2", "C3"], pa.string_view()),
        scheduled_date=pa.array([date(2024, 1, 1)] * 3, pa.date64()),
        scheduled_amount=wide.cast(pa.decimal256(60, 2)).fill_null(Decimal(7)),
        actual_amount=wide,
        payment_method=pa.array([["x", "é"], None, []]),
        days_late=pa.array([1, 2, 3], pa.uint8()),
    )
    read = read_file(data, "loan_payments", name="p.parquet")
    assert read.column("account_id") == ["A1", "A3"]
    assert read.column("payment_method") == ['["x", "é"]', "[]"]
    assert read.column("actual_amount") == [Decimal("12.50"), Decimal("1.00")]
    assert [(reject.source_row, reject.kind) for reject in read.rejects] == [(2, "encoding")]
    json.loads(read.rejects[0].raw_text)
    text = parquet(
        advisor_id=pa.array([number.bytes], pa.uuid()),
        first_name=pa.array([{"a": 1}]),
        last_name=pa.array([time(12, 30)], pa.time64("us")),
        office_location=pa.array([timedelta(days=1)], pa.duration("s")),
        certification_level=pa.array([b"\x41\x42"], pa.binary(2)),
    )
    [row] = read_file(text, "advisors", name="a.parquet").rows
    assert row["advisor_id"] == str(number)
    assert (row["first_name"], row["last_name"]) == ('{"a": 1}', "12:30:00")
    assert row["certification_level"] == "AB"


@pytest.mark.parametrize("column", [[[1]], [{"a": 1}]])
def test_several_values_where_one_must_be(read_file: ReadFile, column: list[Any]) -> None:
    data = parquet(advisor_id=["A1"], years_experience=pa.array(column))
    with pytest.raises(RejectedFileError, match=r"column years_experience is (list|struct)"):
        read_file(data, "advisors", name="a.parquet")


def test_damaged_pages_are_a_damaged_file(read_file: ReadFile) -> None:
    data = bytearray(parquet(advisor_id=[f"A{i}" * 9 for i in range(9000)]))
    data[len(data) // 4 : len(data) // 2] = b"\x5a" * (len(data) // 2 - len(data) // 4)
    with pytest.raises(RejectedFileError, match="damaged Parquet"):
        read_file(bytes(data), "advisors", name="a.parquet")


# Workbooks


def test_cells_as_they_are(read_file: ReadFile) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append([])
    sheet.append(["payment_id", "account_id", "customer_id", "scheduled_date", "scheduled_amount"])
    sheet["F2"], sheet["G2"] = "is_defaulted", "payment_method"
    sheet.append([17, 123, "007", datetime(2024, 1, 31), 0.1 + 0.2, True, "a\nb"])
    sheet.append([])
    sheet.append([123456789012345, 5.0, 1e21, date(2024, 2, 1), 12.5, None, "=1+1"])
    sheet["B3"].number_format = "00000"
    sheet["G5"].data_type = "s"
    sheet.merge_cells("A8:C8")
    buffer = io.BytesIO()
    workbook.save(buffer)
    read = read_file(buffer.getvalue(), "loan_payments", name="loan_payments.xlsx")
    assert read.rejects == []
    first, second = read.rows
    assert (first["payment_id"], first["account_id"]) == ("17", "00123")
    assert (first["customer_id"], first["scheduled_date"]) == ("007", date(2024, 1, 31))
    assert (first["scheduled_amount"], first["is_defaulted"]) == (Decimal("0.30"), True)
    assert first["payment_method"] == "a\nb"
    assert second["payment_id"] == "123456789012345"
    assert (second["account_id"], second["customer_id"]) == ("5", "1" + "0" * 21)
    assert (second["_source_row"], second["payment_method"]) == (2, "=1+1")


def test_a_formula_without_its_value_is_a_reject(read_file: ReadFile) -> None:
    data = as_xlsx(("advisor_id", "first_name"), [["A1", "Ann"], ["A2", "=A1&A2"]])
    read = read_file(data, "advisors", name="advisors.xlsx")
    assert read.column("advisor_id") == ["A1"]
    assert [(r.kind, r.source_line) for r in read.rejects] == [("formula", 3)]
    assert "first_name holds a formula" in read.rejects[0].reason


def test_sheets(read_file: ReadFile) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["advisor_id"])
    workbook.active.append(["A1"])
    workbook.create_sheet("Empty")
    other = workbook.create_sheet("Notes")

    def saved() -> bytes:
        buffer = io.BytesIO()
        workbook.save(buffer)
        return buffer.getvalue()

    assert len(read_file(saved(), "advisors", name="a.xlsx").rows) == 1
    other["B7"] = "see above"
    with pytest.raises(RejectedFileError, match=r"2 sheets with data \(Sheet, Notes\)"):
        read_file(saved(), "advisors", name="a.xlsx")
    workbook.active.title = "Advisors"
    assert len(read_file(saved(), "advisors", name="a.xlsx").rows) == 1


# Files that are none, and files that change


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    fifo, link, here = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.csv"
    os.mkfifo(fifo)
    link.symlink_to(tmp_path / "nothing")
    here.write_bytes(TEXT)
    (tmp_path / "d.csv").symlink_to(here)
    bound = tmp_path / "e.csv"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(bound))
        for path, said in (
            (fifo, "a FIFO, not a file"),
            (link, "a link to a file that is not there"),
            (bound, "a socket"),
            (tmp_path, "a folder"),
            (Path("/dev/zero"), "a device"),
        ):
            with pytest.raises(BullionError, match=said):
                open_source(path)
    assert open_source(tmp_path / "d.csv").size == len(TEXT)


@pytest.mark.parametrize("how", ["grow", "shrink", "replace", "remove", "touch"])
def test_a_file_that_changes_is_refused(tmp_path: Path, how: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT)
    opened = open_source(path)
    opened.require_unchanged()
    if how == "grow":
        path.write_bytes(TEXT + TEXT)
    elif how == "shrink":
        os.truncate(path, 9)
    elif how == "replace":
        other = tmp_path / "other"
        other.write_bytes(TEXT)
        other.replace(path)
    elif how == "remove":
        path.unlink()
    else:
        os.utime(path, (1, 1))
    with pytest.raises(RejectedFileError, match="while it was read") as caught:
        opened.require_unchanged()
    assert caught.value.kind == "changed"
    with pytest.raises(BullionError):
        ByteStream(opened)


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst", ".zip"])
def test_no_step_expands_without_bound(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a.csv{ending}"
    path.write_bytes(COMPRESSIONS[ending](ADVISORS.encode() + b"A1,Ann\n" * (1 << 19)))
    monkeypatch.setattr(source, "RATIO_COUNTS_FROM", 1 << 21)
    sizes = []

    def read_all() -> None:
        with ByteStream(open_source(path)) as stream:
            while data := stream.read(1 << 14):
                sizes.append(len(data))

    with pytest.raises(RejectedFileError, match=f"more than {compression.MAX_RATIO} times"):
        read_all()
    assert max(sizes) <= 1 << 14
