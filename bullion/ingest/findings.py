"""What a load has seen of a batch, so that no build has to look again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from bullion.contract import Table
from bullion.ingest.keys import KeyLog


@dataclass
class Findings:
    """Findings of all rows of a batch so far; what is not known to be so is taken for not so.

    ``text_is_trimmed``: no text begins or ends with a blank or is empty. ``keys_ascend``: the table
    has one key column and each row's key is above that of the row before it, by bytes, from
    ``first_key`` to ``last_key``. ``key_log``: whether a key may stand twice.
    """

    text_is_trimmed: bool = True
    keys_ascend: bool = True
    first_key: str | None = None
    last_key: str | None = None
    key_log: KeyLog = field(default_factory=KeyLog)

    def see_rows(self, table: Table, rows: pa.Table) -> None:
        """Take in typed rows, in the order in which they are loaded."""
        if self.text_is_trimmed:
            texts = (column.name for column in table.columns if column.type == "text")
            self.text_is_trimmed = all(_is_trimmed(rows[name]) for name in texts)
        self.see_keys([rows[name] for name in table.key])

    def see_keys(self, columns: Sequence[pa.ChunkedArray]) -> None:
        """Take in the key columns of the next rows."""
        if not len(columns[0]):
            return
        if len(columns) == 1:
            self._see_order(columns[0])
        else:
            self.keys_ascend = False
        self.key_log.see(columns, is_rising=self.keys_ascend)

    def may_repeat_keys(self) -> bool:
        """Whether a key may stand twice; to be asked once, at the end, for the keys are let go."""
        log, self.key_log = self.key_log, KeyLog()
        return not self.keys_ascend and log.may_repeat()

    def _see_order(self, keys: pa.ChunkedArray) -> None:
        if not self.keys_ascend:
            return
        if not pa.types.is_string(keys.type) or keys.null_count:
            self.keys_ascend = False
            return
        keys = keys.combine_chunks()
        first, last = keys[0].as_py(), keys[-1].as_py()
        above = self.last_key is None or self.last_key.encode() < first.encode()
        rising = pc.all(pc.less(keys.slice(0, len(keys) - 1), keys.slice(1))).as_py()
        self.keys_ascend = above and rising is not False
        self.first_key = first if self.first_key is None else self.first_key
        self.last_key = last

    @property
    def key_range(self) -> tuple[str | None, str | None]:
        """First and last key of keys that ascend; nothing for others."""
        return (self.first_key, self.last_key) if self.keys_ascend else (None, None)


def _is_trimmed(texts: pa.ChunkedArray) -> bool:
    """Whether no value is empty or has a blank at either end."""
    untidy = pc.or_(
        pc.equal(texts, ""), pc.or_(pc.starts_with(texts, " "), pc.ends_with(texts, " "))
    )
    return not pc.any(untidy).as_py()
