"""What the models promise is held by the engine or found by a test, which names it and the row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import duckdb
import psycopg
import pytest

from tests.support.pipeline import Warehouse

# What goes wrong in a built warehouse, and what is said of it: the test, its promise, an example.
SLIPS = {
    "a rule": (
        (
            "update gold.fact_transactions set completed_amount = completed_amount + 1"
            " where transaction_id = (select min(transaction_id) from gold.fact_transactions)"
        ),
        ("fact_transactions_holds", "completed_is_in_less_out", "TXN000000000001"),
    ),
    "a rule of some rows": (
        "update gold.agg_transactions_daily set inflow_amount = 1 where status = 'Declined'",
        ("agg_transactions_daily_holds", "only_completed_moves_money", ""),
    ),
    "a rule, by null": (
        (
            "alter table gold.agg_transactions_daily alter column fraud_count drop not null;"
            " update gold.agg_transactions_daily set fraud_count = null"
        ),
        ("agg_transactions_daily_holds", "fraud_is_part", ""),
    ),
    "a set": (
        "update gold.dim_product set category = 'Wood' where product_id = 'PRD007'",
        ("dim_product_holds", "category is in its set", ""),
    ),
    "a reference": (
        "update gold.fact_fraud_alerts set channel_key = 77",
        ("fact_fraud_alerts_references", "channel_key is in dim_channel.channel_key", "77"),
    ),
    "a member who is named": (
        "update gold.fact_fraud_alerts set agent_key = -1",
        ("fact_fraud_alerts_references", "agent_key is that of agent_id", ""),
    ),
    "a name that no member bears": (
        "update gold.fact_risk_assessments set agent_id = 'Jane', agent_key = -1",
        ("fact_risk_assessments_references", "agent_key is that of agent_id", "Jane"),
    ),
    "a member who is known by another row": (
        "update gold.fact_fraud_alerts set merchant_key = -1",
        ("fact_fraud_alerts_references", "merchant_key is that of transaction_id", "TXN"),
    ),
    "a version": (
        (
            "update gold.fact_account_balances"
            " set customer_key = (select max(customer_key) from gold.dim_customer)"
            " where customer_id = (select min(customer_id) from gold.fact_account_balances)"
        ),
        ("fact_account_balances_keys_as_of", "another version of the customer held", "CUS"),
    ),
    "a total": (
        (
            "update gold.analytics_fraud_summary set alert_count = alert_count + 1"
            " where stage_rank = 1"
        ),
        ("analytics_fraud_summary_totals", "counts_every_alert", ""),
    ),
    "shares": (
        "update gold.analytics_account_by_product set account_share_rate = 1",
        ("analytics_account_by_product_holds", "account_share_rate adds up to 1", ""),
    ),
    "an unknown member": (
        "delete from gold.dim_agent where agent_key = -1",
        ("dim_agent_holds", "has_unknown_member", ""),
    ),
    "a key of silver": (
        "update silver.int_staff set agent_id = 'A', role = 'Service Agent'",
        ("int_staff_holds", "agent_id, role is unique", "A, Service Agent"),
    ),
    "a null in silver": (
        "update silver.int_account_openings set opening_amount = null",
        ("int_account_openings_holds", "opening_amount is given", "ACC"),
    ),
}
TWICE = "insert into gold.fact_loan_payments select * from gold.fact_loan_payments limit 1"
UNGIVEN = "update gold.fact_loan_payments set payment_id = null"
# Of every table the columns of each whole unique index, a primary key's among them, and each
# column that cannot be null.
ENFORCED = """
    select tables.relname, array_agg(columns.attname::text)
    from pg_index as indexes
    inner join pg_class as tables on indexes.indrelid = tables.oid
    inner join pg_attribute as columns
        on indexes.indrelid = columns.attrelid and columns.attnum = any(indexes.indkey)
    where indexes.indisunique and indexes.indisvalid and indexes.indpred is null
    group by tables.relname, indexes.indexrelid
    union all
    select tables.relname, array['not null', columns.attname::text]
    from pg_attribute as columns
    inner join pg_class as tables on columns.attrelid = tables.oid
    where columns.attnotnull
"""
LOST = (
    "delete from gold.fact_transactions"
    " where transaction_id = (select max(transaction_id) from gold.fact_transactions)"
)
# A row of its table is either in silver or in quarantine.
UNJUDGED = (
    "update silver.base_accounts set quarantine_rule = 'x' where account_id = ("
    "select min(account_id) from silver.base_accounts where quarantine_rule is null)"
)


def _build_statistics(warehouse: Warehouse, engine: str) -> None:
    """What the standing warehouse has left out."""
    replace(warehouse, left_out=()).build("--select", "tag:statistics", engine=engine)


def said_by_tests(warehouse: Warehouse, engine: str) -> dict[str, list[str]]:
    """What the build's last hook says of each test that failed, of those that should."""
    tests = {test for _, (test, *_) in SLIPS.values()}
    others = ("every_row_is_kept_or_quarantined", "facts_hold_what_silver_holds")
    chosen = ("--select", *tests, "fact_loan_payments_holds", *others)
    said, _ = warehouse.start_build(*chosen, verb="test", engine=engine).communicate()
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in said.splitlines():
        if line.endswith(" found:"):
            lines = found.setdefault(line.removesuffix(" found:"), [])
        elif line.startswith("  "):
            lines.append(line.strip())
        else:
            lines = []
    return found


def check_slips(
    warehouse: Warehouse, engine: str, run: Callable[[str], Any]
) -> dict[str, list[str]]:
    """Each slip is found by the test that is there for it; what was said is returned."""
    for statement, _ in SLIPS.values():
        run(statement)
    run(UNJUDGED)
    run(LOST)
    found = said_by_tests(warehouse, engine)
    for slip, (_, (test, promise, example)) in SLIPS.items():
        lines = [line for line in found.get(test, []) if line.startswith(f"promise: {promise}")]
        assert lines, (slip, found.get(test))
        assert not example or all(f"example: {example}" in line for line in lines), (slip, lines)
    kept = found["every_row_is_kept_or_quarantined"]
    assert len(kept) == 1, kept
    assert kept[0].startswith("table_name: accounts, ")
    lost = found["facts_hold_what_silver_holds"]
    assert any("fact_transactions" in line for line in lost), lost
    assert all(len(lines) <= 6 for lines in found.values())
    return found


@pytest.mark.timeout(900)
def test_on_duckdb(warehouse: Warehouse) -> None:
    """All tests of dbt hold, its unit tests among them; then slips, of keys too."""
    _build_statistics(warehouse, "duckdb")
    warehouse.build(verb="test", engine="duckdb")

    def run(statement: str) -> None:
        with duckdb.connect(warehouse.duckdb) as connection:
            connection.execute(statement)

    with pytest.raises(duckdb.ConstraintException):
        run(UNGIVEN)
    run(TWICE)
    found = check_slips(warehouse, "duckdb", run)
    [twice] = found["fact_loan_payments_holds"]
    assert twice.startswith("promise: payment_id is unique, broken_count: 1, example: PAY")


@pytest.mark.timeout(900)
def test_on_postgres(warehouse: Warehouse) -> None:
    """Unit tests hold here too, and PostgreSQL each contract's keys and not-null columns itself;
    then slips of the rest. (That the other tests hold is the story's to tell.)"""
    _build_statistics(warehouse, "postgres")
    warehouse.build("--select", "test_type:unit", verb="test")
    with warehouse.database.connect(autocommit=True) as connection:
        connection.execute("set role transformer")
        assert not unheld(connection, warehouse)
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(TWICE)
        with pytest.raises(psycopg.errors.NotNullViolation):
            connection.execute(UNGIVEN)
        check_slips(warehouse, "postgres", connection.execute)


def unheld(connection: psycopg.Connection[Any], warehouse: Warehouse) -> set[Any]:
    """What contracts and unique indexes promise and PostgreSQL's catalogue has not: by table the
    columns of a key, or ``not null`` and a column."""
    held = {
        (table, frozenset(columns)) for table, columns in connection.execute(ENFORCED).fetchall()
    }
    promised = set()
    for name, node in warehouse.manifest().nodes.items():
        model = node.to_dict(omit_none=False)
        if name.startswith("model.") and model["config"]["materialized"] != "view":
            indexes = model["config"].get("indexes") or []
            keys = [index["columns"] for index in indexes if index.get("unique")]
            keys += [each["columns"] for each in model["constraints"]]
            keys += [
                ["not null", column["name"]]
                for column in model["columns"].values()
                if column["constraints"]
            ]
            promised |= {(model["name"], frozenset(key)) for key in keys}
    assert len(promised) > 900
    return promised - held
