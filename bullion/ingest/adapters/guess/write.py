"""The text of a first mapping: what is sure, what is doubtful, and what must still be said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml

from bullion.contract import Column, Table
from bullion.errors import BullionError
from bullion.ingest.adapters.guess.match import Guess, TableGuess, best_table, unused
from bullion.ingest.adapters.guess.sample import Sample, read_sample
from bullion.ingest.adapters.guess.values import ISO
from bullion.ingest.adapters.mapping import Mapping
from bullion.ingest.checking.values import strptime_format
from bullion.printing import printable

_WORDS_SHOWN = 12


@dataclass(frozen=True)
class _Part:
    """A source with the table that it fills."""

    name: str
    file: str
    sample: Sample
    guess: TableGuess


def first_mapping(paths: Sequence[Path], table: Table | None = None) -> str:
    """A mapping of the files as far as their names and values tell, as YAML with comments.

    Files of the same columns become one source by a pattern. Raises BullionError where a file
    cannot be read as a table.
    """
    parts: list[_Part] = []
    for file, sample in _gathered([read_sample(path) for path in paths]):
        name = _source_name(file, [part.name for part in parts])
        parts.append(_Part(name, file, sample, best_table(sample, table)))
    lines = [
        "# A first mapping, written by `bullion adapt`: a guess by names and values of a sample.",
        "# Look at each line, above all at those marked doubtful, and say what is required.",
        f"description: {_quoted('Layout of ' + ', '.join(part.file for part in parts) + '.')}",
        "sources:",
    ]
    for part in parts:
        lines += _source(part)
    lines += _extracted_at(parts)
    lines.append("tables:")
    filled: dict[str, str] = {}
    for part in parts:
        other = filled.setdefault(part.guess.table.name, part.name)
        if other == part.name:
            lines += _table(part)
        else:
            lines.append(
                f"  # {part.name} looks like {part.guess.table.name} as well: join it to the "
                "SELECT above with union all, or say another table."
            )
    text = "\n".join(lines) + "\n"
    Mapping.model_validate(yaml.safe_load(text))
    return text


def _gathered(samples: Sequence[Sample]) -> list[tuple[str, Sample]]:
    """Each sample by its file's name; those of one layout and like names by one pattern."""
    groups: dict[tuple[object, ...], list[Sample]] = {}
    for sample in samples:
        stem = re.sub(r"\d+", "", sample.path.name)
        layout = (stem, tuple(sample.columns), sample.delimiter, sample.skip_lines)
        groups.setdefault(layout, []).append(sample)
    return [
        (_pattern([each.path.name for each in group]), max(group, key=lambda one: one.records))
        for group in groups.values()
    ]


def _pattern(names: Sequence[str]) -> str:
    if len(set(names)) == 1:
        return names[0]
    first, last = min(names), max(names)
    start = next(at for at in range(len(first)) if first[at : at + 1] != last[at : at + 1])
    end = next(
        at for at in range(len(first)) if first[::-1][at : at + 1] != last[::-1][at : at + 1]
    )
    start = len(first[:start].rstrip("0123456789"))
    end = len(first) - len(first[len(first) - end :].lstrip("0123456789"))
    return f"{first[:start]}*{first[end:]}"


def _source_name(file: str, taken: Sequence[str]) -> str:
    stem = file.partition(".")[0]
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_") or "records"
    reserved = duckdb.execute(
        "select 1 from duckdb_keywords() where keyword_category = 'reserved' and keyword_name = ?",
        [name],
    ).fetchone()
    if name[0].isdigit() or reserved:
        name = f"source_{name}"
    wanted, number = name, 2
    while name in taken:
        name = f"{wanted}_{number}"
        number += 1
    return name


def _source(part: _Part) -> list[str]:
    sample = part.sample
    lines = [f"  {part.name}:", f"    file: {_quoted(part.file)}"]
    if sample.delimiter is not None:
        lines.append(
            f"    delimiter: {'tab' if sample.delimiter == chr(9) else _quoted(sample.delimiter)}"
        )
    if sample.encoding is not None:
        lines.append(f"    encoding: {sample.encoding}  # doubtful: its bytes are not UTF-8")
    if sample.skip_lines:
        lines.append(f"    skip_lines: {sample.skip_lines}")
    if sample.delimiter is not None or sample.format == "xlsx":
        lines.append(f"    header: {'true' if sample.has_header else 'false'}")
    if sample.decimal != ".":
        doubt = "  # doubtful: some columns have a point" if sample.is_decimal_doubtful else ""
        lines.append(f'    decimal: "{sample.decimal}"{doubt}')
    formats = sample.date_formats
    if formats[0] != ISO:
        others = " or ".join(formats[1:])
        doubt = f"  # doubtful: {others} would fit as well" if others else ""
        lines.append(f"    date_format: {formats[0]}{doubt}")
    return lines


def _extracted_at(parts: Sequence[_Part]) -> list[str]:
    """The newest date of the events, or of whatever dates there are."""
    for part in parts:
        event = part.guess.guesses.get(part.guess.table.event_time or "")
        dates = [name for name, values in part.sample.columns.items() if values.kind == "date"]
        field = event.field if event is not None and event.field in dates else None
        if field is None and not dates:
            continue
        written = strptime_format(part.sample.columns[field or dates[0]].date_formats[0])
        if part.sample.date_formats[0] in part.sample.columns[field or dates[0]].date_formats:
            written = strptime_format(part.sample.date_formats[0])
        column = f"trim({_name(field or dates[0])})"
        times = ", ".join(f"'{written}{time}'" for time in ("", " %H:%M:%S", " %H:%M"))
        moment = f"try_strptime({column}, [{times}])"
        if written == strptime_format(ISO):
            moment = f"try_cast({column} as timestamp)"
        doubt = "" if field else "  -- doubtful: the first column of dates"
        return [
            "extracted_at: |",
            f"  select max({moment})::date{doubt}",
            f"  from {part.name}",
        ]
    return [
        "# No column of dates was found: give the day of the extract with --extracted-at.",
        "extracted_at: select null::date",
    ]


def _table(part: _Part) -> list[str]:
    guess = part.guess
    missing = {column.name for column in guess.missing}
    lines = [f"  {guess.table.name}:", f"    from: [{part.name}]", "    sql: |", "      select"]
    for column in guess.table.columns:
        if column.name in guess.guesses:
            lines.append(f"        {_selected(column, guess.guesses[column.name], part)}")
        elif column.name in missing:
            said = f"-- required: say what it is{_hint(column, guess.table)}"
            lines.append(f"        null as {column.name},  {said}")
    lines.append("        _source_row")
    rest = unused(part.sample, guess)
    if rest:
        lines.append("        -- not used:")
        lines += [f"        --   {_comment(_name(field))}{_shown(part, field)}" for field in rest]
    lines.append(f"      from {part.name}")
    return lines


def _selected(column: Column, guess: Guess, part: _Part) -> str:
    values = part.sample.columns[guess.field]
    sql = _name(guess.field)
    own = part.sample.date_formats[0]
    doubts = [] if guess.is_sure else ["by its name or its values alone"]
    if values.kind == "date" and column.type in ("date", "ts") and own not in values.date_formats:
        sql = f"try_strptime(trim({sql}), '{strptime_format(values.date_formats[0])}')"
    if column.values:
        strange = [word for word in values.words if word not in column.values]
        if strange:
            doubts.append(f"has {_listed(strange)}, the contract {_listed(column.values)}")
    if column.type in ("rate", "score") and values.kind in ("number", "whole"):
        doubts.append("the contract has fractions, 0.045 for 4.5 %")
    doubt = f"  -- doubtful: {'; '.join(doubts)}" if doubts else ""
    return f"{sql} as {column.name},{doubt}"


def _hint(column: Column, table: Table) -> str:
    if column.values:
        return f": {_listed(column.values)}"
    if column.name == "currency":
        return ", as 'EUR'"
    if (column.name,) == table.key:
        return ", as 'x-' || _source_row"
    if column.type == "id":
        return ", as '1' if there is but one"
    return ""


def _shown(part: _Part, field: str) -> str:
    """A column's kind and, of words that repeat, none: values may be personal."""
    kind = part.sample.columns[field].kind
    return f"  ({kind})"


def _listed(words: Sequence[str]) -> str:
    shown = [_comment(word) for word in words[:_WORDS_SHOWN]]
    return ", ".join(shown) + (" …" if len(words) > _WORDS_SHOWN else "")


def _name(field: str) -> str:
    if not field.isprintable():
        raise BullionError(
            f"The column '{printable(field)}' has control characters in its name: mend its file's "
            "header, or say header: false and columns in a mapping of your own."
        )
    return '"' + field.replace('"', '""') + '"'


def _comment(text: str) -> str:
    return printable(text)[:60]


def _quoted(text: str) -> str:
    """Text as YAML's double quotes hold it."""
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
