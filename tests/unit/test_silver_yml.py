"""What is by hand in silver's yml: descriptions begin as the contract's, rules name its columns."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from bullion.contract import Table, load_contract
from bullion.paths import PROJECT_DIR

TABLES = list(load_contract().values())
RULE_KINDS = {"value", "range", "order", "negative", "identity", "missing"}


def _models(table: Table) -> dict[str, dict[str, Any]]:
    file = PROJECT_DIR / "models" / "silver" / "staging" / f"_silver__{table.name}.yml"
    models = yaml.safe_load(file.read_text("utf-8"))["models"]
    return {model["name"]: model for model in models}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_models_are_described_as_the_contract_s_table(table: Table) -> None:
    for model in _models(table).values():
        assert model["description"].startswith(f"{table.description} ")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rules_and_milestones_speak_of_columns(table: Table) -> None:
    meta = _models(table)[f"base_{table.name}"].get("config", {}).get("meta", {})
    names = [rule["name"] for rule in meta.get("rules", [])]
    assert len(names) == len(set(names))
    for rule in meta.get("rules", []):
        kind, column = rule["name"].split(":")
        assert kind in RULE_KINDS
        assert column in table.column_names
        assert re.search(rf"\b{column}\b", rule["when"])
        assert rule["reason"].startswith(f"{column} ") or f"{column} " in rule["reason"]
    for milestone in meta.get("milestones", []):
        touched = [milestone["column"], *milestone.get("nulls", [])]
        assert all(not table.column(name).required for name in touched)
        if "status" in milestone:
            assert milestone["open_value"] in table.column(milestone["status"]).values
