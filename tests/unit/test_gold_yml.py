"""What gold's yml says of keys and texts: each key whose it is, each text what kind it is of."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bullion.paths import PROJECT_DIR

MODELS: dict[str, dict[str, Any]] = {
    model["name"]: model
    for path in sorted((PROJECT_DIR / "models" / "gold").rglob("*.yml"))
    for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
}
# What a text column may be.
KINDS = {
    # Of a set that the project knows: the contract's, a seed's, its own words.
    "closed",
    # An identifier or a standard's code, as the source gives it.
    "code",
    # What stands for a person, or a person's account, and does not tell whose it is.
    "pseudonym",
    # As the source writes it.
    "free",
}
# The dimensions with a member for what nobody is (their key -1), but those that the key of a
# version is of (test key_is_as_of) and the calendar, whose keys are computed.
DIMENSIONS = ("agent", "campaign", "channel", "location", "merchant", "product")


def _tests(model: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = [test[name] for test in model.get("data_tests", []) if name in test]
    return [test["arguments"] for test in found]


def _looked_up(model: dict[str, Any]) -> set[str]:
    """The columns of a fact or a dimension that hold a key of such a dimension."""
    own = {name for each in model.get("constraints", []) for name in each["columns"]}
    endings = tuple(f"{name}_key" for name in DIMENSIONS)
    columns = {column["name"] for column in model["columns"]}
    return {name for name in columns if name.endswith(endings)} - own


@pytest.mark.parametrize("name", [name for name in MODELS if name.startswith(("fact_", "dim_"))])
def test_every_key_says_what_names_its_member(name: str) -> None:
    columns = {column["name"] for column in MODELS[name]["columns"]}
    promised: dict[str, Any] = {}
    for test in _tests(MODELS[name], "references"):
        promised |= test["keys"]
    for key in _looked_up(MODELS[name]):
        names = promised[key]["names"]
        assert set(names if isinstance(names, dict) else [names]) <= columns, key
    versions = {f"{entity}_key" for entity in ("customer", "account")} & columns
    if name.startswith("fact_") and versions and not name.endswith("monthly_summary"):
        [as_of] = _tests(MODELS[name], "key_is_as_of")
        assert {f"{entity}_key" for entity in as_of["entities"]} == versions


def test_the_keys_are_found() -> None:
    assert len({(name, key) for name in MODELS for key in _looked_up(MODELS[name])}) > 20


@pytest.mark.parametrize("name", MODELS)
def test_every_text_says_of_what_kind_it_is(name: str) -> None:
    """In config.meta.text; that no closed one shows a source's words is for test_canaries."""
    for column in MODELS[name]["columns"]:
        kind = column.get("config", {}).get("meta", {}).get("text")
        if column["data_type"] == "text":
            assert kind in KINDS, f"{column['name']}: say config.meta.text, one of {sorted(KINDS)}"
        else:
            assert kind is None, column["name"]
