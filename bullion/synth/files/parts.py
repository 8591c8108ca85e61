"""What passes between the process that assembles a bank and the workers that make its blocks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from bullion.synth.faults import Fault
from bullion.synth.planted import PlantedTruth

FOLDER = "truth"
"""The folder of a bank for what is true about it and is no extract."""


@dataclass(frozen=True)
class BlockJob:
    """Everything a worker needs to make one block, and where to leave it."""

    seed: int
    customers: int
    start: dt.date
    end: dt.date
    null: bool
    without: frozenset[str]
    currencies: tuple[str, ...]
    deltas: int
    faults: bool
    file_format: str
    number: int
    parts: Path


@dataclass(frozen=True)
class Part:
    """One part file: the rows of one block for one file of the bank."""

    extract: str
    table: str
    columns: tuple[str, ...]
    rows: int
    path: Path


@dataclass
class BlockReport:
    """What a block wrote, in file order, and what is true about it.

    ``truths``: what is planted in the whole bank, from the first block alone;
    ``last_lines``: bytes that must end a table's file in the first extract, without a line break;
    ``changes``: by extract date, how many changes of each kind ("table: kind") it brought.
    """

    number: int
    parts: list[Part] = field(default_factory=list)
    truths: tuple[PlantedTruth, ...] = ()
    realised: dict[str, dict[str, float]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    last_lines: dict[str, bytes] = field(default_factory=dict)
    changes: dict[str, dict[str, int]] = field(default_factory=dict)

    def rows_by_table(self) -> dict[str, int]:
        """Rows of this block by table, over all extracts."""
        rows: dict[str, int] = {}
        for part in self.parts:
            if part.extract == FOLDER:
                continue
            rows[part.table] = rows.get(part.table, 0) + part.rows
        return rows
