"""The data dictionary: dbt's generated docs as one static HTML file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bullion.engines.build import dbt_arguments
from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR
from bullion.settings import Settings

PLACE = Path("docs") / "index.html"
_TARGET = PROJECT_DIR / "target"
_MANIFEST = _TARGET / "manifest.json"
_FILE = _TARGET / "static_index.html"
_CODE = """
import sys
from dbt.cli.main import dbtRunner
sys.exit(not dbtRunner().invoke(sys.argv[1:]).success)
"""


def is_current(report: Path) -> bool:
    """Whether the report's dictionary is younger than what dbt has last done to the project."""
    try:
        return (report / PLACE).stat().st_mtime > _MANIFEST.stat().st_mtime
    except FileNotFoundError:
        return False


def make_dictionary(settings: Settings) -> Path:
    """Generate the docs of the warehouse as it is built; returns the file.

    Raises BullionError with dbt's last words when that fails.
    """
    command = ["docs", "generate", *dbt_arguments("docs")[1:], "--static"]
    if _MANIFEST.exists():
        # A build has compiled the models.
        command.append("--no-compile")
    done = subprocess.run(
        [sys.executable, "-c", _CODE, *command],
        env=settings.child_environ(),
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not _FILE.exists():
        raise BullionError(f"dbt could not generate its docs: {done.stdout[-800:].strip()}")
    return _FILE
