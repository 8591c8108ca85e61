"""Records on their way from a reader through the checks to a sink."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from bullion.ingest.checking.rejects import Reject

# Positions within the batch → (line in the file or None, the record as it stood in the file).
Locate = Callable[[Sequence[int]], Iterable[tuple[int | None, str]]]


@dataclass(frozen=True)
class RawBatch:
    """Some records of a file, not yet typed.

    ``columns`` holds Arrow arrays of equal length by contract column (and ``_op``); text files
    give strings, Parquet its own types. ``ordinals`` (int64, from 1) number the records in the
    file. ``rejects`` are records that could not be split into fields; they are not in the arrays.
    """

    columns: dict[str, pa.Array]
    ordinals: pa.Array
    locate: Locate
    rejects: list[Reject] = field(default_factory=list)

    @property
    def records_read(self) -> int:
        """Records taken from the file, good and bad."""
        return len(self.ordinals) + len(self.rejects)


class Reader(Protocol):
    """What reads one file: its notes for the user, and its records in order."""

    notes: list[str]

    def batches(self) -> Iterator[RawBatch]:
        """All records of the file."""
        ...

    def content_hash(self) -> str:
        """SHA-256 of the file, once ``batches`` has been read to its end."""
        ...
