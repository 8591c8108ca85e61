"""Which files a load is about: their tables, their extract times, and their order."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from bullion.contract import load_contract, table
from bullion.errors import BullionError
from bullion.ingest.reading.source import EXTENSIONS

END_OF_DAY = time(23, 59, 59)
# Kiritimati is the first where a day begins.
_FIRST_ZONE = timedelta(hours=14)
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")
_PART = re.compile(r"(?:[._-]?\d[\w.-]*|[._-]part[\w.-]*)?")


@dataclass(frozen=True)
class FileTask:
    """One file to load. ``extracted_at`` is None when the file's own newest event must say it.

    ``source_file`` is the name kept in bronze: the dated folder and the file's name, never the
    path on this machine, so that the same files give the same rows everywhere.
    """

    path: Path
    table_name: str
    source_file: str
    extracted_at: datetime | None


@dataclass(frozen=True)
class Plan:
    """Files in the order in which they are loaded, and files of a folder that were left out."""

    tasks: list[FileTask]
    skipped: list[str]


def plan_load(
    paths: Sequence[Path], table_name: str | None = None, extracted_at: datetime | None = None
) -> Plan:
    """All files to load: by date of their folder, then in the contract's order, then by name.

    A path is a file, a folder of table files, or a folder of dated folders (``YYYY-MM-DD``).
    ``extracted_at`` is for files outside dated folders. Raises BullionError when a path is not
    there, a named file belongs to no table, or nothing is to be loaded.
    """
    if table_name is not None:
        table(table_name)
    tasks: list[FileTask] = []
    skipped: list[str] = []
    for path in paths:
        if path.is_dir():
            tasks += _folder(path, table_name, extracted_at, skipped)
        elif path.exists():
            tasks.append(_task(path, table_name or _named(path), extracted_at))
        else:
            raise BullionError(f"{path} is not there: give a file or a folder.")
    if not tasks:
        raise BullionError(
            f"No table file in {', '.join(map(str, paths))}: files are named after the tables "
            "(transactions.csv, customers.parquet …), or give --table."
        )
    order = list(load_contract())
    tasks.sort(
        key=lambda task: (
            task.extracted_at is not None,
            task.extracted_at or 0,
            order.index(task.table_name),
            task.source_file,
        )
    )
    return Plan(tasks, skipped)


def end_of_day(day: date) -> datetime:
    """The extract time of a dated folder: 23:59:59 of its day."""
    return datetime.combine(day, END_OF_DAY)


def latest_extract() -> datetime:
    """The latest time (UTC) of which an extract can be today: the end of the day that it is now
    where days begin first.

    Nothing else that decides what is loaded reads the clock. An extract of a day to come would win
    over all until then, and everything would be known as of that day.
    """
    return end_of_day((datetime.now(UTC) + _FIRST_ZONE).date())


def require_past(extracted_at: datetime, place: str) -> datetime:
    """The same time; raises BullionError naming ``place`` where no extract can be of it yet."""
    if extracted_at > latest_extract():
        raise BullionError(
            f"{place} is of {extracted_at}, which is still to come: an extract is of the time at "
            "which it was made."
        )
    return extracted_at


def parse_extracted_at(text: str) -> datetime:
    """``--extracted-at``: a day (its end) or a timestamp; an offset is resolved to UTC.

    Raises BullionError where it is no time, or still to come.
    """
    try:
        if _DATED.fullmatch(text):
            moment = end_of_day(date.fromisoformat(text))
        else:
            moment = datetime.fromisoformat(text)
        offset = moment.utcoffset()
        if offset is not None:
            moment = moment.replace(tzinfo=None) - offset
    except (ValueError, OverflowError) as error:
        raise BullionError(
            f"--extracted-at '{text}' is not a time: give YYYY-MM-DD or 'YYYY-MM-DD HH:MM:SS'."
        ) from error
    return require_past(moment, f"--extracted-at '{text}'")


def table_of_file(name: str) -> str | None:
    """The table a file name means: ``transactions.csv``, ``transactions_2024-01.csv.gz`` …"""
    stem = name.lower().removesuffix(".gz")
    suffix = Path(stem).suffix
    if suffix in EXTENSIONS:
        stem = stem.removesuffix(suffix)
    for known in sorted(load_contract(), key=len, reverse=True):
        if stem.startswith(known) and _PART.fullmatch(stem[len(known) :]):
            return known
    return None


def _folder(
    folder: Path, table_name: str | None, extracted_at: datetime | None, skipped: list[str]
) -> list[FileTask]:
    tasks = []
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if _day_of(path) is not None:
                tasks += _folder(path, table_name, extracted_at, skipped)
        elif not path.name.startswith(".") and _is_data(path):
            found = table_name or table_of_file(path.name)
            if found is None:
                skipped.append(f"{path}: {_no_table(path)}")
            else:
                tasks.append(_task(path, found, extracted_at))
    return tasks


def _task(path: Path, table_name: str, extracted_at: datetime | None) -> FileTask:
    folder = path.absolute().parent
    day = _day_of(folder)
    if day is None:
        return FileTask(path, table_name, path.name, extracted_at)
    moment = require_past(end_of_day(day), f"The folder {folder}")
    return FileTask(path, table_name, f"{folder.name}/{path.name}", moment)


def _named(path: Path) -> str:
    found = table_of_file(path.name)
    if found is None:
        raise BullionError(f"{path}: {_no_table(path)}; say which with --table.")
    return found


def _no_table(path: Path) -> str:
    stem = path.name.lower().partition(".")[0]
    near = difflib.get_close_matches(stem, load_contract(), n=1)
    hint = f" (is it {near[0]}?)" if near else ""
    return f"its name is no table of the contract{hint}"


def _day_of(folder: Path) -> date | None:
    if not _DATED.fullmatch(folder.name):
        return None
    try:
        return date.fromisoformat(folder.name)
    except ValueError:
        return None


def _is_data(path: Path) -> bool:
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix in EXTENSIONS
