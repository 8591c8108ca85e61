"""Renews the files that follow from others: notebooks, exposures, the README's counts.

python -m tools.derived [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.derived import counts, exposures, notebooks, reference


def files() -> dict[Path, str]:
    """Every such file, and what should stand in it."""
    return notebooks.files() | exposures.files() | reference.files() | counts.files()


def stale_files() -> list[Path]:
    """The files that are not what they should be."""
    return [
        path
        for path, text in files().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main() -> None:
    """Write the files, or with --check say which are stale."""
    stale = stale_files()
    if "--check" in sys.argv[1:]:
        names = ", ".join(path.name for path in stale)
        sys.exit(f"{names}: run python -m tools.derived." if stale else 0)
    wanted = files()
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")


if __name__ == "__main__":
    main()
