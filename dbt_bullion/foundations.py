"""What the result of each model rests on, told to the project's macros as ``graph.nodes[...]``.

A build skips a model of which nothing has changed, and builds an incremental one whole when its
definition has (macros/history/build_record.sql). Jinja sees the text of no macro and not which seed
holds what; dbt's manifest does. So each node of ``graph`` that a build records gets a mapping
``foundation``:

* ``logic``: a hash of what decides on its rows: its SQL, the macros of this project that it uses,
  its settings and columns, the contract where a macro reads that; of a seed, its rows. What stands
  between it and its inputs without a record of its own, such as a view, is part of it,
* ``presentation``: a hash of its descriptions and grants,
* ``variables``: the names of the variables that the logic reads,
* ``inputs``: the names of the nearest recorded nodes below it,
* ``bronze``: the names of the raw tables that it reads,
* ``reads_as_of``, ``reads_audit``: whether it reads the instant of the build, and the loads,
* ``position``: its place in an order in which each node comes after its inputs.

The macros of materialisations and hooks are left out: they say how rows come into a table, not
which.

Each test of data gets the same, without a position, as ``test_foundation``, and there beside

* ``models``: those of its inputs that a build makes, which stand at a batch,
* ``incremental``: those of them that increments change,

by which a build tests what is new alone (macros/quality/tested.sql).
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import networkx as nx

from dbt_bullion.guard import Known, may_apply, replace

PROJECT = "bullion"
KNOWN = (
    Known(
        "dbt.contracts.graph.manifest:Manifest.build_flat_graph",
        "(self)",
        ('"nodes": {k: v.to_dict(omit_none=False)',),
    ),
)
_PIN = "int_as_of"
_AUDIT = "load_audit"
# What makes the functions that a model calls in the schema of statistics.
_FUNCTIONS = f"macro.{PROJECT}.create_stats_functions"
# A build of another place is another warehouse, with a log of its own.
_VARIABLES_OF_PLACE = {"schema_suffix"}
_VARIABLE = re.compile(r"\bvar\(\s*['\"](\w+)['\"]")
_CALL = re.compile(r"\b(\w+)\(")
_COMMENT = re.compile(r"--[^\n]*")
# Settings that are no part of what rows a table has.
_PRESENTED = ("grants", "persist_docs")
_WITHOUT_EFFECT = ("access", "docs", "freshness", "group", "meta", "packages", "tags")
# By adapter, what leaves a record in the build log; elsewhere, incremental models alone.
_RECORDED = {kind: {"incremental", "table", "seed"} for kind in ("postgres", "duckdb")}


def apply(project: str) -> None:
    """Let dbt's graph, as macros see it, hold the foundations."""
    if project == PROJECT and may_apply("foundations", KNOWN):
        from dbt.contracts.graph.manifest import Manifest

        replace(Manifest, "build_flat_graph", build_flat_graph)


def build_flat_graph(manifest: Any) -> None:
    """Build the graph as dbt does, and add to each recorded node and test what it rests on."""
    inspect.unwrap(build_flat_graph)(manifest)
    nodes = manifest.flat_graph["nodes"]
    for unique_id, foundation in foundations(manifest).items():
        nodes[unique_id]["foundation"] = foundation
    for unique_id, foundation in test_foundations(manifest).items():
        nodes[unique_id]["test_foundation"] = foundation


def foundations(manifest: Any) -> dict[str, dict[str, Any]]:
    """By unique id, the foundation of each node of the project that a build records."""
    project = _Project(manifest)
    return {
        unique_id: project.foundation(unique_id) | {"position": position}
        for position, unique_id in enumerate(nx.topological_sort(project.graph))
        if project.is_recorded(unique_id)
    }


def test_foundations(manifest: Any) -> dict[str, dict[str, Any]]:
    """By unique id, the foundation of each test of data; none where tables leave no record."""
    project = _Project(manifest)
    if not project.records_tables:
        return {}
    return {
        unique_id: project.foundation(unique_id)
        | {
            "models": project.inputs_of(unique_id, "table", "incremental"),
            "incremental": project.inputs_of(unique_id, "incremental"),
        }
        for unique_id, node in manifest.nodes.items()
        if node.resource_type == "test" and node.package_name == PROJECT
    }


@dataclass(frozen=True)
class _Reach:
    """A node, with the unrecorded nodes below it and the recorded nodes and sources below those."""

    parts: set[str] = field(default_factory=set)
    inputs: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)


class _Project:
    """The nodes and macros of this project in one manifest of dbt's."""

    def __init__(self, manifest: Any) -> None:
        self._manifest = manifest
        self._recorded = _RECORDED.get(manifest.metadata.adapter_type, {"incremental"})

    @cached_property
    def graph(self) -> nx.DiGraph:
        """Models and seeds, each with an edge from what it reads."""
        graph = nx.DiGraph()
        for unique_id, node in self._manifest.nodes.items():
            if node.resource_type in ("model", "seed") and node.package_name == PROJECT:
                graph.add_node(unique_id)
                graph.add_edges_from(
                    (below, unique_id) for below in _below(node) if below in self._manifest.nodes
                )
        return graph

    def is_recorded(self, unique_id: str) -> bool:
        """Whether a build of the node leaves a record in the build log."""
        return self._manifest.nodes[unique_id].config.materialized in self._recorded

    @property
    def records_tables(self) -> bool:
        """Whether a table that is made whole in each build leaves a record too."""
        return "table" in self._recorded

    def inputs_of(self, unique_id: str, *materialized: str) -> list[str]:
        """The names of the inputs of a node that are materialised so."""
        below = (self._manifest.nodes[each] for each in self._reach(unique_id).inputs)
        return sorted(
            node.alias
            for node in below
            if node.config.materialized in materialized and node.name != _PIN
        )

    def foundation(self, unique_id: str) -> dict[str, Any]:
        """What the node rests on."""
        reach = self._reach(unique_id)
        parts = [self._manifest.nodes[part] for part in sorted(reach.parts)]
        own_texts = [getattr(part, "raw_code", "") for part in parts]
        macros = sorted(set().union(*map(self._macro_texts, parts)))
        read = [_COMMENT.sub("", text) for text in own_texts]
        return {
            "logic": _hash(
                [_logic(part) for part in parts],
                macros,
                # Macros find the contract and the silver models' rules in the graph.
                self._contract if any("graph." in text for text in macros) else None,
            ),
            "presentation": _hash(_presentation(self._manifest.nodes[unique_id])),
            "variables": sorted(_variables([*own_texts, *macros]) - _VARIABLES_OF_PLACE),
            "inputs": sorted(self._manifest.nodes[below].alias for below in reach.inputs),
            "bronze": sorted(
                source.identifier
                for source in map(self._manifest.sources.get, reach.sources)
                if source.source_name == "bronze"
            ),
            "reads_as_of": any(_PIN in text or "pinned_as_of" in text for text in read)
            or any(f"ref('{_PIN}')" in _COMMENT.sub("", text) for text in macros),
            "reads_audit": any(_AUDIT in text for text in read),
        }

    def _reach(self, unique_id: str) -> _Reach:
        reach = _Reach()
        waiting = [unique_id]
        while waiting:
            part = waiting.pop()
            reach.parts.add(part)
            for below in _below(self._manifest.nodes[part]):
                if below in self._manifest.sources:
                    reach.sources.add(below)
                elif below in self._manifest.nodes:
                    if self.is_recorded(below):
                        reach.inputs.add(below)
                    elif below not in reach.parts:
                        waiting.append(below)
        return reach

    def _macro_texts(self, node: Any) -> frozenset[str]:
        """The texts of the project's macros that a node uses, and of those that they use.

        By what dbt has found when it read the project, and by name: what stands behind ``execute``
        dbt meets only when it runs.
        """
        hooks = " ".join(
            hook.sql
            for when in ("pre_hook", "post_hook")
            for hook in getattr(node.config, when, ())
        )
        found: set[str] = set()
        waiting = [
            unique_id
            for unique_id in (*node.depends_on.macros, *_called(getattr(node, "raw_code", "")))
            if unique_id.split(".")[-1] not in _CALL.findall(hooks)
        ]
        while waiting:
            unique_id = waiting.pop()
            macro = self._manifest.macros.get(unique_id)
            if macro is not None and macro.package_name == PROJECT and unique_id not in found:
                found.add(unique_id)
                waiting.extend(macro.depends_on.macros)
                waiting.extend(_called(macro.macro_sql))
                if macro.name == "stats_schema":
                    waiting.append(_FUNCTIONS)
        return frozenset(self._manifest.macros[unique_id].macro_sql for unique_id in found)

    @cached_property
    def _contract(self) -> str:
        """The raw tables, and what silver's models say of them, as macros read it."""
        tables = [
            [source.unique_id, source.meta, source.config.to_dict(), _columns(source)]
            for source in self._manifest.sources.values()
            if source.package_name == PROJECT
        ]
        rules = [
            [unique_id, self._manifest.nodes[unique_id].config.meta]
            for unique_id in self.graph
            if "silver" in self._manifest.nodes[unique_id].fqn
        ]
        return _hash(sorted(tables, key=str), sorted(rules, key=str))


@lru_cache(maxsize=4096)
def _called(text: str) -> tuple[str, ...]:
    """The unique ids that macros of this project would have by the names that a text calls."""
    return tuple(f"macro.{PROJECT}.{name}" for name in sorted(set(_CALL.findall(text))))


def _below(node: Any) -> Iterator[str]:
    yield from getattr(node.depends_on, "nodes", ())


def _logic(node: Any) -> list[Any]:
    settings = node.config.to_dict(omit_none=True)
    decisive = {
        name: value
        for name, value in settings.items()
        if name not in (*_PRESENTED, *_WITHOUT_EFFECT)
    }
    constraints = [each.to_dict() for each in getattr(node, "constraints", ())]
    # A generic test's own text is only the call.
    asked = getattr(node, "test_metadata", None)
    return [
        *(node.name, node.checksum.checksum, decisive, _columns(node), constraints),
        *([asked.kwargs] if asked else []),
    ]


def _presentation(node: Any) -> list[Any]:
    settings = node.config.to_dict(omit_none=True)
    said = {name: column.description for name, column in node.columns.items()}
    return [node.description, said, [settings.get(name) for name in _PRESENTED]]


def _columns(node: Any) -> list[Any]:
    """Columns in their order with all but what is said of them in words."""
    described = (column.to_dict(omit_none=True) for column in node.columns.values())
    wordless = ("description", "doc_blocks", "tags")
    return [
        {name: value for name, value in column.items() if name not in wordless}
        for column in described
    ]


def _variables(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in _VARIABLE.findall(text)}


def _hash(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, default=_plain)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
