"""The house has floors: no import goes in a circle, and none goes up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import networkx as nx

from bullion.paths import PROJECT_DIR

# From the ground up; a room may import from its own floor and from those below it.
FLOORS = (
    {
        "connection_string",
        "currencies",
        "documents",
        "errors",
        "files",
        "locks",
        "paths",
        "printing",
        "record",
    },
    {"contract_file"},
    {"settings", "contract"},
    {"charts", "db", "sessions", "synth"},
    {"ingest"},
    {"server"},
    {"engines"},
    {"verify"},
    {"report"},
    {"demo"},
    {"commands"},
    {"cli"},
    {"__main__"},
)


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in sorted((PROJECT_DIR / "bullion").rglob("*.py")):
        parts = path.relative_to(PROJECT_DIR).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


def imports(path: Path, known: set[str]) -> Iterator[str]:
    """The modules of the package that a module names, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{each.name}" for each in node.names} & known
            yield from inside or ({node.module} & known)


def graph() -> nx.DiGraph:
    """Who imports whom."""
    files = modules()
    made = nx.DiGraph()
    for name, path in files.items():
        made.add_edges_from((name, other) for other in imports(path, set(files)) if other != name)
    return made


def room(module: str) -> str:
    """The part of the package that a module belongs to."""
    return module.split(".")[1] if "." in module else ""


def test_no_import_goes_in_a_circle() -> None:
    circles = [sorted(part) for part in nx.strongly_connected_components(graph()) if len(part) > 1]
    assert not circles


def test_no_import_goes_up() -> None:
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    rooms = {room(name) for name in modules()} - {""}
    assert rooms == floor.keys()
    up = [
        f"{one} -> {other}"
        for one, other in graph().edges
        if room(one) and floor[room(other)] > floor[room(one)]
    ]
    assert not up


def test_the_product_needs_no_workshop() -> None:
    for name, path in modules().items():
        text = path.read_text(encoding="utf-8")
        assert "from tools" not in text, name
        assert "import tools" not in text, name
