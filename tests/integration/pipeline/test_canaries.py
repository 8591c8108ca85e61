"""Nothing personal reaches gold, and what it shows as the sources write it is called free."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from bullion.contract import CONTRACT_FILE
from bullion.contract_file import ColumnEntry, ContractFile, TableEntry
from bullion.documents import read_document
from bullion.synth.bank import generate
from tests.support.dbt import manifest_of
from tests.support.extracts import read_rows, write_rows
from tests.support.pipeline import Warehouse

Places = set[tuple[str, str]]

# What no source would say: where the contract calls a column personal or one of staff, and in the
# values of events, whose attribute is then one that nobody listed.
PERSONAL = {"text": "Canary, Jane", "date": "1947-11-23", "numeric": "54.320987"}
VALUES_OF_EVENTS = {("account_events", "old_value"), ("account_events", "new_value")}
# In every other text without a closed set.
FREE = "Finch"
# What a rule of silver checks is no place for a word.
CHECKED = ("currency", "mcc_code", "reporting_currency")
# Every fifth row, so that groups of the usual values stand beside.
EVERY = 5
# How a value of each kind of column is compared with the planted one.
HOLDS = {
    ("text",): "lower({}) like any (array['%canary%', '%1947-11-23%', '%54.32098%'])",
    ("date", "timestamp without time zone"): "{}::date = '1947-11-23'",
    ("numeric", "double precision"): "abs({} - 54.320987) < 1e-5",
}


def _planted(table: TableEntry, column: ColumnEntry) -> str | None:
    """What a planted row holds in the column; None where it stays."""
    meta = column.config.meta
    is_event = (table.name, column.name) in VALUES_OF_EVENTS
    if meta.pii or meta.clean == "staff" or is_event:
        return PERSONAL[meta.type]
    is_free = meta.type == "text" and not meta.values and column.name not in CHECKED
    return FREE if is_free else None


def _plant(folder: Path) -> Places:
    """Plant into an extract; returns the columns that hold something personal now."""
    personal = set()
    for table in read_document(CONTRACT_FILE, ContractFile).sources[0].tables:
        rows = read_rows(folder / f"{table.name}.csv")
        planted = {column.name: _planted(table, column) for column in table.columns}
        for row in rows[::EVERY]:
            row.update({name: value for name, value in planted.items() if value})
        write_rows(folder, table.name, rows)
        personal |= {(table.name, n) for n, value in planted.items() if value not in (None, FREE)}
    return personal


def _found(
    connection: psycopg.Connection[Any], schema: str, types: tuple[str, ...], holds: str
) -> Places:
    """The columns of a schema, of some types, in which a value meets the condition."""
    columns: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = %s and data_type = any(%s)",
        (schema, list(types)),
    ):
        columns.setdefault(table, []).append(column)
    assert columns
    found = set()
    for table, names in columns.items():
        counts = ", ".join(f"count(*) filter (where {holds.format(name)})" for name in names)
        row = connection.execute(f"select {counts} from {schema}.{table}".encode()).fetchone()
        found |= {(table, name) for name, count in zip(names, row or (), strict=True) if count}
    return found


@pytest.mark.timeout(900)
def test_nothing_personal_reaches_gold(warehouse: Warehouse, tmp_path: Path) -> None:
    bank = generate(
        tmp_path / "bank",
        customers=60,
        start="2025-01-01",
        end="2025-06-30",
        seed=5,
        currencies=("EUR",),
    )
    personal = _plant(bank.extracts[0])
    warehouse.load(bank.extracts[0])
    warehouse.build("--vars", "{reporting_currency: USD}")
    kinds = {
        (node.name, column.name): column.config.meta["text"]
        for name, node in manifest_of(warehouse.database.environ()).nodes.items()
        if name.startswith("model.") and node.schema.startswith("gold")
        for column in node.columns.values()
        if column.data_type == "text"
    }
    with warehouse.database.connect() as connection:
        assert connection.execute("select * from silver.quarantine").fetchall() == []
        # That the eyes see: all that was planted, and the one place that may show it.
        seen = {
            schema: set().union(*(_found(connection, schema, *each) for each in HOLDS.items()))
            for schema in ("bronze", "gold_pii", "gold")
        }
        assert seen["bronze"] == personal
        assert ("dim_customer_pii", "email") in seen["gold_pii"]
        assert seen["gold"] == set()
        free = _found(connection, "gold", ("text",), "{} ilike '%finch%'")
    assert len(free) > 50
    assert {place: kinds[place] for place in free if kinds[place] not in ("free", "code")} == {}
