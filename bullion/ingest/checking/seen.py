"""What the checks have seen in a file beside bad records: said once, column by column."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from bullion.contract import Table
from bullion.ingest.checking.values import ARROW_TYPES, null_option


class Seen:
    """Counts of values by column; ``file_has_more`` is the sum of money that rounding took away."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.apostrophes: Counter[str] = Counter()
        self.shortened: Counter[str] = Counter()
        self.rounded: Counter[str] = Counter()
        self.rounded_money: Counter[str] = Counter()
        self.file_has_more = dict.fromkeys(table.money_columns, Decimal(0))
        self._null_words: Counter[tuple[str, str]] = Counter()

    def like_null(self, column: str, texts: pa.Array, words: pa.Array) -> None:
        """Count the texts that are one of the words."""
        found = texts.filter(pc.is_in(texts, value_set=words.cast(texts.type)))
        for each in pc.value_counts(found.drop_null()).to_pylist():
            self._null_words[column, each["values"]] += each["counts"]

    @property
    def notes(self) -> list[str]:
        """What to tell the user."""
        notes = [
            f"{column} holds {word} ({_times(count)}), kept as text: where it stands for no value, "
            f"say {null_option(word)}"
            for (column, word), count in self._null_words.items()
        ]
        for column in self._table.columns:
            name, kind = column.name, ARROW_TYPES[column.type]
            told = {
                "begins with an apostrophe, by which a spreadsheet marks text ({}): left out": (
                    self.apostrophes
                ),
                "holds what looks like long numbers that a spreadsheet has shortened, as 1.23E+12 "
                "({}): digits are lost, so export it as text": self.shortened,
                "has more decimals than its currency ({}) and was rounded; the control total is "
                "the file's": self.rounded_money,
            }
            if pa.types.is_decimal(kind):
                rounded = f"has more than {kind.scale} decimals ({{}}) and was rounded to them"
                told[rounded] = self.rounded
            notes += [
                f"{name} {text.format(_times(counts[name]))}"
                for text, counts in told.items()
                if counts[name]
            ]
        return notes


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
