"""Mapping files are checked before anything is read."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from bullion.errors import BullionError
from bullion.ingest.adapters.mapping import known_adapters, mapping_path, read_mapping
from bullion.paths import PROJECT_DIR

HEAD = "{description: d, extracted_at: select 1, sources: {a: {file: a.csv}}, "


def test_all_mappings_can_be_read() -> None:
    assert known_adapters() == ["berka", "finance_project", "fintech_flat"]
    for name in known_adapters():
        assert read_mapping(name).tables


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "not YAML"),
        ("[]", r"mine.yml, line 1: the file should be a mapping, not \[\]"),
        ("sources: {}", "line 1: description is missing"),
        ("source: {}", "the file has a key 'source'; there may be description, sources, extracted"),
        (HEAD + "\ntables: {accounts: {from: [a]}}}", "line 2: tables.accounts.sql is missing"),
        (
            HEAD + "tables: {accounts: {from: a, sql: select 1}}}",
            "accounts.from should be a list, not a",
        ),
        (
            HEAD + "tables: {accounts: {from: [], sql: select 1}}}",
            "accounts.from should not be empty",
        ),
        (HEAD + "tables: {}}", "tables should not be empty"),
        (
            HEAD + "tables: {accounts: {from: [a], sql: select 1, where: t}}}",
            "tables.accounts has a key 'where'; there may be from, sql",
        ),
        (
            HEAD + "tables: {payments: {from: [a], sql: select 1}}}",
            "tables has payments, which is no table of the contract: loan_payments",
        ),
        (
            HEAD + "tables: {accounts: {from: [a, b], sql: select 1}}}",
            "tables has accounts from b, but the sources are a",
        ),
        (HEAD.replace("file: a.csv", "path: a.csv") + "tables: {}}", "sources.a has a key 'path'"),
        (HEAD.replace("{a:", "{a-b:") + "tables: {}}", "sources.a-b has the name 'a-b': SQL reads"),
        (
            HEAD.replace("a.csv", "a.csv, delimiter: ab") + "tables: {}}",
            "sources.a.delimiter is 'ab': give , ; | or tab",
        ),
    ],
)
def test_broken_mappings(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yml"
    path.write_text(text)
    with pytest.raises(BullionError, match=message) as raised:
        read_mapping(str(path))
    assert "\n" not in str(raised.value)


def test_what_is_no_utf_8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    path.write_bytes("description: Köln".encode("latin-1"))
    with pytest.raises(BullionError, match=r"mine.yml is not YAML: .*utf-8"):
        read_mapping(str(path))


def test_delimiters_have_names(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    text = HEAD.replace("a.csv", "a.csv, delimiter: tab")
    path.write_text(text + "tables: {accounts: {from: [a], sql: select 1}}}")
    assert read_mapping(str(path)).sources["a"].delimiter == "\t"


def test_the_schema_takes_what_is_a_mapping_and_nothing_else() -> None:
    schema = json.loads((PROJECT_DIR / "docs" / "mapping.schema.json").read_text("utf-8"))
    judge = jsonschema.Draft202012Validator(schema)
    judge.check_schema(schema)
    for name in known_adapters():
        raw = yaml.safe_load(mapping_path(name).read_text("utf-8"))
        assert judge.is_valid(raw)
        assert not judge.is_valid(raw | {"extracted": "now"})
        assert not judge.is_valid(raw | {"tables": {"payments": raw["tables"]["accounts"]}})
        assert not judge.is_valid({key: raw[key] for key in raw if key != "sources"})


def test_unknown_adapter_names_the_known() -> None:
    with pytest.raises(BullionError, match="berka, finance_project, fintech_flat"):
        read_mapping("berkaa")
