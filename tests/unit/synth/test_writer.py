"""Files in canonical form, joined from parts."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bullion.synth.files import writer


def _table(texts: list[str | None]) -> pa.Table:
    n = len(texts)
    return pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "coded": pa.array(texts, pa.string()).dictionary_encode(),
            "amount": pa.array([Decimal("-1234.50")] * n, pa.decimal128(18, 2)),
            "moment": pa.array(
                [dt.datetime.fromisoformat("2025-01-02 03:04:05")] * n, pa.timestamp("s")
            ),
            "day": pa.array([dt.date(2025, 1, 2)] * n, pa.date32()),
            "flag": pa.array([True] * n),
            "nothing": pa.nulls(n, pa.int32()),
        }
    )


def _csv(table: pa.Table) -> bytes:
    return b"".join(bytes(piece) for piece in writer.csv_pieces(table))


def test_plain_values_are_written_without_quotes() -> None:
    assert _csv(_table(["Grocery", None])) == (
        b"Grocery,Grocery,-1234.50,2025-01-02 03:04:05,2025-01-02,true,\n"
        b",,-1234.50,2025-01-02 03:04:05,2025-01-02,true,\n"
    )


@pytest.mark.parametrize("text", ["a,b", 'say "hi"', "two\nlines", "return\r", '"', "Zoë, ünï"])
def test_texts_that_need_quotes_come_back_as_they_were(tmp_path: Path, text: str) -> None:
    table = _table([text, "plain", None])
    file = tmp_path / "file.csv"
    file.write_bytes(writer.header(table.column_names) + _csv(table))
    with file.open(newline="", encoding="utf-8") as stream:
        records = list(csv.DictReader(stream))
    assert [record["text"] for record in records] == [text, "plain", ""]
    assert [record["coded"] for record in records] == [text, "plain", ""]
    assert records[1]["amount"] == "-1234.50"
    assert b'"plain"' not in file.read_bytes()


def test_a_quoted_row_looks_as_a_plain_one_elsewhere() -> None:
    plain, quoted = _csv(_table(["x"])), _csv(_table(["x", "a,b"]))
    assert quoted.startswith(plain)


def test_parts_join_in_order_as_csv_and_parquet(tmp_path: Path) -> None:
    tables = [_table(["a", "b"]), _table([None]), _table(["c"])]
    expected = [row for table in tables for row in table.to_pylist()]
    for file_format in ("csv", "parquet"):
        parts: list[Path] = []
        (tmp_path / file_format).mkdir()
        for number, table in enumerate(tables):
            parts.append(tmp_path / file_format / str(number))
            writer.write_part(parts[-1], table, file_format)
        target = tmp_path / f"all.{file_format}"
        if file_format == "csv":
            for part in parts:
                writer.append_csv(target, part)
            assert target.read_bytes() == b"".join(_csv(table) for table in tables)
        else:
            writer.join_parquet(target, parts)
            assert pq.read_table(target).to_pylist() == expected
        assert not any(part.exists() for part in parts)


def test_a_finished_folder_replaces_the_old_one_whole(tmp_path: Path) -> None:
    old, new = tmp_path / "bank", tmp_path / "making"
    for folder, name in ((old, "old"), (new, "new")):
        folder.mkdir()
        (folder / name).write_text("x")
    writer.replace_folder(new, old)
    assert [path.name for path in old.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["bank"]
