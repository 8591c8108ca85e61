"""Rejected records: kept on disk until the batch commits, counted for the summary."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

_SPOOL_BYTES = 8 << 20
_READ_CHARACTERS = 1 << 16
_EXAMPLES = 3
_RAW_TEXT_LIMIT = 10_000


@dataclass(frozen=True)
class Reject:
    """One record that bronze does not take.

    ``source_row`` is its ordinal among the file's records (from 1), ``source_line`` the line of
    the file on which it starts. ``kind``: ``type``, ``required``, ``truncated``, ``fields``,
    ``quoting``, ``encoding``, ``operation``, ``decimals``, ``length``. ``column_name`` is None when
    no one column is at fault.
    """

    source_row: int
    source_line: int | None
    column_name: str | None
    kind: str
    raw_text: str
    reason: str


@dataclass
class RejectGroup:
    """Rejects of one column and kind: how many, and the first few."""

    column_name: str | None
    kind: str
    count: int = 0
    examples: list[Reject] = field(default_factory=list)


class RejectLog:
    """Rejects of one file, spooled to disk past a few megabytes so that memory stays flat."""

    def __init__(self) -> None:
        self._spool = tempfile.SpooledTemporaryFile(  # noqa: SIM115 (closed by __exit__)
            max_size=_SPOOL_BYTES, mode="w+", encoding="utf-8", newline=""
        )
        self._writer = csv.writer(self._spool, lineterminator="\n")
        self._groups: dict[tuple[str | None, str], RejectGroup] = {}
        self._kinds: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._kinds.total()

    def __enter__(self) -> RejectLog:
        return self

    def __exit__(self, *exc: object) -> None:
        self._spool.close()

    @property
    def groups(self) -> list[RejectGroup]:
        """By column and kind, the largest first."""
        return sorted(self._groups.values(), key=lambda group: -group.count)

    def add(self, reject: Reject) -> None:
        """Keep one reject. NUL, which PostgreSQL's text cannot hold, is written as U+2400."""
        self._kinds[reject.kind] += 1
        group = self._groups.setdefault(
            (reject.column_name, reject.kind), RejectGroup(reject.column_name, reject.kind)
        )
        group.count += 1
        if len(group.examples) < _EXAMPLES:
            group.examples.append(reject)
        self._writer.writerow(
            [
                reject.source_row,
                "" if reject.source_line is None else reject.source_line,
                reject.column_name or "",
                reject.kind,
                reject.raw_text[:_RAW_TEXT_LIMIT].replace("\x00", "\u2400"),
                reject.reason.replace("\x00", "\u2400"),
            ]
        )

    def rows(self) -> Iterator[list[str]]:
        """All rejects in order of arrival, as text in the order of :class:`Reject`'s fields."""
        self._spool.seek(0)
        yield from csv.reader(self._spool)

    def csv_chunks(self, leading: list[str]) -> Iterator[str]:
        """All rejects as CSV text, each line led by the given fields; in order of arrival."""
        prefix = io.StringIO()
        csv.writer(prefix, lineterminator="").writerow(leading)
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        for row in self.rows():
            buffer.write(prefix.getvalue() + ",")
            writer.writerow(row)
            if buffer.tell() > _READ_CHARACTERS:
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue()
