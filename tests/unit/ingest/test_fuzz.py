"""Whatever bytes a file has, reading it ends with rows and rejects that add up, or with a sentence;
and whatever is written, in any dialect, encoding and compression, is read as it was."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bullion.errors import BullionError
from bullion.ingest.reading import csv_reader
from tests.unit.ingest.conftest import ReadFile
from tests.unit.ingest.samples import (
    COMPRESSIONS,
    as_csv,
    as_json_array,
    as_json_lines,
    as_parquet,
    as_xlsx,
)

NAMES = ("advisor_id", "first_name", "years_experience")
ROWS = [[f"A{i}", name, str(i)] for i, name in enumerate(["Ann", "Bo, b", 'C"y', "Zoé", "O\nk"])]
TEXT = as_csv(NAMES, ROWS).encode()
FORMATS = {
    ".csv": TEXT,
    ".jsonl": as_json_lines(NAMES, ROWS).encode(),
    ".json": as_json_array(NAMES, ROWS).encode(),
    ".parquet": as_parquet(NAMES, ROWS),
    ".xlsx": as_xlsx(NAMES, ROWS),
}
SAMPLES = {
    **{f"file{ending}": data for ending, data in FORMATS.items()},
    **{f"file.csv{ending}": pack(TEXT) for ending, pack in COMPRESSIONS.items() if ending},
    "utf16.csv": TEXT.decode().encode("utf-16"),
    "file.jsonl.gz": COMPRESSIONS[".gz"](FORMATS[".jsonl"]),
}
# Bytes that mean something to some reader.
PIECES = st.sampled_from(
    [
        *(
            b'"',
            b"\x00",
            b"\r",
            b"\n",
            b"[",
            b"{",
            b"}",
            b"]",
            b"\\",
            b",",
            b"\xff",
            b"\xef\xbb\xbf",
        ),
        *(
            b"\\ud800",
            b"PK\x03\x04",
            b"PAR1",
            b"\x1f\x8b",
            b"[" * 3000,
            b"9" * 400,
            b"\xe2\x80\xa8",
        ),
    ]
)
MUTATION = st.tuples(
    st.sampled_from(["flip", "cut", "insert", "drop", "double"]),
    st.floats(0, 1),
    st.integers(1, 40),
    st.one_of(PIECES, st.binary(min_size=1, max_size=4)),
)
QUICK = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def examples(count: int) -> pytest.MarkDecorator:
    """So many in every run, and ten times of them in the long one."""
    return pytest.mark.parametrize(
        "count", [count, pytest.param(10 * count, marks=pytest.mark.slow)]
    )


def fuzz(count: int, *strategies: Any) -> Callable[[Callable[..., None]], Callable[[], None]]:
    def decorate(run: Callable[..., None]) -> Callable[[], None]:
        quiet = settings(max_examples=count, deadline=None, suppress_health_check=QUICK)
        return quiet(given(*strategies)(run))

    return decorate


def mutated(data: bytes, how: str, where: float, size: int, piece: bytes) -> bytes:
    at = int(where * len(data))
    if how == "flip":
        return data[:at] + bytes(byte ^ 0x55 for byte in data[at : at + 1]) + data[at + 1 :]
    if how == "cut":
        return data[:at]
    if how == "insert":
        return data[:at] + piece + data[at:]
    if how == "drop":
        return data[:at] + data[at + size :]
    return data[:at] + data[at : at + size] * 2 + data[at + size :]


def read_or_refuse(read_file: ReadFile, data: bytes, name: str) -> None:
    """Counts that add up are asserted where they are made; another exception fails the test."""
    said = ""
    try:
        read = read_file(data, "advisors", name=name)
    except BullionError as error:
        said = str(error)
    assert said.isprintable()
    assert "please report" not in said
    if said:
        return
    assert read.counts.rows_read == len(read.rows) + len(read.rejects)
    for reject in read.rejects:
        reject.raw_text.encode()
        reject.reason.encode()
    for row in read.rows:
        json.dumps(row, default=str, ensure_ascii=False).encode()


@examples(220)
def test_any_bytes_end_in_rows_rejects_or_a_sentence(read_file: ReadFile, count: int) -> None:
    @fuzz(
        count,
        st.sampled_from(sorted(SAMPLES)),
        st.lists(MUTATION, min_size=1, max_size=5),
        st.sampled_from([48, 1 << 20]),
    )
    def run(name: str, mutations: list[tuple[str, float, int, bytes]], size: int) -> None:
        data = SAMPLES[name]
        for mutation in mutations:
            data = mutated(data, *mutation)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv_reader, "BLOCK_BYTES", size)
            read_or_refuse(read_file, data, name)

    run()


@examples(120)
def test_random_bytes_end_in_a_sentence(read_file: ReadFile, count: int) -> None:
    heads = [b"", b"advisor_id\n", b'[{"advisor_id": "', b'{"advisor_id": ', b"\x1f\x8b\x08\x00"]
    heads += [b"BZh91AY&SY", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PAR1"]

    @fuzz(
        count,
        st.sampled_from(heads),
        st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=30).map(b"".join)),
        st.sampled_from(["a.csv", "a.json", "a.parquet", "a.xlsx", "a.csv.gz", "a.zip", "a"]),
    )
    def run(head: bytes, tail: bytes, name: str) -> None:
        read_or_refuse(read_file, head + tail, name)

    run()


# Text as cells hold it: no controls but those of lines, and not what is null.
CELL = st.one_of(
    st.none(),
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cn"], include_characters="\n\t"),
        max_size=12,
    ),
    st.sampled_from(['"', ",", "a\r\nb", "x;y", "  x ", "é", "\u2028", "\x85", "{}", "=1+1"]),
).map(lambda text: None if text is not None and text in ("", " ", "NULL") else text)
TABLES = st.lists(st.tuples(CELL, st.integers(-5, 99)), min_size=1, max_size=12)


@examples(150)
def test_what_was_written_is_read(read_file: ReadFile, count: int) -> None:
    @fuzz(
        count,
        TABLES,
        st.sampled_from(["csv", "jsonl", "json", "parquet"]),
        st.sampled_from([",", ";", "\t", "|"]),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.booleans(),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]),
        st.sampled_from(sorted(COMPRESSIONS)),
        st.sampled_from([32, 1 << 20]),
    )
    @example([("\r", 1), ("a", 2)], "csv", ",", "\r", True, "utf-8", "", 32)
    def run(
        table: list[tuple[str | None, int]],
        kind: str,
        delimiter: str,
        end: str,
        quote_all: bool,
        encoding: str,
        packed: str,
        size: int,
    ) -> None:
        rows = [[f"A{at}", name, str(years)] for at, (name, years) in enumerate(table)]
        if kind == "parquet":
            data, packed = as_parquet(NAMES, rows), ""
        else:
            text = {
                "csv": lambda: as_csv(NAMES, rows, delimiter, end, quote_all),
                "jsonl": lambda: as_json_lines(NAMES, rows, end),
                "json": lambda: as_json_array(NAMES, rows, 1 if quote_all else None),
            }[kind]()
            data = COMPRESSIONS[packed](text.encode(encoding))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv_reader, "BLOCK_BYTES", size)
            read = read_file(data, "advisors", name=f"advisors.{kind}{packed}")
        assert read.rejects == []
        assert [
            [row["advisor_id"], row["first_name"], row["years_experience"]] for row in read.rows
        ] == [[f"A{at}", name, years] for at, (name, years) in enumerate(table)]

    run()


@examples(12)
def test_what_a_workbook_holds_is_read(read_file: ReadFile, count: int) -> None:
    def is_cell(text: str | None) -> bool:
        """Whether Excel has it as text: no formula, and nothing that XML cannot hold."""
        with contextlib.suppress(ValueError):
            return text is None or (text[:1] != "=" and text.isprintable() and bool(text.strip()))
        return False

    @fuzz(count, TABLES.filter(lambda table: all(is_cell(name) for name, _ in table)))
    def run(table: list[tuple[str | None, int]]) -> None:
        rows = [[f"A{at}", name, str(years)] for at, (name, years) in enumerate(table)]
        read = read_file(as_xlsx(NAMES, rows), "advisors", name="advisors.xlsx")
        assert read.rejects == []
        assert [row["first_name"] for row in read.rows] == [name for _, name, _ in rows]

    run()
