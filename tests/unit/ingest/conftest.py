"""Reads text through reader and checks, without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from bullion.contract import table
from bullion.ingest.checking.checks import Checker
from bullion.ingest.checking.rejects import Reject, RejectLog
from bullion.ingest.checking.values import value_format
from bullion.ingest.destination import Counts
from bullion.ingest.loader import pour
from bullion.ingest.reading.layout import read_layout
from bullion.ingest.reading.source import detect_encoding, open_source


class ListSink:
    """Keeps the rows of a batch in memory."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def write(self, rows: pa.Table) -> None:
        self.rows += rows.to_pylist()

    def finish(self) -> int:
        return len(self.rows)

    def abandon(self) -> None:
        self.rows.clear()


class KeepingLog(RejectLog):
    """A reject log that a test can look into."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Reject] = []

    def add(self, reject: Reject) -> None:
        super().add(reject)
        self.kept.append(reject)


@dataclass
class Read:
    """What the checking reader made of a file."""

    rows: list[dict[str, Any]]
    rejects: list[Reject]
    counts: Counts
    notes: list[str]
    encoding_note: str | None

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]

    @property
    def totals(self) -> dict[str, Decimal]:
        assert self.counts.totals is not None
        return self.counts.totals


ReadFile = Callable[..., Read]


@pytest.fixture
def read_file(tmp_path: Path) -> ReadFile:
    """``read_file(content, "customers", name=…, delimiter=…, decimal=…, date_format=…)``, and
    null_words and rounds_money as value_format takes them."""

    def read(
        content: bytes | str,
        table_name: str,
        name: str = "file.csv",
        delimiter: str | None = None,
        encoding: str | None = None,
        decimal: str = ".",
        date_format: str | None = None,
        **options: Any,
    ) -> Read:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        source = detect_encoding(open_source(path, encoding))
        layout = read_layout(source, table(table_name), delimiter)
        reader = layout.reader()
        sink = ListSink()
        log = KeepingLog()
        with log:
            checker = Checker(layout.table, value_format(decimal, date_format, **options))
            counts = pour(reader, checker, sink, log)
            notes = [*reader.notes, *checker.seen.notes]
            return Read(sink.rows, log.kept, counts, notes, source.note)

    return read
