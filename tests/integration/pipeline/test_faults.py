"""Planted faults: each is rejected or quarantined for the right reason, and no good row is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bullion.synth.bank import generate
from tests.support.pipeline import Warehouse


@pytest.mark.timeout(300)
def test_every_planted_fault_meets_its_reason(warehouse: Warehouse, tmp_path: Path) -> None:
    bank = generate(
        tmp_path / "bank", customers=300, start="2025-01-01", end="2025-06-30", seed=11, faults=True
    )
    planted = bank.truth["faults"]["rows"]
    assert planted, "the bank has no faults to find"
    warehouse.load(bank.extracts[0])
    warehouse.build("--select", "tag:silver")
    database = warehouse.database

    rejected = {
        (table, row): column
        for table, row, column in database.rows(
            "select table_name, source_row, column_name from bronze.rejected_rows"
        )
    }
    quarantined = {
        (table, row): rule
        for table, row, rule in database.rows(
            "select table_name, _source_row, rule from silver.quarantine"
        )
    }
    wanted_rejects = {
        (fault["table"], fault["row"]): fault for fault in planted if fault["outcome"] == "rejected"
    }
    wanted_quarantine = {
        (fault["table"], fault["row"]): fault["reason"]
        for fault in planted
        if fault["outcome"] == "quarantined"
    }
    assert rejected.keys() == wanted_rejects.keys()
    wrong_column = {
        place: (rejected[place], fault["column"])
        for place, fault in wanted_rejects.items()
        if fault["kind"] in ("type", "required") and rejected[place] != fault["column"]
    }
    assert not wrong_column
    assert quarantined == wanted_quarantine
    kinds = Counter(fault["kind"] for fault in planted)
    assert kinds.keys() >= {"type", "required", "value", "range", "orphan", "order", "negative"}

    accepted = [fault for fault in planted if fault["outcome"] == "accepted"]
    for fault in accepted:
        [(name, key)] = fault["key"].items()
        found = database.value(
            f"select count(*) from silver.stg_{fault['table']} where {name} = %s", key
        )
        assert found == 1, f"an acceptable row is missing: {fault}"
