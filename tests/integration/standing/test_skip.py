"""What a build leaves because nothing of it has changed, and what it builds whole because its
definition has: the result is always that of a full refresh."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.standing.conftest import Standing, load_both
from tests.support.dbt import changed_text
from tests.support.extracts import write_rows
from tests.support.parity import DuckDBSide, PostgresSide, assert_equal
from tests.support.pipeline import Warehouse

pytestmark = pytest.mark.timeout(1800)

# Of the day before the bank's first extract, so that the instant of the build stays.
INDICATORS = {"indicator_date": "2025-01-10", "vix_index": "15.5", "_op": "upsert"}
FEWER_DAYS = ("--vars", "{snapshot_daily_days: 50}")
FEWER_DAYS_REFUSED = ("--vars", "{snapshot_daily_days: 50, no_rebuild: true}")


def _anew(warehouse: Warehouse, name: str, *arguments: str) -> DuckDBSide:
    """What DuckDB makes of the lake from nothing."""
    other = warehouse.with_new_file(name)
    other.build(*arguments, engine="duckdb")
    return DuckDBSide(other.duckdb, name="a build of nothing")


def _assert_equal(warehouse: Warehouse, other: DuckDBSide, step: str) -> None:
    with warehouse.database.connect() as connection:
        assert_equal(PostgresSide(connection), other, step)


def _execute(warehouse: Warehouse, *statements: str) -> None:
    with warehouse.database.connect(autocommit=True) as connection:
        connection.execute("set role transformer")
        for statement in statements:
            connection.execute(statement)


def test_only_the_lineage_of_what_arrived_is_built(warehouse: Warehouse, tmp_path: Path) -> None:
    before = warehouse.digests()
    assert warehouse.built() == {"int_as_of"}
    assert warehouse.digests() == before
    load_both(warehouse, write_rows(tmp_path / "2025-06-29", "economic_indicators", [INDICATORS]))
    built = warehouse.built()
    assert {"base_economic_indicators", "dim_economic_indicators", "dim_date"} <= built
    # The instant of the build is what it was, but its batch is another.
    assert "analytics_loan_ageing" in built
    assert not {"base_transactions", "dim_customer", "dim_account", "fact_transactions"} & built
    _assert_equal(warehouse, _anew(warehouse, "anew"), "a batch of one table")
    assert warehouse.built() == {"int_as_of"}


def test_partial_builds_lose_no_change(
    warehouse: Warehouse, standing: Standing, both_anew: DuckDBSide
) -> None:
    """Models are built one by one, some of them before what they read; what was dropped too."""
    load_both(warehouse, standing.second)
    warehouse.build("--select", "fact_transactions")
    warehouse.build("--select", "int_as_of", "base_transactions", "fact_account_daily_snapshot")
    warehouse.build("--select", "int_touched_accounts")
    assert "base_customers" in warehouse.built()
    _assert_equal(warehouse, both_anew, "models one by one")
    _execute(
        warehouse,
        "drop table gold.dim_product cascade",
        "drop table silver.base_merchants cascade",
    )
    assert {"dim_product", "base_merchants"} <= warehouse.built()
    _assert_equal(warehouse, both_anew, "tables dropped by hand")
    # One that was built empty is not taken for built.
    warehouse.build("--select", "dim_product", "--empty")
    known = "select count(*) from gold.dim_product where product_key <> -1"
    assert warehouse.database.value(known) == 0
    assert "dim_product" in warehouse.built()
    _assert_equal(warehouse, both_anew, "a table emptied")


def test_a_changed_macro_builds_its_dependents_whole(warehouse: Warehouse) -> None:
    text = ("macro.bullion.is_customer_initiated", "'Purchase', ", "")
    with (
        changed_text(warehouse.manifest(), *text),
        changed_text(warehouse.manifest("duckdb"), *text),
    ):
        built = warehouse.built()
        assert {"fact_transactions", "agg_transactions_daily"} <= built
        assert not {"base_transactions", "dim_customer", "fact_loan_payments"} & built
        _assert_equal(warehouse, _anew(warehouse, "other"), "another macro")
        # What an increment would have left is not what the macro says now.
        assert not warehouse.database.value(
            "select count(*) from gold.fact_transactions"
            " where is_customer_initiated and transaction_type = 'Purchase'"
        )
    # Above a model that keeps its old definition nothing is built whole; it comes when that does.
    assert "agg_transactions_daily" not in warehouse.built("--select", "agg_transactions_daily")
    assert {"fact_transactions", "agg_transactions_daily"} <= warehouse.built()
    _assert_equal(warehouse, DuckDBSide(warehouse.duckdb), "the macro of before")


def test_a_changed_variable_is_said_or_refused(warehouse: Warehouse) -> None:
    before = warehouse.digests()
    refused = warehouse.start_build(*FEWER_DAYS_REFUSED)
    said, _ = refused.communicate()
    assert refused.returncode != 0
    assert (
        "The definition of fact_account_daily_snapshot, fact_customer_monthly_summary has" in said
    )
    assert warehouse.digests() == before
    rebuilt = warehouse.start_build(*FEWER_DAYS)
    said, _ = rebuilt.communicate()
    assert rebuilt.returncode == 0, said
    changed = [line.split()[0] for line in said.splitlines() if "built whole" in line]
    assert changed == ["fact_account_daily_snapshot:", "fact_customer_monthly_summary:"]
    _assert_equal(warehouse, _anew(warehouse, "other", *FEWER_DAYS), "another variable")
    # Nothing is left to refuse.
    assert warehouse.built(*FEWER_DAYS_REFUSED) == {"int_as_of"}


def test_the_log_of_an_earlier_release(
    warehouse: Warehouse, standing: Standing, both_anew: DuckDBSide
) -> None:
    """It says of no table how it was made: each is built whole, once."""
    _execute(
        warehouse,
        "alter table silver.build_log drop column definition, drop column state,"
        " drop column built_at",
        # What the other definition had made.
        "update gold.fact_transactions set is_customer_initiated = not is_customer_initiated",
    )
    load_both(warehouse, standing.second)
    warehouse.build(verb="seed")
    warehouse.build()
    _assert_equal(warehouse, both_anew, "the log of an earlier release")
    assert warehouse.built() == {"int_as_of"}


def test_duckdb_skips_alike(warehouse: Warehouse, standing: Standing, tmp_path: Path) -> None:
    assert warehouse.built(engine="duckdb") == {"int_as_of"}
    one = write_rows(tmp_path / "2025-06-29", "economic_indicators", [INDICATORS])
    for extract in (one, standing.second):
        load_both(warehouse, extract)
        assert warehouse.built(engine="duckdb") == warehouse.built()
        _assert_equal(warehouse, DuckDBSide(warehouse.duckdb), extract.name)


def test_a_whole_build_of_nothing_new_ends_at_once(warehouse: Warehouse) -> None:
    def build(*arguments: str) -> str:
        return warehouse.bullion("build", *arguments).stdout

    assert "Completed successfully" in build()
    said = build()
    assert said.startswith("Nothing new since batch ")
    assert said.count("\n") == 1
    _execute(warehouse, "drop table gold.dim_product")
    # dbt builds what is missing; a selection is no whole build.
    assert "Completed successfully" in build("--select", "dim_product")
    assert "Completed successfully" in build("--select", "dim_product")
