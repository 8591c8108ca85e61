"""dbt's reading of the project, kept from one test's warehouse for the next: it takes ten seconds.

dbt holds what it has read to be valid for a connection, so the databases of tests take turns with
few names.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

_FILE = "partial_parse.msgpack"
_kept = tempfile.TemporaryDirectory(prefix="bullion-parsed-")


def bring_parsed(target: Path, database: str) -> None:
    """Put what is known of the project into dbt's target folder, unless it has its own."""
    kept = Path(_kept.name) / database
    if kept.exists() and not (target / _FILE).exists():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(kept, target / _FILE)


def keep_parsed(target: Path, database: str) -> None:
    """Keep what dbt has read, when nothing is known yet."""
    kept = Path(_kept.name) / database
    if not kept.exists():
        shutil.copy(target / _FILE, kept)
