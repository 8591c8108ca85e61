"""Keys that stand more than once in a file: whether there may be any, and which they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from bullion.contract import Table

# Keys are kept as they are up to here, and beyond it as hashes of eight bytes.
_KEPT_ROWS = 200_000
_HASHED_ROWS = 50_000_000


@dataclass(frozen=True)
class Repeats:
    """``keys`` that stand more than once with different content, and ``identical`` records, beyond
    the first of each. ``example``: the first such key with the ordinals of the record that wins,
    which is the last, and of one that loses."""

    keys: int = 0
    identical: int = 0
    example: tuple[str, int, int] | None = None

    def notes(self, places: str) -> list[str]:
        """What to tell the user; ``places`` says where the example's two records are."""
        notes = []
        if self.example is not None:
            stand = "key stands" if self.keys == 1 else "keys stand"
            notes.append(
                f"{self.keys:,} {stand} more than once with different content, for example "
                f"{self.example[0]} ({places}): of each the last record wins"
            )
        if self.identical:
            are = "record is" if self.identical == 1 else "records are"
            notes.append(
                f"{self.identical:,} {are} another of the file once more, with all of its content: "
                "each counts once"
            )
        return notes


class KeyLog:
    """Says whether a key may stand twice among the rows of a batch, in little memory."""

    def __init__(self) -> None:
        self._kept: list[pa.Table] = []
        self._kept_rows = 0
        self._hashes: list[np.ndarray] = []
        self._hashed_rows = 0
        self._is_incomplete = False

    def see(self, columns: Sequence[pa.ChunkedArray], *, is_rising: bool) -> None:
        """Take in the key columns of the next rows. Of keys that have all been rising so far no
        more than the newest are kept: if one turns up again, it is by a look at all rows."""
        self._kept.append(pa.table(list(columns), [f"k{n}" for n in range(len(columns))]))
        self._kept_rows += len(columns[0])
        if self._kept_rows <= _KEPT_ROWS:
            return
        if is_rising or self._is_incomplete or self._hashed_rows > _HASHED_ROWS:
            self._is_incomplete = True
            self._hashes, self._kept, self._kept_rows = [], [], 0
        else:
            self._hash()

    def may_repeat(self) -> bool:
        """False where no key stands twice."""
        if self._is_incomplete:
            return True
        if not self._hashes:
            if not self._kept_rows:
                return False
            keys = pa.concat_tables(self._kept)
            return keys.group_by(keys.column_names).aggregate([]).num_rows < keys.num_rows
        self._hash()
        hashes = np.sort(np.concatenate(self._hashes))
        return bool((hashes[1:] == hashes[:-1]).any())

    def _hash(self) -> None:
        if self._kept:
            keys = pa.concat_tables(self._kept)
            with duckdb.connect(config={"threads": 2}) as database:
                hashed = database.from_arrow(keys).project(
                    f"hash({', '.join(keys.column_names)}) h"
                )
                self._hashes.append(hashed.fetchnumpy()["h"])
        self._hashed_rows += self._kept_rows
        self._kept, self._kept_rows = [], 0


def repeats_sql(table: Table, relation: str, condition: str) -> str:
    """A query, for PostgreSQL and DuckDB alike, of one row or none: the key, the ordinals of the
    record that wins and of one that loses (null where there is none), and both counts."""
    key = ", ".join(table.key)
    same = " and ".join(f"held.{name} = twice.{name}" for name in table.key)
    content = ", ".join(f"held.{name}" for name in [*table.column_names, "_op"])
    rows = f"{condition} and _source_row > 0"
    return f"""
    with twice as (
        select {key} from {relation} where {rows} group by {key} having count(*) > 1
    ),
    held as (
        select * from {relation} where {rows}
    ),
    told as (
        select {", ".join(f"held.{name}" for name in table.key)}, held._source_row,
            md5(row({content})::text) as content
        from held inner join twice on {same}
    ),
    judged as (
        select *, first_value(content) over (
            partition by {key} order by _source_row desc
        ) as last_content
        from told
    ),
    by_key as (
        select {key}, max(_source_row) as winner,
            max(_source_row) filter (where content <> last_content) as loser,
            count(*) - count(distinct content) as identical
        from judged group by {key}
    )
    select {key}, winner, loser, count(loser) over () as keys, sum(identical) over () as identical
    from by_key order by loser is null, winner limit 1
    """


def repeats_of(table: Table, row: Sequence[object] | None) -> Repeats:
    """What the query of ``repeats_sql`` has found."""
    if row is None:
        return Repeats()
    *key, winner, loser, keys, identical = row
    if loser is None:
        return Repeats(identical=int(str(identical)))
    named = ", ".join(f"{name} {value}" for name, value in zip(table.key, key, strict=True))
    return Repeats(int(str(keys)), int(str(identical)), (named, int(str(winner)), int(str(loser))))
