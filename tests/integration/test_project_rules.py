"""dbt-project-evaluator's rules on this project, which cannot install it: no package of dbt's hub
comes without a network. What it would flag is mended, or excepted in project_rules.yml."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml

from bullion.paths import PROJECT_DIR
from tests.conftest import Database
from tests.support.bank_warehouse import BankWarehouse
from tests.support.dbt import manifest_of

CONFIG = yaml.safe_load((Path(__file__).parent / "project_rules.yml").read_text(encoding="utf-8"))
RAW = "source.bullion.bronze."
# The pin of a build and the book of loads are not data: whoever reads them joins nothing.
PINS = ("model.bullion.int_as_of", "source.bullion.bronze_audit.")
MOST_EXCEPTIONS = 10
MOST_CHAINED_VIEWS = 1


@dataclass(frozen=True)
class Project:
    """The project as dbt's manifest has it, as plain dictionaries by unique id."""

    models: dict[str, dict[str, Any]]
    tests: list[dict[str, Any]]
    sources: dict[str, dict[str, Any]]
    exposures: list[dict[str, Any]]

    def parents(self, model: str) -> list[str]:
        """What a model reads, without pins."""
        found = self.models[model]["depends_on"]["nodes"]
        return [name for name in found if not name.startswith(PINS)]

    @cached_property
    def children(self) -> dict[str, set[str]]:
        """The models that read a model or source."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, model in self.models.items():
            for parent in model["depends_on"]["nodes"]:
                found[parent].add(name)
        return found

    @cached_property
    def keyed(self) -> set[str]:
        """The models with a test that proves a key: one that names it, or reads it from the
        model's contract or unique indexes."""
        found = set()
        for test in self.tests:
            metadata, name = test.get("test_metadata") or {}, str(test.get("attached_node"))
            if metadata.get("name") in CONFIG["key_tests"] and (
                metadata["kwargs"].get("unique") or _has_key(self.models.get(name, {}))
            ):
                found.add(name)
        return found

    def layer(self, name: str) -> str:
        """The layer of a model or source: two folders, or bronze."""
        if name not in self.models:
            return "bronze" if name.startswith(RAW) else name.split(".", maxsplit=1)[0]
        return "/".join(self.models[name]["original_file_path"].split("/")[1:3])


def _has_key(model: dict[str, Any]) -> bool:
    """Whether a model has a primary key by its contract, or a unique index."""
    indexes = model.get("config", {}).get("indexes") or []
    kinds = [constraint["type"] for constraint in model.get("constraints") or []]
    return "primary_key" in kinds or any(index.get("unique") for index in indexes)


def project_of(manifest: Any) -> Project:
    """The project of a manifest."""
    written = manifest.to_dict(omit_none=False) if hasattr(manifest, "to_dict") else manifest
    nodes = written["nodes"]

    def of_type(kind: str) -> dict[str, dict[str, Any]]:
        return {name: node for name, node in nodes.items() if node["resource_type"] == kind}

    return Project(
        of_type("model"),
        list(of_type("test").values()),
        written["sources"],
        list(written["exposures"].values()),
    )


Rule = Callable[[Project], Iterator[tuple[str, str]]]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """Add a rule: it gives each model that breaks it, and by what."""
    RULES[function.__name__] = function
    return function


@rule
def direct_join_to_source(project: Project) -> Iterator[tuple[str, str]]:
    """A model reads a raw table and a model: the raw table should have come through staging."""
    for name in project.models:
        layers = {project.layer(parent) for parent in project.parents(name)}
        if "bronze" in layers and len(layers) > 1:
            yield name, "a raw table beside models"


@rule
def multiple_sources_joined(project: Project) -> Iterator[tuple[str, str]]:
    """A model reads several raw tables."""
    for name in project.models:
        raw = [parent for parent in project.parents(name) if parent.startswith(RAW)]
        if len(raw) > 1:
            yield name, ", ".join(raw)


@rule
def staging_reads_staging(project: Project) -> Iterator[tuple[str, str]]:
    """A base or staging model reads another of its layer."""
    for name in project.models:
        layer = project.layer(name)
        if layer in ("silver/base", "silver/staging"):
            for parent in project.parents(name):
                if project.layer(parent) == layer:
                    yield name, parent


@rule
def reads_other_layer(project: Project) -> Iterator[tuple[str, str]]:
    """A model reads a layer that its own may not read: a later one, or one that was left behind."""
    for name in project.models:
        allowed = CONFIG["layers"].get(project.layer(name), {"reads": []})["reads"]
        for parent in project.parents(name):
            if project.layer(parent) not in (*allowed, "seed"):
                yield name, parent


@rule
def rejoins_upstream_concept(project: Project) -> Iterator[tuple[str, str]]:
    """A model joins what its parent has joined already, a parent that nobody else reads.

    Dimensions are there to be joined again, and a base model is what its view shows.
    """
    for name in project.models:
        parents = project.parents(name)
        for parent in parents:
            if parent in project.models and project.children[parent] == {name}:
                again = set(parents) & set(project.parents(parent))
                for concept in sorted(again):
                    if project.layer(concept) not in ("gold/dimensions", "silver/base", "seed"):
                        yield name, f"{parent} and {concept}"


@rule
def root_model(project: Project) -> Iterator[tuple[str, str]]:
    """A model reads nothing."""
    for name, model in project.models.items():
        if not model["depends_on"]["nodes"]:
            yield name, "no parents"


@rule
def hard_coded_reference(project: Project) -> Iterator[tuple[str, str]]:
    """A model names a schema of the warehouse instead of a ref or a source."""
    named = r"\b(?:from|join)\s+(?:bronze|silver|gold|gold_pii|public)\w*\.\w+"
    for name, model in project.models.items():
        code = re.sub(r"\{#.*?#\}|--[^\n]*", "", model["raw_code"], flags=re.DOTALL)
        for found in re.finditer(named, code, re.IGNORECASE):
            yield name, found.group()


@rule
def chained_views(project: Project) -> Iterator[tuple[str, str]]:
    """A view reads a view that reads a view: each question then reads them all."""

    def depth(name: str) -> int:
        if project.models.get(name, {}).get("config", {}).get("materialized") != "view":
            return 0
        return 1 + max(map(depth, project.models[name]["depends_on"]["nodes"]), default=0)

    for name in project.models:
        if depth(name) > MOST_CHAINED_VIEWS:
            yield name, f"{depth(name)} views deep"


@rule
def missing_primary_key(project: Project) -> Iterator[tuple[str, str]]:
    """A table's key is not tested."""
    for name, model in project.models.items():
        if model["config"]["materialized"] != "view" and name not in project.keyed:
            yield name, "no test of a key"


@rule
def unknown_directory(project: Project) -> Iterator[tuple[str, str]]:
    """A model lies in no layer."""
    for name, model in project.models.items():
        if project.layer(name) not in CONFIG["layers"]:
            yield name, model["original_file_path"]


@rule
def name_of_another_layer(project: Project) -> Iterator[tuple[str, str]]:
    """A model is not called as its layer's are."""
    for name, model in project.models.items():
        prefixes = CONFIG["layers"].get(project.layer(name), {"prefixes": []})["prefixes"]
        if not model["name"].startswith(tuple(prefixes)):
            yield name, f"not {' or '.join(prefixes)}"


@rule
def documented_elsewhere(project: Project) -> Iterator[tuple[str, str]]:
    """A model's yml, with its tests, lies in another folder, or there is none."""
    for name, model in project.models.items():
        described = (model["patch_path"] or "").partition("://")[2]
        if Path(described).parent != Path(model["original_file_path"]).parent:
            yield name, described or "no yml"


@rule
def undocumented(project: Project) -> Iterator[tuple[str, str]]:
    """A model, a source or a column of one has no description."""
    for name, node in (project.models | project.sources).items():
        if not node["description"].strip() or not node.get("source_description", "-").strip():
            yield name, "no description"
        for column in node["columns"].values():
            if not column["description"].strip():
                yield name, f"column {column['name']}"


@rule
def unused_source(project: Project) -> Iterator[tuple[str, str]]:
    """A source that no model and no test reads; rejected records are there for people."""
    read = {parent for test in project.tests for parent in test["depends_on"]["nodes"]}
    for name in project.sources:
        if not project.children[name] and name not in read and "rejected_rows" not in name:
            yield name, "nothing reads it"


@rule
def source_is_not_staged_once(project: Project) -> Iterator[tuple[str, str]]:
    """A raw table has not exactly one base and one staging model, named after it."""
    names = [model["name"] for model in project.models.values()]
    for name in project.sources:
        if name.startswith(RAW):
            table = name.removeprefix(RAW)
            wanted = [f"base_{table}", f"stg_{table}"]
            if sorted(set(wanted) & set(names)) != wanted:
                yield name, f"not {' and '.join(wanted)}"


@rule
def duplicate_source(project: Project) -> Iterator[tuple[str, str]]:
    """Two sources are the same relation."""
    seen: dict[tuple[str, str], str] = {}
    for name, source in project.sources.items():
        place = (source["schema"], source["identifier"])
        if place in seen:
            yield name, seen[place]
        seen[place] = name


@rule
def exposure_on_what_is_no_table_of_gold(project: Project) -> Iterator[tuple[str, str]]:
    """What people see rests on a view, or on silver."""
    for exposure in project.exposures:
        for parent in exposure["depends_on"]["nodes"]:
            if parent.startswith("seed."):
                # A table of gold (test_reference).
                continue
            is_table = project.models[parent]["config"]["materialized"] != "view"
            if not (is_table and project.layer(parent).startswith("gold/")):
                yield exposure["unique_id"], parent


def excepted(broken: str, name: str) -> int | None:
    """The exception (its place in the list) that allows a model to break a rule."""
    model = name.rsplit(".", maxsplit=1)[-1]
    for place, exception in enumerate(CONFIG["exceptions"]):
        is_named = any(fnmatch(model, models) for models in exception["models"].split())
        if is_named and broken in exception["rules"]:
            return place
    return None


@pytest.fixture(scope="module")
def project(module_database: Database) -> Project:
    return project_of(manifest_of(module_database.environ()))


@pytest.mark.parametrize("name", RULES)
def test_no_model_breaks_a_rule_without_a_reason(project: Project, name: str) -> None:
    found = [(model, by) for model, by in RULES[name](project) if excepted(name, model) is None]
    assert not found, f"{RULES[name].__doc__}\n" + "\n".join(f"{one}: {by}" for one, by in found)


def test_every_exception_is_needed(project: Project) -> None:
    used = {
        (excepted(name, model), name)
        for name, function in RULES.items()
        for model, _ in function(project)
    }
    exceptions = CONFIG["exceptions"]
    assert len(exceptions) <= MOST_EXCEPTIONS
    assert all(exception["reason"] for exception in exceptions)
    listed = {
        (place, name) for place, exception in enumerate(exceptions) for name in exception["rules"]
    }
    assert listed == {(place, name) for place, name in used if place is not None}


def test_generic_tests_stand_beside_their_models(project: Project) -> None:
    """A model's tests are in its folder; those of no model in particular in tests/dbt."""
    for test in project.tests:
        folder = str(Path(test["original_file_path"]).parent)
        if not test.get("test_metadata"):
            assert folder in ("tests/dbt/history", "tests/dbt/integrity"), test["name"]
        elif test.get("attached_node") in project.models:
            model = project.models[test["attached_node"]]
            described = model["patch_path"].partition("://")[2]
            assert folder == str(Path(described).parent), test["name"]


BAD: dict[str, dict[str, Any]] = {
    "direct_join_to_source": {"reads": [f"{RAW}a", "model.bullion.base_a"]},
    "multiple_sources_joined": {"reads": [f"{RAW}a", f"{RAW}b"]},
    "staging_reads_staging": {
        "path": "models/silver/base/x.sql",
        "reads": ["model.bullion.base_a"],
    },
    "reads_other_layer": {"path": "models/silver/staging/x.sql", "reads": [f"{RAW}a"]},
    "root_model": {"reads": []},
    "hard_coded_reference": {"raw_code": "select 1 from {# no #} silver.base_a"},
    "missing_primary_key": {"materialized": "table"},
    "unknown_directory": {"path": "models/platinum/x.sql"},
    "name_of_another_layer": {"path": "models/gold/facts/x.sql"},
    "documented_elsewhere": {"patch_path": "bullion://models/gold/_x.yml"},
    "undocumented": {"columns": {"c": {"name": "c", "description": " "}}},
    "chained_views": {"reads": ["model.bullion.view"]},
    "rejoins_upstream_concept": {"reads": ["model.bullion.joined", "model.bullion.int_b"]},
}


def a_model(**changes: Any) -> dict[str, Any]:
    path = changes.get("path", "models/silver/history/x.sql")
    return {
        "name": Path(path).stem,
        "original_file_path": path,
        "patch_path": changes.get("patch_path", f"bullion://{Path(path).parent}/_x.yml"),
        "description": "d",
        "columns": changes.get("columns", {}),
        "config": {"materialized": changes.get("materialized", "view")},
        "raw_code": changes.get("raw_code", "select 1"),
        "depends_on": {"nodes": changes.get("reads", [f"{RAW}a"])},
    }


@pytest.mark.parametrize("name", BAD)
def test_a_rule_sees_what_it_is_for(name: str) -> None:
    models = {
        "model.bullion.base_a": a_model(path="models/silver/base/base_a.sql"),
        "model.bullion.int_b": a_model(path="models/silver/history/int_b.sql"),
        "model.bullion.joined": a_model(
            path="models/silver/daily/int_joined.sql",
            reads=["model.bullion.int_b"],
            materialized="table",
        ),
        "model.bullion.view": a_model(path="models/silver/history/int_view.sql"),
    }
    tests = [
        {
            "attached_node": f"model.bullion.{name}",
            "test_metadata": {"name": "holds", "kwargs": known},
        }
        for name, known in {"joined": {"unique": ["k"]}, "x": {"not_null": ["k"]}}.items()
    ]
    assert not list(RULES[name](Project(models, tests, {}, [])))
    bad = Project(models | {"model.bullion.x": a_model(**BAD[name])}, tests, {}, [])
    assert "model.bullion.x" in {model for model, _ in RULES[name](bad)}


def test_every_macro_file_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(PROJECT_DIR))
        for folder in ("macros", "tests/dbt/generic")
        for path in sorted((PROJECT_DIR / folder).rglob("*.sql"))
        if not path.read_text(encoding="utf-8").startswith("{#")
    ]
    assert not silent


def test_every_column_of_the_warehouse_is_described(bank_warehouse: BankWarehouse) -> None:
    """Docs coverage of 100 %, reckoned as dbt-coverage does: over the columns that really exist."""
    built = bank_warehouse.warehouse.database.rows(
        "select table_schema, table_name, column_name from information_schema.columns "
        "where table_schema in ('silver', 'gold', 'gold_pii')"
    )
    written = project_of(manifest_of(bank_warehouse.warehouse.database.environ()))
    described = {
        (model["schema"], model["alias"], column["name"])
        for model in written.models.values()
        for column in model["columns"].values()
        if column["description"].strip()
    }
    relations = {(model["schema"], model["alias"]) for model in written.models.values()}
    columns = {tuple(row) for row in built if tuple(row[:2]) in relations}
    assert len(columns) > 2000
    assert columns == described
