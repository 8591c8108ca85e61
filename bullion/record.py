"""``server.json``, the embedded server's record: its port, where its data are, and whose it is.

A home that was copied with its record is a home of its own: its record still names the original.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

DATA_FOLDER = "postgres"


@dataclass(frozen=True)
class Record:
    """What is known of a home's server. ``base`` is the folder of its data, where it stands
    elsewhere; ``problem`` a line where the record is damaged or another home's. The data of a
    damaged one may still be where such a home's are put."""

    port: int | None = None
    base: Path | None = None
    problem: str = ""
    is_damaged: bool = False


def record_of(home: Path) -> Path:
    """The record's file."""
    return home / "server.json"


def read_record(home: Path) -> Record:
    """The record of a home; an empty one before the first start, and where it is not to be used."""
    file = record_of(home)
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        port, base, of = raw["port"], raw["base"], raw.get("home")
        inode = raw.get("inode")
        if not isinstance(port, int) or not 0 < port < 65536 or not isinstance(base, str):
            raise ValueError("not a port and a folder")
        if of is not None and not isinstance(of, str):
            raise ValueError("no folder")
    except FileNotFoundError:
        return Record()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        problem = f"{file} is damaged: run 'bullion up' to write it anew."
        return Record(problem=problem, is_damaged=True)
    original = Path(of) if of else _home_of(Path(base))
    if original is not None and _is_another(home, original, inode):
        return Record(
            problem=f"{home} is a copy of {original}, which has a server of its own: run "
            "'bullion up' to start one for the copy."
        )
    return Record(port, Path(base) if Path(base).is_absolute() else home / base)


def record_text(home: Path, port: int, base: Path) -> str:
    """What to write as the record of a home. Data within it are named from it, so that they move
    with it."""
    within = base.is_relative_to(home)
    record = {
        "port": port,
        "base": str(base.relative_to(home)) if within else str(base),
        "home": str(home),
        "inode": home.stat().st_ino,
    }
    return json.dumps(record, indent=1) + "\n"


def _home_of(base: Path) -> Path | None:
    """The home that a record without one was made for, where its data are within it."""
    return base.parent if base.name == DATA_FOLDER and (base.parent / "secrets").is_dir() else None


def _is_another(home: Path, original: Path, inode: object) -> bool:
    """Whether the original is another folder that still stands; one that is gone has been moved."""
    if original == home:
        return False
    try:
        standing = original.stat()
    except OSError:
        return False
    own = home.stat()
    if (own.st_dev, own.st_ino) == (standing.st_dev, standing.st_ino):
        return False
    # A home that was moved keeps its number, also where another stands in its old place.
    return own.st_ino != inode or standing.st_ino == inode
