"""Why files of a folder are not loaded, told by their names; many of a kind in one line."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bullion.contract import load_contract
from bullion.ingest.reading.kinds import COMPRESSED_ENDINGS
from bullion.ingest.reading.source import EXTENSIONS, uncompressed_name
from bullion.printing import printable

_NAMES_SHOWN = 3
# What operating systems and version control leave in folders: nobody misses it.
_LITTER = {".ds_store", "thumbs.db", "desktop.ini", ".gitkeep", ".gitignore", ".directory"}
_LITTER_BEGINNINGS = ("._", ".nfs", ".trash", ".spotlight")
_BEGINNINGS: dict[str, tuple[str, ...]] = {
    "hidden": (".",),
    "a marker of the program that wrote the folder": (
        *("_success", "_committed", "_started", "_metadata", "_common_metadata", "_temporary"),
    ),
    "a lock of an office program": ("~$",),
}
_ENDINGS: dict[str, tuple[str, ...]] = {
    "a checksum or a signature": (
        *(".md5", ".sha1", ".sha256", ".sha512", ".crc", ".sig", ".asc.sig", ".md5sum"),
        *(".sha256sum", ".checksum"),
    ),
    "not finished (a part of a download?)": (
        *(".part", ".partial", ".filepart", ".crdownload", ".tmp", ".temp", ".download", ".swp"),
        *(".lock", ".~lock"),
    ),
    "a copy that something kept": (".bak", ".old", ".orig", ".rej", "~"),
    "a document, not data": (
        *(".pdf", ".doc", ".docx", ".md", ".rst", ".html", ".htm", ".rtf", ".ppt", ".pptx"),
        *(".log", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".eml", ".msg"),
    ),
    "a program or its settings": (
        *(".py", ".sql", ".sh", ".yml", ".yaml", ".toml", ".ini", ".cfg", ".ipynb", ".r", ".sas"),
        *(".xsd", ".dtd", ".ctl", ".schema", ".bat"),
    ),
}
_DOCUMENTS = ("readme", "license", "licence", "changelog", "manifest", "notice", "copying")
# Tables in formats that are not read: what is named after a table is tried, and refused by name.
_OTHER_DATA = {
    *(".orc", ".avro", ".xls", ".xlsb", ".ods", ".feather", ".arrow", ".ipc", ".sqlite", ".db"),
    *(".duckdb", ".xml", ".7z", ".rar", ".tar", ".tgz", ".z", ".lz4", ".dta", ".sav", ".sas7bdat"),
    *(".mdb", ".accdb", ".pkl", ".h5", ".hdf5", ".numbers", ".gpg", ".pgp", ".enc"),
}


@dataclass(frozen=True)
class LeftOut:
    """A file or folder that is not loaded, and why, as the end of a sentence."""

    path: Path
    reason: str


def is_litter(name: str) -> bool:
    """Whether it is of the operating system, and not worth a word."""
    name = name.lower()
    return name in _LITTER or name.startswith(_LITTER_BEGINNINGS)


def reason_by_name(name: str, is_of_table: bool) -> str | None:
    """Why a file of that name is not opened; None where it is.

    ``is_of_table``: its name means a table of the contract. Then data in a format that is not read
    is opened all the same, and refused, for it is missed.
    """
    lower = name.lower()
    reason = _companion(lower)
    stem = uncompressed_name(name)
    ending = Path(stem).suffix
    is_packed_alone = not ending and stem != lower
    is_data = ending in EXTENSIONS or ending in _OTHER_DATA or is_packed_alone
    if reason is not None or (is_of_table and is_data):
        return reason
    if stem.partition(".")[0].startswith(_DOCUMENTS):
        return "a document, not data"
    if not is_data:
        known = ", ".join([*EXTENSIONS, *COMPRESSED_ENDINGS])
        shown = printable(Path(lower).suffix) or "no ending"
        return f"its ending is none that is read in a folder ({shown}; read are {known})"
    return no_table(name)


def _companion(lower: str) -> str | None:
    """What a file is that stands beside data, by its name in lower case."""
    for reason, beginnings in _BEGINNINGS.items():
        if lower.startswith(beginnings):
            return reason
    return next((reason for reason, ends in _ENDINGS.items() if lower.endswith(ends)), None)


def no_table(name: str) -> str:
    """That a file's name is no table, with the one it may mean."""
    stem = name.lower().partition(".")[0]
    near = difflib.get_close_matches(stem, load_contract(), n=1)
    hint = f" (is it {near[0]}?)" if near else ""
    return f"its name is no table of the contract{hint}"


def summed_up(left_out: Sequence[LeftOut]) -> list[str]:
    """A line for each reason: the files, the first few where they are many."""
    by_reason: dict[str, list[Path]] = {}
    for each in left_out:
        by_reason.setdefault(each.reason, []).append(each.path)
    lines = []
    for reason, paths in by_reason.items():
        if len(paths) == 1:
            lines.append(f"{printable(str(paths[0]))}: {reason}")
            continue
        names = ", ".join(printable(path.name) for path in paths[:_NAMES_SHOWN])
        more = len(paths) - _NAMES_SHOWN
        lines.append(f"{names}{f' and {more:,} more' if more > 0 else ''}: {reason}")
    return lines
