"""The data dictionary: dbt's generated docs as one static HTML file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bullion.engines.build import dbt_arguments
from bullion.errors import BullionError
from bullion.paths import work_dir
from bullion.settings import Settings, target_dir

PLACE = Path("docs") / "index.html"
_CODE = """
import sys
from dbt.cli.main import dbtRunner
sys.exit(not dbtRunner().invoke(sys.argv[1:]).success)
"""


def is_current(report: Path, home: Path) -> bool:
    """Whether the report's dictionary is younger than what dbt has last done to the project."""
    try:
        return (report / PLACE).stat().st_mtime > _manifest(home).stat().st_mtime
    except FileNotFoundError:
        return False


def make_dictionary(settings: Settings) -> Path:
    """Generate the docs of the warehouse as it is built; returns the file.

    Raises BullionError with dbt's last words when that fails.
    """
    command = ["docs", "generate", *dbt_arguments("docs")[1:], "--static"]
    if _manifest(settings.home).exists():
        # A build has compiled the models.
        command.append("--no-compile")
    done = subprocess.run(
        [sys.executable, "-c", _CODE, *command],
        env=settings.child_environ(),
        cwd=work_dir(),
        capture_output=True,
        text=True,
        check=False,
    )
    file = target_dir(settings.home) / "static_index.html"
    if done.returncode != 0 or not file.exists():
        raise BullionError(f"dbt could not generate its docs: {done.stdout[-800:].strip()}")
    return file


def _manifest(home: Path) -> Path:
    return target_dir(home) / "manifest.json"
