"""Hand-made extracts on top of a generated bank: what plausible deltas would not hold."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path


def read_rows(file: Path) -> list[dict[str, str]]:
    """All records of a canonical CSV, as text."""
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def write_rows(folder: Path, table: str, rows: Iterable[Mapping[str, str]]) -> Path:
    """Write ``<folder>/<table>.csv`` with the columns of the first record; returns the file."""
    rows = list(rows)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{table}.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return file


def upsert(row: Mapping[str, str], **changes: str) -> dict[str, str]:
    """A record as an upsert, with some values changed."""
    return {**row, **changes, "_op": "upsert"}


def delete(row: Mapping[str, str], *key: str) -> dict[str, str]:
    """A delete of a record: only its key is filled."""
    return {name: row[name] if name in key else "" for name in row} | {"_op": "delete"}
