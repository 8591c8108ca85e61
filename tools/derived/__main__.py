"""Renews what follows from other files: notebooks, exposures, the README's counts, silver's yml.

python -m tools.derived [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.derived import (
    contract_macro,
    counts,
    exposures,
    mapping_schema,
    notebooks,
    reference,
    silver_yml,
)


def files() -> dict[Path, str]:
    """Every such file, and what should stand in it."""
    makers = (notebooks, exposures, counts, silver_yml, contract_macro, mapping_schema, reference)
    return {path: text for maker in makers for path, text in maker.files().items()}


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
