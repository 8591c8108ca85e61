"""Which files a load is about: their tables, their extract times, and their order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from bullion.contract import load_contract, table
from bullion.errors import BullionError
from bullion.ingest.left_out import LeftOut, is_litter, no_table, reason_by_name, summed_up
from bullion.ingest.reading.files import text_of_name
from bullion.ingest.reading.source import EXTENSIONS, uncompressed_name
from bullion.printing import printable

END_OF_DAY = time(23, 59, 59)
# Kiritimati is the first where a day begins.
_FIRST_ZONE = timedelta(hours=14)
_LINES_SHOWN = 5
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")
_PART = re.compile(r"(?:[._-]?\d[\w.-]*|[._-]part[\w.-]*)?")


@dataclass(frozen=True)
class FileTask:
    """One file to load. ``extracted_at`` is None when the file's own newest event must say it.

    ``source_file`` is the name kept in bronze: the dated folder and the file's name, never the
    path on this machine, so that the same files give the same rows everywhere. Bytes of the name
    that are not UTF-8 stand in it as ``\\xff``.
    """

    path: Path
    table_name: str
    source_file: str
    extracted_at: datetime | None


@dataclass(frozen=True)
class Plan:
    """Files in the order in which they are loaded, and a line for each kind that is left out."""

    tasks: list[FileTask]
    skipped: list[str]


def plan_load(
    paths: Sequence[Path], table_name: str | None = None, extracted_at: datetime | None = None
) -> Plan:
    """All files to load: by date of their folder, then in the contract's order, then by name.

    A path is a file, a folder of table files, or a folder of dated folders (``YYYY-MM-DD``). Each
    file of a folder is either to be loaded or named in ``skipped`` with the reason.
    ``extracted_at`` is for files outside dated folders. Raises BullionError when a path is not
    there, a named file belongs to no table, or nothing is to be loaded.
    """
    if table_name is not None:
        table(table_name)
    tasks: list[FileTask] = []
    left_out: list[LeftOut] = []
    for path in paths:
        if path.is_dir():
            tasks += _folder(path, table_name, extracted_at, left_out, set())
        elif path.exists() or path.is_symlink():
            tasks.append(_task(path, table_name or _named(path), extracted_at))
        else:
            raise BullionError(f"{printable(str(path))} is not there: give a file or a folder.")
    skipped = summed_up(left_out)
    if not tasks:
        found = f"; there is: {'; '.join(skipped[:_LINES_SHOWN])}" if skipped else ""
        raise BullionError(
            f"No table file in {', '.join(printable(str(path)) for path in paths)}: files are "
            "named after the tables (transactions.csv, customers.parquet …), or give "
            f"--table{found}."
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
    stem = uncompressed_name(name)
    suffix = Path(stem).suffix
    if suffix in EXTENSIONS or suffix[1:].isalpha() or suffix == ".7z":
        stem = stem.removesuffix(suffix)
    for known in sorted(load_contract(), key=len, reverse=True):
        if stem.startswith(known) and _PART.fullmatch(stem[len(known) :]):
            return known
    return None


def _folder(
    folder: Path,
    table_name: str | None,
    extracted_at: datetime | None,
    left_out: list[LeftOut],
    seen: set[tuple[int, int]],
) -> list[FileTask]:
    status = folder.stat()
    if (status.st_dev, status.st_ino) in seen:
        left_out.append(LeftOut(folder, "a link to a folder that was read already"))
        return []
    seen.add((status.st_dev, status.st_ino))
    tasks = []
    for path in sorted(folder.iterdir()):
        if is_litter(path.name):
            continue
        if path.is_dir():
            if _day_of(path) is not None:
                tasks += _folder(path, table_name, extracted_at, left_out, seen)
            else:
                left_out.append(LeftOut(path, _no_extract(path)))
            continue
        found = table_name or table_of_file(path.name)
        reason = reason_by_name(path.name, found is not None)
        if reason is not None or found is None:
            left_out.append(LeftOut(path, reason or no_table(path.name)))
        else:
            tasks.append(_task(path, found, extracted_at))
    return tasks


def _no_extract(folder: Path) -> str:
    """Why a folder within a folder is not read."""
    if folder.name.startswith("."):
        return "a hidden folder"
    named = table_of_file(folder.name)
    advice = f"; give it by name with --table {named}" if named else ""
    return f"a folder whose name is no date (YYYY-MM-DD){advice}"


def _task(path: Path, table_name: str, extracted_at: datetime | None) -> FileTask:
    folder = path.absolute().parent
    day = _day_of(folder)
    name = text_of_name(path)
    if day is None:
        return FileTask(path, table_name, name, extracted_at)
    moment = require_past(end_of_day(day), f"The folder {printable(str(folder))}")
    return FileTask(path, table_name, f"{folder.name}/{name}", moment)


def _named(path: Path) -> str:
    found = table_of_file(path.name)
    if found is None:
        raise BullionError(
            f"{printable(str(path))}: {no_table(path.name)}; say which with --table."
        )
    return found


def _day_of(folder: Path) -> date | None:
    if not _DATED.fullmatch(folder.name):
        return None
    try:
        return date.fromisoformat(folder.name)
    except ValueError:
        return None
