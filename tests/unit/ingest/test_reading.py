"""Files as they come: layouts, encodings, broken records, and ordinals that stay right."""

# Bronze keeps UTC without a zone.
# ruff: noqa: DTZ001

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bullion.ingest.reading import csv_reader
from bullion.ingest.reading.refused import RejectedFileError
from bullion.ingest.reading.source import open_source
from tests.unit.ingest.conftest import ReadFile

ADVISORS = "advisor_id,first_name,years_experience\n"


@pytest.fixture(params=[64, 1 << 20], ids=["tiny blocks", "one block"])
def block_bytes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(csv_reader, "BLOCK_BYTES", request.param)
    return int(request.param)


def test_columns_in_another_order_and_case(read_file: ReadFile) -> None:
    read = read_file("Years_Experience; ADVISOR ID ;First-Name\n5;A1;Ann\n", "advisors")
    assert read.rows[0]["advisor_id"] == "A1"
    assert (read.rows[0]["first_name"], read.rows[0]["years_experience"]) == ("Ann", 5)


def test_extra_columns_are_kept_out_and_said(read_file: ReadFile) -> None:
    read = read_file("advisor_id,hobby,first_name\nA1,chess,Ann\n", "advisors")
    assert "hobby" not in read.rows[0]
    assert any("kept out: hobby" in note for note in read.notes)
    assert any("last_name" in note for note in read.notes)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(read_file: ReadFile, delimiter: str) -> None:
    text = (ADVISORS + "A1,Ann,5\n").replace(",", delimiter)
    assert read_file(text, "advisors").rows[0]["years_experience"] == 5


def test_other_delimiter_by_option(read_file: ReadFile) -> None:
    read = read_file("advisor_id^first_name\nA1^Ann\n", "advisors", delimiter="^")
    assert read.rows[0]["first_name"] == "Ann"


def test_byte_order_mark(read_file: ReadFile) -> None:
    read = read_file(codecs.BOM_UTF8 + (ADVISORS + "A1,Ann,5\n").encode(), "advisors")
    assert read.column("advisor_id") == ["A1"]


def test_latin_1_is_detected_and_said(read_file: ReadFile) -> None:
    read = read_file((ADVISORS + "A1,Zoé,5\n").encode("latin-1"), "advisors")
    assert read.column("first_name") == ["Zoé"]
    assert read.encoding_note is not None
    assert "Latin-1" in read.encoding_note


def test_windows_1252_is_told_from_latin_1(read_file: ReadFile) -> None:
    read = read_file((ADVISORS + "A1,5 € “Zoé”,5\n").encode("cp1252"), "advisors")
    assert read.column("first_name") == ["5 € “Zoé”"]


def test_encoding_by_option(read_file: ReadFile) -> None:
    content = (ADVISORS + "A1,Dvořák,5\n").encode("cp1250")
    assert read_file(content, "advisors", encoding="cp1250").column("first_name") == ["Dvořák"]


def test_utf_16_by_its_mark(read_file: ReadFile) -> None:
    read = read_file((ADVISORS + "A1,Dvořák,5\n").encode("utf-16"), "advisors")
    assert read.column("first_name") == ["Dvořák"]


def test_one_broken_byte_rejects_one_record_of_a_utf_8_file(
    read_file: ReadFile, block_bytes: int
) -> None:
    lines = [f"A{i},Zoé,{i}".encode() for i in range(1, 10)]
    lines[4] = b"A5,Zo\xe9,5"
    read = read_file(ADVISORS.encode() + b"\n".join(lines) + b"\n", "advisors")
    assert read.column("years_experience") == [1, 2, 3, 4, 6, 7, 8, 9]
    [reject] = read.rejects
    assert (reject.source_row, reject.source_line, reject.kind) == (5, 6, "encoding")
    assert "0xe9" in reject.reason


def test_quoted_newlines_keep_ordinals_and_lines(read_file: ReadFile, block_bytes: int) -> None:
    text = ADVISORS + 'A1,"An\nna",1\nA2,"say ""hi"", twice",x\nA3,"x\r\ny",3\r\n\nA4,Zed,4\n'
    read = read_file(text, "advisors")
    assert read.column("first_name") == ["An\nna", "x\r\ny", "Zed"]
    assert read.column("_source_row") == [1, 3, 4]
    [reject] = read.rejects
    assert (reject.source_row, reject.source_line) == (2, 4)
    assert reject.raw_text == 'A2,"say ""hi"", twice",x'


def test_several_problems_in_a_record_and_a_file(read_file: ReadFile, block_bytes: int) -> None:
    header = "payment_id,account_id,customer_id,scheduled_date,scheduled_amount,days_late\n"
    text = header + (
        "P1,A1,C1,2024-01-01,10.00,0\n"
        "P2,,C1,2024-01-32,ten,0\n"
        "P3,A1,C1\n"
        "P4,A1,C1,2024-01-01,10.00,0,9,9\n"
        "P5,A1,C1,2024-01-01,10.50,0\n"
    )
    read = read_file(text, "loan_payments")
    assert read.column("payment_id") == ["P1", "P5"]
    assert read.column("_source_row") == [1, 5]
    assert read.totals["scheduled_amount"] == Decimal("20.50")
    bad, short, long = read.rejects
    assert (bad.source_row, bad.column_name, bad.kind) == (2, "account_id", "required")
    for part in ("account_id is empty", "'2024-01-32'", "'ten'"):
        assert part in bad.reason
    assert (short.source_row, short.kind) == (3, "truncated")
    assert "3 of 6 fields" in short.reason
    assert (long.source_row, long.kind, long.source_line) == (4, "fields", 5)
    assert read.counts.rows_read == 5
    assert read.counts.rows_rejected == 3


@pytest.mark.parametrize(
    "tail",
    ["A3,Cy", 'A3,"Cy and', 'A3,"Cy",'],
    ids=["in a field", "in a quoted field", "after a delimiter"],
)
def test_file_cut_off_in_mid_line(read_file: ReadFile, block_bytes: int, tail: str) -> None:
    header = "advisor_id,first_name,last_name,years_experience\n"
    read = read_file(header + "A1,Ann,Poe,1\nA2,Bob,Ray,2\n" + tail, "advisors")
    assert read.column("advisor_id") == ["A1", "A2"]
    [reject] = read.rejects
    assert (reject.source_row, reject.kind, reject.raw_text) == (3, "truncated", tail)


def test_no_line_end_after_the_last_record(read_file: ReadFile, block_bytes: int) -> None:
    assert read_file(ADVISORS + "A1,Ann,1\nA2,Bob,2", "advisors").column("_source_row") == [1, 2]


def test_stray_quote_costs_one_record(read_file: ReadFile, block_bytes: int) -> None:
    lines = [f"A{i},Ann,{i}" for i in range(1, 40)]
    lines[9] = 'A10,"Ann,10'
    lines[20] = 'A21,"An"n,21'
    lines[30] = 'A31,An"n,31'
    read = read_file(ADVISORS + "\n".join(lines) + "\n", "advisors")
    assert [reject.source_row for reject in read.rejects] == [10, 21]
    assert [reject.kind for reject in read.rejects] == ["truncated", "quoting"]
    assert [reject.source_line for reject in read.rejects] == [11, 22]
    expected = [i for i in range(1, 40) if i not in (10, 21)]
    assert read.column("years_experience") == expected
    assert read.column("_source_row") == expected
    assert read.rows[28]["first_name"] == 'An"n'


def test_nul_rejects_its_record(read_file: ReadFile, block_bytes: int) -> None:
    text = ADVISORS + "".join(f"A{i},{'x' * 900},{i}\n" for i in range(1, 9)) + "A9,A\x00n,9\n"
    read = read_file(text, "advisors")
    assert len(read.rows) == 8
    [reject] = read.rejects
    assert (reject.source_row, reject.kind) == (9, "encoding")


def test_header_only_is_no_rows(read_file: ReadFile) -> None:
    assert read_file(ADVISORS, "advisors").counts.rows_read == 0
    assert read_file(ADVISORS.strip(), "advisors").counts.rows_read == 0


def test_deletes_need_only_the_key(read_file: ReadFile) -> None:
    text = (
        "transaction_id,account_id,customer_id,transaction_at,transaction_type,amount,currency,"
        "channel,status,_op\n"
        "T1,,,,,,,,,delete\n"
        "T2,A,C,2024-01-01 00:00:00,Fee,-1,USD,Branch,Completed,upsert\n"
        "T3,A,C,2024-01-01 00:00:00,Fee,-2,USD,Branch,Completed,\n"
        ",A,C,2024-01-01 00:00:00,Fee,-2,USD,Branch,Completed,delete\n"
        "T5,A,C,2024-01-01 00:00:00,Fee,-2,USD,Branch,Completed,remove\n"
    )
    read = read_file(text, "transactions")
    assert read.column("_op") == ["delete", "upsert", "upsert"]
    assert read.counts.deletes == 1
    assert read.totals["amount"] == Decimal("-3.00")
    assert [(r.source_row, r.kind) for r in read.rejects] == [(4, "required"), (5, "operation")]
    only_deletes = read_file("transaction_id,_op\nT1,DELETE\n", "transactions")
    assert only_deletes.column("_op") == ["delete"]


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"", "empty", "0 bytes"),
        (b"\x00\x01\x02binary\x00" * 50, "binary", "not text"),
        (b"advisor,first_name\nA1,Ann\n", "header", r"advisor_id \(is it 'advisor'\?\)"),
        (b"A1,Ann,5\nA2,Bob,6\n", "header", "none of the columns"),
        (b"advisor_id,first_name,ADVISOR_ID\nA1,Ann,A2\n", "header", "more than once"),
        (gzip.compress(b"advisor_id\nA1\n" * 9000, mtime=0)[:-20], "binary", "ends early"),
    ],
)
def test_rejected_files(read_file: ReadFile, content: bytes, kind: str, said: str) -> None:
    with pytest.raises(RejectedFileError, match=said) as caught:
        read_file(content, "advisors")
    assert caught.value.kind == kind


def test_parquet_by_name_only(tmp_path: Path) -> None:
    path = tmp_path / "advisors.parquet"
    path.write_bytes(b"advisor_id\nA1\n")
    with pytest.raises(RejectedFileError, match="named Parquet"):
        open_source(path)


def test_gzip(read_file: ReadFile) -> None:
    content = gzip.compress(ADVISORS.encode()) + gzip.compress(b"A1,Ann,5\nA2,Bob,x\n")
    read = read_file(content, "advisors", name="advisors.csv.gz")
    assert read.column("_source_row") == [1]
    assert read.rejects[0].source_line == 3


def test_json_lines(read_file: ReadFile) -> None:
    lines = [
        json.dumps({"Indicator_Date": "2024-01-01", "sp500_index": 4769.83, "mood": "calm"}),
        '{"indicator_date": "2024-01-02", "sp500_index": 12345678901.123456}',
        '{"indicator_date": "2024-01-03", "sp500_index": null}',
        '{"indicator_date": "2024-01-04", "sp500_in',
        "",
        '{"indicator_date": "2024-01-05", "sp500_index": "high"}',
    ]
    read = read_file("\n".join(lines) + "\n", "economic_indicators", name="x.jsonl")
    assert read.column("sp500_index") == [
        Decimal("4769.830000"),
        Decimal("12345678901.123456"),
        None,
    ]
    assert [(r.source_row, r.source_line, r.kind) for r in read.rejects] == [
        (4, 4, "truncated"),
        (5, 6, "type"),
    ]
    assert any("mood" in note for note in read.notes)


def test_json_lines_without_a_required_member(read_file: ReadFile) -> None:
    with pytest.raises(RejectedFileError, match="lacks the required column"):
        read_file(
            '{"sp500_index": 1, "gdp_growth_rate": 2}\n', "economic_indicators", name="x.json"
        )


def test_parquet_of_other_widths(read_file: ReadFile) -> None:
    table = pa.table(
        {
            "payment_id": pa.array([1, 2, 3], pa.int64()),
            "account_id": pa.array([17.0, None, 19.0], pa.float64()),
            "customer_id": pa.array(["C1", "C2", "C3"]).dictionary_encode(),
            "scheduled_date": pa.array([datetime(2024, 1, 31)] * 3, pa.timestamp("ns")),
            "scheduled_amount": pa.array([0.1 + 0.2, 5, 5], pa.float64()),
            "actual_amount": pa.array([Decimal("1.5000"), None, None], pa.decimal128(38, 4)),
            "days_late": pa.array([1, 2, 2**40], pa.int64()),
            "is_defaulted": pa.array(["Yes", "no", "0"], pa.large_string()),
        }
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    read = read_file(buffer.getvalue(), "loan_payments", name="loan_payments.parquet")
    [row] = read.rows
    assert (row["payment_id"], row["account_id"], row["customer_id"]) == ("1", "17", "C1")
    assert row["scheduled_date"] == date(2024, 1, 31)
    assert (row["scheduled_amount"], row["actual_amount"]) == (Decimal("0.30"), Decimal("1.50"))
    assert (row["days_late"], row["is_defaulted"]) == (1, True)
    assert [(r.source_row, r.column_name) for r in read.rejects] == [
        (2, "account_id"),
        (3, "days_late"),
    ]


def test_parquet_timestamps_with_a_zone_become_utc(read_file: ReadFile) -> None:
    moments = pa.array([datetime(2024, 1, 1, 12)], pa.timestamp("us")).cast(
        pa.timestamp("us", "America/New_York")
    )
    table = pa.table({"engagement_id": ["1"], "customer_id": ["2"], "engaged_at": moments})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    read = read_file(buffer.getvalue(), "digital_engagement", name="x.parquet")
    assert read.column("engaged_at") == [datetime(2024, 1, 1, 12)]


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    names=st.lists(
        st.text(
            st.characters(
                codec="utf-8", exclude_categories=["Cc"], include_characters="\n\t\"'\\,"
            ),
            max_size=12,
        ),
        min_size=1,
        max_size=30,
    ),
    broken=st.sets(st.integers(0, 29), max_size=4),
    size=st.sampled_from([16, 64, 1 << 20]),
)
def test_any_text_survives_any_block_size(
    read_file: ReadFile, names: list[str], broken: set[int], size: int
) -> None:
    """Records with quotes, delimiters, newlines and letters of all kinds beside broken ones."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for ordinal, name in enumerate(names):
        if ordinal in broken:
            buffer.write(f"{ordinal},cut off\n")
        else:
            writer.writerow([ordinal, name, ordinal])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_reader, "BLOCK_BYTES", size)
        read = read_file(ADVISORS + buffer.getvalue(), "advisors")
    good = [ordinal for ordinal in range(len(names)) if ordinal not in broken]
    assert read.column("years_experience") == good
    assert read.column("_source_row") == [ordinal + 1 for ordinal in good]
    nulls = ("", " ", "NULL")
    assert read.column("first_name") == [
        None if names[ordinal] in nulls else names[ordinal] for ordinal in good
    ]
    assert [reject.source_row - 1 for reject in read.rejects] == sorted(
        ordinal for ordinal in broken if ordinal < len(names)
    )
