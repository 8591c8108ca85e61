"""The header of a delimited file: which delimiter, which column of the contract stands where."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bullion.contract import METADATA_COLUMNS, Table
from bullion.errors import BullionError
from bullion.ingest.reading.refused import RejectedFileError
from bullion.printing import printable

DELIMITERS = (",", ";", "\t", "|")
OPERATION = "_op"
_NAMES_SHOWN = 20
_DELIMITER_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


@dataclass(frozen=True)
class Header:
    """Where the contract's columns stand in a file.

    ``names`` has one entry a field of the file: the contract column (or ``_op``), or
    ``extra:<ordinal>`` for a field that is kept out; ``extra`` are those fields' own names;
    ``missing`` the optional contract columns that the file does not have.
    """

    names: tuple[str, ...]
    extra: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def known(self) -> list[str]:
        """The contract columns (and ``_op``) that the file has, in the file's order."""
        return [name for name in self.names if not name.startswith("extra:")]


def delimiter_from_option(text: str) -> str:
    """The delimiter a user gave: one character, or tab, comma, semicolon, pipe."""
    delimiter = _DELIMITER_NAMES.get(text.lower(), text)
    if len(delimiter) != 1 or delimiter in '"\r\n' or ord(delimiter) > 127:
        raise BullionError(f"--delimiter '{text}' is not one: give , ; | or tab.")
    return delimiter


def split_line(line: str, delimiter: str) -> list[str]:
    """Fields of one header line (quotes honoured); where they are broken, what lies between."""
    try:
        return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def sniff_delimiter(line: str, wanted: Sequence[str]) -> str:
    """The delimiter under which most of the wanted column names appear in the header line."""
    names = set(wanted)

    def score(delimiter: str) -> tuple[int, int]:
        fields = [normalised(field) for field in split_line(line, delimiter)]
        return sum(field in names for field in fields), len(fields)

    return max(DELIMITERS, key=score)


def trailing_fields(record: str, delimiter: str, width: int) -> int:
    """How many empty fields a file's first record has past the header's last, if nothing else."""
    beyond = split_line(record, delimiter)[width:]
    return 0 if any(beyond) else len(beyond)


def header_notes(extra: Sequence[str], missing: Sequence[str]) -> list[str]:
    """What to tell about columns that are not read or not there."""
    notes = []
    if extra:
        named = [printable(name) for name in extra if name.strip()]
        listed = named[:_NAMES_SHOWN]
        if len(named) > _NAMES_SHOWN:
            listed.append(f"{len(named) - _NAMES_SHOWN:,} more")
        if len(named) < len(extra):
            listed.append(f"{len(extra) - len(named)} without a name")
        notes.append(f"kept out: {', '.join(listed)} (not in the contract)")
    if missing:
        notes.append(f"not in the file, so null: {', '.join(missing)}")
    return notes


def match_header(table: Table, fields: Sequence[str], file_name: str) -> Header:
    """Match a file's field names (any order, any case) to a table of the contract.

    Raises RejectedFileError (kind ``header``) when a column stands twice or a required one is not
    there.
    A file with ``_op`` may hold nothing but deletes, so it needs only the key.
    """
    wanted = [*table.column_names, OPERATION]
    given = [normalised(field) for field in fields]
    twice = sorted(name for name, count in Counter(given).items() if count > 1 and name in wanted)
    if twice:
        raise RejectedFileError(
            "header", f"{file_name}: the header has {', '.join(twice)} more than once; keep one."
        )
    required = [
        column.name
        for column in table.columns
        if column.name in table.key or (column.required and OPERATION not in given)
    ]
    absent = [name for name in required if name not in given]
    if absent:
        raise RejectedFileError("header", _absent_message(table, absent, given, file_name))
    names = tuple(
        name if name in wanted else f"extra:{ordinal}" for ordinal, name in enumerate(given)
    )
    extra = tuple(
        field
        for field, name in zip(fields, given, strict=True)
        if name not in wanted and name not in METADATA_COLUMNS
    )
    missing = tuple(name for name in table.column_names if name not in given)
    return Header(names, extra, missing)


def normalised(field: str) -> str:
    """A field name as the contract would write it: ``" Customer ID "`` → ``customer_id``."""
    return re.sub(r"[\s\-.]+", "_", field.strip().strip("\ufeff\"'").strip().lower())


def _absent_message(table: Table, absent: list[str], given: list[str], file_name: str) -> str:
    if not set(given) & set(table.column_names):
        return (
            f"{file_name}: the first line holds none of the columns of {table.name}; a header "
            f"line with the contract's names is needed ({', '.join(table.column_names[:4])} …)."
        )
    hints = []
    unknown = [name for name in given if name not in table.column_names]
    for name in absent:
        near = difflib.get_close_matches(name, unknown, n=1, cutoff=0.75)
        hints.append(f"{name} (is it '{printable(near[0])}'?)" if near else name)
    plural = "s" if len(absent) > 1 else ""
    return (
        f"{file_name}: the header lacks the required column{plural} {', '.join(hints)} of "
        f"{table.name}; add or rename."
    )
