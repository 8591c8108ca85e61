"""Mapping files are checked before anything is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from bullion.errors import BullionError
from bullion.ingest.adapters.mapping import known_adapters, read_mapping

HEAD = "{description: d, extracted_at: s, sources: {a: {file: a.csv}}, "


def test_all_mappings_can_be_read() -> None:
    assert known_adapters() == ["berka", "finance_project", "fintech_flat"]
    for name in known_adapters():
        assert read_mapping(name).tables


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "not YAML"),
        ("sources: {}", "not a mapping"),
        (
            HEAD + "tables: {payments: {from: [a], sql: s}}}",
            "payments is no table",
        ),
        (
            HEAD + "tables: {accounts: {from: [b], sql: s}}}",
            "reads from b",
        ),
    ],
)
def test_broken_mappings(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yml"
    path.write_text(text)
    with pytest.raises(BullionError, match=message):
        read_mapping(str(path))


def test_unknown_adapter_names_the_known() -> None:
    with pytest.raises(BullionError, match="berka, finance_project, fintech_flat"):
        read_mapping("berkaa")
