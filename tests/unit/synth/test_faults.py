"""Planted bad rows: listed exactly, each with one thing wrong, and no good row touched."""

from __future__ import annotations

import csv
import functools
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from bullion import contract
from bullion.synth.bank import Bank, generate
from bullion.synth.faults import MOST_REJECTS
from tests.unit.synth.conftest import SHORT

ARGUMENTS: dict[str, Any] = {"customers": 400, "seed": 12, "workers": 1, **SHORT}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """The bank without faults."""
    return generate(tmp_path_factory.mktemp("good") / "raw", **ARGUMENTS)


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """The same bank with faults."""
    return generate(tmp_path_factory.mktemp("bad") / "raw", faults=True, **ARGUMENTS)


@functools.cache
def _records(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def test_good_rows_are_untouched_and_every_other_row_is_listed(good: Bank, bad: Bank) -> None:
    listed = {(f["file"], f["row"]): f for f in bad.truth["faults"]["rows"]}
    for file in good.extracts[0].iterdir():
        before = file.read_bytes()
        after = (bad.extracts[0] / file.name).read_bytes()
        assert after.startswith(before)
        count, total = len(_records(file)), len(_records(bad.extracts[0] / file.name))
        places = {("2025-06-30/" + file.name, row) for row in range(count, total)}
        assert places == {place for place in listed if place[0] == f"2025-06-30/{file.name}"}


def test_each_listed_row_shows_its_fault(bad: Bank) -> None:
    files = {path.name: _records(path) for path in bad.extracts[0].iterdir()}
    for fault in bad.truth["faults"]["rows"]:
        names, *rows = files[Path(fault["file"]).name]
        row = dict(zip(names, rows[fault["row"] - 1], strict=fault["kind"] != "truncated"))
        for name, value in fault["key"].items():
            assert row[name] == value
        if fault["column"]:
            assert row[fault["column"]] == fault["value"]


def test_a_bad_row_differs_from_a_good_one_in_key_and_fault_only(good: Bank, bad: Bank) -> None:
    unique = {"branch_code", "atm_code"}
    for fault in bad.truth["faults"]["rows"]:
        if fault["kind"] in ("truncated", "duplicate"):
            continue
        names, *rows = _records(bad.path / fault["file"])
        spoiled = rows[fault["row"] - 1]
        table = contract.table(fault["table"])
        changed = {*table.key, fault["column"], *unique}
        kept = [i for i, name in enumerate(names) if name not in changed]
        originals = _records(good.path / fault["file"])[1:]
        assert any(all(row[i] == spoiled[i] for i in kept) for row in originals), fault


def test_values_are_as_wrong_as_the_contract_says(bad: Bank) -> None:
    for fault in bad.truth["faults"]["rows"]:
        if not fault["column"]:
            continue
        column = contract.table(fault["table"]).column(fault["column"])
        if fault["kind"] == "value":
            assert fault["value"] not in column.values
        if fault["kind"] == "range" and column.maximum is not None:
            assert Decimal(fault["value"]) > column.maximum
        if fault["kind"] == "negative":
            assert Decimal(fault["value"]) < 0
        if fault["kind"] == "required":
            assert column.required
            assert fault["value"] == ""
        if fault["outcome"] == "quarantined":
            assert re.fullmatch(rf"{fault['kind']}:{fault['column']}", fault["reason"])


def test_every_kind_is_there_and_no_file_is_turned_down(bad: Bank) -> None:
    rows = bad.truth["faults"]["rows"]
    kinds = Counter((fault["kind"], fault["outcome"]) for fault in rows)
    assert kinds.keys() == {
        ("value", "quarantined"),
        ("range", "quarantined"),
        ("orphan", "quarantined"),
        ("order", "quarantined"),
        ("early", "quarantined"),
        ("late", "quarantined"),
        ("negative", "quarantined"),
        ("identity", "quarantined"),
        ("type", "rejected"),
        ("required", "rejected"),
        ("truncated", "rejected"),
        ("duplicate", "accepted"),
        ("quoted line break", "accepted"),
        ("optional parent missing", "accepted"),
    }
    assert bad.truth["faults"]["counts"] == Counter(fault["outcome"] for fault in rows)
    orphans = {(fault["table"], fault["column"]) for fault in rows if fault["kind"] == "orphan"}
    required = {
        (table.name, column.name)
        for table in contract.load_contract().values()
        for column in table.columns
        if column.on_missing == "quarantine"
    }
    assert orphans == required
    rejected = Counter(fault["table"] for fault in rows if fault["outcome"] == "rejected")
    for table, count in rejected.items():
        assert count <= MOST_REJECTS * bad.rows[table]


def test_whole_files_that_cannot_be_read_lie_apart(bad: Bank) -> None:
    files = {entry["kind"]: bad.path / entry["file"] for entry in bad.truth["faults"]["files"]}
    assert files.keys() == {"empty", "header", "binary"}
    assert files["empty"].read_bytes() == b""
    assert b"\0" in files["binary"].read_bytes()
    assert "merchant_name" not in files["header"].read_text()
    assert contract.table("merchants").column("merchant_name").required
    assert not {path.parent for path in files.values()} & set(bad.extracts)


def test_parquet_carries_what_typed_columns_can_hold(tmp_path: Path) -> None:
    bank = generate(
        tmp_path / "raw",
        customers=60,
        seed=12,
        workers=1,
        faults=True,
        file_format="parquet",
        start="2025-01-01",
        end="2025-03-31",
    )
    faults = bank.truth["faults"]["rows"]
    assert {fault["kind"] for fault in faults} >= {"value", "range", "orphan", "order", "negative"}
    assert not {fault["kind"] for fault in faults} & {"type", "truncated"}
    for fault in faults:
        table = pq.read_table(bank.path / fault["file"])
        [row] = table.slice(fault["row"] - 1, 1).to_pylist()
        for name, value in fault["key"].items():
            assert str(row[name] or "") == value
