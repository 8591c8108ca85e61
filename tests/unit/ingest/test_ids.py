"""An id is the same text whatever it is stored as, or it is rejected with the reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bullion.contract import table
from bullion.ingest.checking.ids import LONGEST_ID
from bullion.ingest.checking.telltales import Telltales
from bullion.ingest.checking.values import LIKE_NULL, like_null
from bullion.ingest.reading.blocks import may_hold_longer
from tests.unit.ingest.conftest import Read, ReadFile

REQUIRED = (
    "transaction_id,account_id,customer_id,transaction_at,transaction_type,amount,currency,"
    "channel,status"
)
ROW = "T{n},A,C,2024-01-01,Deposit,1,USD,Online,Completed"


def read_ids(read_file: ReadFile, *ids: str, **options: Any) -> Read:
    rows = [f"{ROW.format(n=n)},{text}" for n, text in enumerate(ids)]
    content = "\n".join([f"{REQUIRED},merchant_id", *rows]) + "\n"
    return read_file(content, "transactions", **options)


def read_stored(read_file: ReadFile, tmp_path: Path, column: str, values: pa.Array) -> Read:
    names = REQUIRED.split(",")
    rows = [ROW.format(n=n).split(",") for n in range(len(values))]
    made = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)) | {column: values}
    path = tmp_path / "made.parquet"
    pq.write_table(pa.table(made), path)
    return read_file(path.read_bytes(), "transactions", name="transactions.parquet")


@pytest.mark.parametrize(
    ("text", "is_id"),
    [
        ("1.234567890123e+12", False),
        ("1.23457E+12", False),
        ("1E+15", False),
        ("1.5E15", False),
        ('"1,23457E+12"', False),
        ("12E5", True),
        ("1e3", True),
        ("3e5f-12", True),
        ("DEV4E5.2", True),
        ("17.0", True),
        ("007", True),
        (" 7", True),
    ],
)
def test_what_a_spreadsheet_has_shortened(read_file: ReadFile, text: str, is_id: bool) -> None:
    read = read_ids(read_file, text)
    value = text.strip('"')
    if is_id:
        assert read.column("merchant_id") == [text]
    else:
        [reject] = read.rejects
        assert (reject.kind, reject.column_name) == ("type", "merchant_id")
        assert f"'{value}', the form in which a spreadsheet shortens" in reject.reason


def test_marks_of_text_are_left_out(read_file: ReadFile) -> None:
    read = read_ids(read_file, '="00123"', '"=""00124"""', "'00125", "O'Hara", "''")
    assert read.column("merchant_id") == ["00123", "00124", "00125", "O'Hara", "''"]
    assert [note for note in read.notes if "apostrophe" in note] == [
        "merchant_id begins with an apostrophe, by which a spreadsheet marks text (once): left out"
    ]
    header = "merchant_id,merchant_name,category,mcc_code,city"
    read = read_file(f'{header}\nM1,\'t Hooft,Retail,"=""0742""",x\n', "merchants")
    assert read.rows[0]["merchant_name"] == "'t Hooft"
    assert read.rows[0]["mcc_code"] == "0742"


def test_shortened_numbers_in_text_are_said(read_file: ReadFile) -> None:
    header = "account_id,customer_id,product_id,account_status,open_date,currency,current_balance"
    row = "A,C,P,Active,2024-01-01,USD,0,1.23457E+12"
    read = read_file(f"{header},account_number\n{row}\n", "accounts")
    assert read.column("account_number") == ["1.23457E+12"]
    assert any(note.startswith("account_number holds what looks like long") for note in read.notes)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (pa.array([1234567890123.0, 1.5e15, 7.0]), ["1234567890123", "1500000000000000", "7"]),
        (pa.array([1234567890123.0, 1.5e15, None]), ["1234567890123", "1500000000000000", None]),
        (pa.array([2.0**53, 2.0**53 + 2, 1.5, float("nan")]), ["9007199254740992", *"xxx"]),
        (pa.array([2.0**24, 2.0**25, 17.0], pa.float32()), ["16777216", "x", "17"]),
        (pa.array([-3.0, float("inf")]), ["-3", "x"]),
        (pa.array([Decimal(10**19), Decimal(0)], pa.decimal128(20, 0)), ["1" + "0" * 19, "0"]),
        (pa.array([Decimal("17.00"), Decimal("17.01")], pa.decimal128(38, 2)), ["17", "x"]),
        (pa.array([Decimal(0), Decimal(5)], pa.decimal128(38, 10)), ["0", "5"]),
        (pa.array([Decimal(10**60)], pa.decimal256(70, 0)), ["1" + "0" * 60]),
        (pa.array([True, None]), ["x", None]),
        (pa.array([1, 2**63 - 1]), ["1", "9223372036854775807"]),
        (pa.array(["1.5E+15", "a"]).dictionary_encode(), ["x", "a"]),
        (pa.array([b"A1", b"\xff"]), ["A1", "x"]),
        (pa.array([date(2024, 1, 1)]), ["2024-01-01"]),
    ],
)
def test_stored_ids(
    read_file: ReadFile, tmp_path: Path, values: pa.Array, wanted: list[str]
) -> None:
    """x: rejected."""
    read = read_stored(read_file, tmp_path, "merchant_id", values)
    bad = [n for n, text in enumerate(wanted, start=1) if text == "x"]
    assert [reject.source_row for reject in read.rejects] == bad
    assert read.column("merchant_id") == [text for text in wanted if text != "x"]


def test_stored_text(read_file: ReadFile, tmp_path: Path) -> None:
    values = pa.array([4047.0, 1e16, 1.5, None])
    read = read_stored(read_file, tmp_path, "card_last_four", values)
    assert read.column("card_last_four") == ["4047", "1e+16", "1.5", None]


@pytest.mark.parametrize(
    ("data", "delimiter"),
    [
        (b"a,NA,b\n", ","),
        (b"NA,b\n", ","),
        (b"b,NA", ","),
        (b'a,"NA",b\n', ","),
        (b"a;NA;b\n", ";"),
        (b"a\t\\N\r\n", "\t"),
        (b"a,-,b\n", ","),
        (b"a,?\n", ","),
        (b"a,(null)\n", ","),
        (b"a,'00123\n", ","),
        (b'a,"=""00123"""\n', ","),
        (b"a,1.5E15\n", ","),
        (b"1E+15,a\n", ","),
        (b"a;1,5E15\n", ";"),
    ],
)
def test_signs_in_the_bytes(data: bytes, delimiter: str) -> None:
    assert Telltales(LIKE_NULL, delimiter).are_in(data)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n", b"a\n", b"N\n", b"1e\n", b"e1\n", b"a,NAB,NY,North\n", b"a,-1,-12.5,b\n",
        b"a,?x,it's,b\n", b"12E5,a\n", b"1,3e5\n", b"DEV4E5.2\n",
        b"3e5f-12,1.5,x\n", b"NULLS,nilly\n",
    ],
)  # fmt: skip
def test_plain_bytes_show_no_sign(data: bytes) -> None:
    assert not Telltales(LIKE_NULL, ",").are_in(data)


def test_a_value_of_a_closed_set_is_meant() -> None:
    enrollments = table("product_enrollments")
    assert set(LIKE_NULL) - set(like_null(enrollments)) == {"None"}
    assert not Telltales(like_null(enrollments), ",").are_in(b"a,None,b\n")


def test_words_like_null_are_said(read_file: ReadFile) -> None:
    header = "merchant_id,merchant_name,category,mcc_code,city"
    content = f"{header}\nM1,A,Retail,\\N,N/A\nM2,B,Retail,\\N,NA\n\\N,C,Retail,,North\n"
    read = read_file(content, "merchants")
    assert read.column("mcc_code") == ["\\N", "\\N", None]
    said = [note for note in read.notes if "--null" in note]
    assert said == [
        f"{found}, kept as text: where it stands for no value, say --null {word}"
        for found, word in (
            ("merchant_id holds \\N (once)", "'\\N'"),
            ("mcc_code holds \\N (2 times)", "'\\N'"),
            ("city holds N/A (once)", "N/A"),
            ("city holds NA (once)", "NA"),
        )
    ]
    read = read_file(content, "merchants", null_words=["\\N", "gone"])
    assert read.column("mcc_code") == [None, None]
    assert [(reject.kind, reject.column_name) for reject in read.rejects] == [
        ("required", "merchant_id")
    ]
    assert [note for note in read.notes if "--null" in note] == said[2:]


def test_an_id_that_no_index_holds_is_rejected(read_file: ReadFile) -> None:
    """One of 12,000 random characters stopped a build: PostgreSQL indexes no entry of that size."""
    done = read_ids(read_file, "M" * LONGEST_ID, "é" * (LONGEST_ID + 1), "M" * 12_000)
    assert [len(row["merchant_id"]) for row in done.rows] == [LONGEST_ID]
    assert [(bad.column_name, bad.kind) for bad in done.rejects] == [("merchant_id", "length")] * 2
    assert f"an id has {LONGEST_ID} characters at most" in done.rejects[0].reason


@pytest.mark.parametrize("before", [0, 1, 100, 127, 128])
def test_a_long_field_is_seen_wherever_it_stands(before: int) -> None:
    def block(length: int) -> bytes:
        return b"a," * before + b"M" * length + b",a\n" * 200

    assert not may_hold_longer(block(LONGEST_ID // 16 * 8 - 2), ",", LONGEST_ID)
    assert may_hold_longer(block(LONGEST_ID + 1), ",", LONGEST_ID)
