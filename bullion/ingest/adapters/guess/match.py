"""Which column of the contract a source's column may be: by its name and by its values."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bullion.contract import Column, Table, load_contract
from bullion.ingest.adapters.guess.sample import Sample
from bullion.ingest.adapters.guess.values import ColumnValues
from bullion.ingest.discovery import table_of_file

_FITTING: dict[str, tuple[str, ...]] = {
    "date": ("date",),
    "ts": ("date",),
    "bool": ("flag",),
    "int": ("whole", "flag"),
    "id": ("text", "whole", "flag", "date", "number"),
    "text": ("text", "whole", "flag", "date", "number"),
}
_NUMBERS = ("number", "whole", "flag")
SURE = 0.9
_LEAST = 0.55
_NEAR = 0.84
_OF_IDS = {"id", "ids", "no", "nr", "num", "number", "nummer", "key", "code"}


@dataclass(frozen=True)
class Guess:
    """A source's column for one of the contract's; below :data:`SURE` it is doubtful."""

    field: str
    score: float

    @property
    def is_sure(self) -> bool:
        """Whether its name leaves no doubt."""
        return self.score >= SURE


@dataclass(frozen=True)
class TableGuess:
    """A table of the contract and the guesses for its columns, by their names."""

    table: Table
    guesses: dict[str, Guess]

    @property
    def missing(self) -> list[Column]:
        """Required columns for which nothing was found."""
        return [
            column
            for column in self.table.columns
            if (column.required or column.name in self.table.key)
            and column.name not in self.guesses
        ]


def best_table(sample: Sample, wanted: Table | None = None) -> TableGuess:
    """The table that a file's columns fit best, or the wanted one, with its guesses."""
    tables = [wanted] if wanted is not None else list(load_contract().values())
    found = [TableGuess(table, _guesses(sample, table)) for table in tables]
    return max(found, key=lambda guess: _worth(sample, guess))


def _worth(sample: Sample, found: TableGuess) -> float:
    """The share of the required columns that are found counts more than the number of others."""
    required = [
        column
        for column in found.table.columns
        if column.required or column.name in found.table.key
    ]
    by_name = {name: guess.score for name, guess in found.guesses.items()}
    share = sum(by_name.get(column.name, 0) for column in required) / len(required)
    own = sum(by_name.values()) / max(len(sample.columns), 1)
    return share + own + 0.6 * _name_speaks_for(sample, found.table)


def _name_speaks_for(sample: Sample, table: Table) -> bool:
    name = sample.path.name
    words = set(spelt(re.split(r"\.", name)[0]).split())
    return table_of_file(name) == table.name or bool(
        words & {table.name, *_words()["tables"].get(table.name, ())}
    )


def _guesses(sample: Sample, table: Table) -> dict[str, Guess]:
    """One source's column for each of the table's, the best pairs first."""
    pairs = sorted(
        (
            (_score(field, values, column, table), column.name, field)
            for field, values in sample.columns.items()
            for column in table.columns
        ),
        key=lambda pair: -pair[0],
    )
    found: dict[str, Guess] = {}
    used: set[str] = set()
    for score, name, field in pairs:
        if score >= _LEAST and name not in found and field not in used:
            found[name] = Guess(field, score)
            used.add(field)
    _by_kind(sample, table, found, used)
    return found


def _by_kind(sample: Sample, table: Table, found: dict[str, Guess], used: set[str]) -> None:
    """A required amount or date without a name like it: the one column of that kind, doubtful."""
    for column in table.columns:
        kinds = {"money": ("number",), "date": ("date",), "ts": ("date",)}.get(column.type)
        if not column.required or column.name in found or kinds is None:
            continue
        left = [
            field
            for field, values in sample.columns.items()
            if field not in used and values.kind in kinds
        ]
        if len(left) == 1:
            found[column.name] = Guess(left[0], _LEAST)
            used.add(left[0])


def _score(field: str, values: ColumnValues, column: Column, table: Table) -> float:
    """0 to 1: how much a name and its values speak for a column."""
    kinds = _FITTING.get(column.type, _NUMBERS)
    if values.kind == "empty":
        fit = 0.9
    elif values.kind in kinds:
        fit = 1.0
    else:
        return 0.0
    return fit * _name_score(spelt(field), column, table)


def _name_score(name: str, column: Column, table: Table) -> float:
    wanted = spelt(column.name)
    words: list[str] = _words()["columns"].get(column.name, [])
    squeezed = [word.replace(" ", "") for word in (wanted, *words)]
    if name.replace(" ", "") in squeezed:
        # The first words mean the column more surely than the last.
        position = squeezed.index(name.replace(" ", ""))
        return 0.95 - 0.001 * position if position else 1.0
    if name in ("id", "no", "number") and (column.name,) == table.key:
        return 0.8
    near = difflib.get_close_matches(name, (wanted, *words), n=1, cutoff=_NEAR)
    if near:
        return 0.85 * difflib.SequenceMatcher(None, name, near[0]).ratio()
    tokens = name.split()
    if column.type == "id" and not _OF_IDS & set(tokens):
        return 0.0
    within = [each for each in (wanted, *words) if len(each) > 3 and set(each.split()) <= {*tokens}]
    # The last word says what it is: an address city is a city.
    return max((0.65 + 0.02 * (each.split()[-1] == tokens[-1]) for each in within), default=0.0)


def spelt(name: str) -> str:
    """A name as words in lower case, without accents and signs: ``nameOrig`` → ``name orig``."""
    name = name.replace("ß", "ss")
    for umlaut, written in zip("äöüÄÖÜ", ("ae", "oe", "ue", "Ae", "Oe", "Ue"), strict=True):
        name = name.replace(umlaut, written)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", plain)
    return " ".join(re.findall(r"[a-z0-9]+", parted.lower()))


@functools.cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(
        (Path(__file__).parent / "words.yml").read_text(encoding="utf-8")
    )
    return found


def unused(sample: Sample, guess: TableGuess) -> Sequence[str]:
    """The source's columns that no column of the table was found for."""
    taken = {each.field for each in guess.guesses.values()}
    return [field for field in sample.columns if field not in taken]
