"""What the tests of an increment read: what it touched, and all where that is not known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bullion.engines.build import ALL_TESTS
from bullion.engines.registry import POSTGRES
from bullion.synth.bank import generate
from tests.support.extracts import read_rows, upsert, write_rows
from tests.support.pipeline import Warehouse

SCOPE = ("--exclude", "tag:analytics")
FEED = "customer_segments_history"
# An increment that forgets that a customer's or account's past has changed, and tests that read
# what is written of small tables too.
FORGETFUL = ("touched_rows", "in histories.items()", "in {}.items()")
CAREFUL = ("postgres__rows_touched", "< 50000", "< 0")
ARRIVED = (
    "select min(transaction_id) from silver.base_transactions"
    " where _changed_batch_id > {batch} and quarantine_rule is null and not is_deleted"
)
# What an increment may do wrong to what it touches, and the test that finds it.
SLIPS = {
    "a wrong sum": (
        (
            "update gold.fact_account_daily_snapshot"
            " set original_closing_balance_amount = original_closing_balance_amount + 1"
            " where snapshot_date = date '2025-05-31' and account_id = (select min(account_id)"
            " from silver.base_transactions where _changed_batch_id > {batch} and account_id in ("
            "select account_id from gold.fact_account_daily_snapshot"
            " where snapshot_date = date '2025-05-31'))"
        ),
        "snapshot_moves_by_its_lines",
    ),
    "a wrong amount": (
        (
            "update gold.fact_transactions set completed_amount = completed_amount + 1"
            f" where transaction_id = ({ARRIVED})"
        ),
        "fact_transactions_holds",
    ),
    "an orphan": (
        f"update gold.fact_transactions set channel_key = 77 where transaction_id = ({ARRIVED})",
        "fact_transactions_references",
    ),
    "a lost row": (
        (
            "delete from gold.fact_digital_engagement where engagement_id = ("
            "select min(engagement_id) from silver.base_digital_engagement"
            " where _changed_batch_id > {batch})"
        ),
        "facts_hold_what_silver_holds",
    ),
    "a lost winner": (
        (
            "delete from silver.base_transactions where transaction_id = ("
            f"{ARRIVED.replace('min', 'max')})"
        ),
        "every_version_is_accounted_for",
    ),
    "a key as of another instant": (
        (
            "update gold.fact_account_daily_snapshot as fact"
            " set customer_key = earlier.customer_key"
            " from gold.dim_customer as later, gold.dim_customer as earlier"
            " where fact.customer_key = later.customer_key"
            " and earlier.customer_id = later.customer_id"
            " and earlier.version_number = later.version_number - 1"
            " and fact.snapshot_date = date '2025-06-30'"
        ),
        "fact_account_daily_snapshot_keys_as_of",
    ),
    "a wrong set": (
        "update gold.fact_fraud_alerts set stage = 'Lost'",
        "fact_fraud_alerts_holds",
    ),
}
FORGOTTEN = "fact_transactions_keys_as_of"
READ_WHOLE = {"facts_hold_what_silver_holds", "fact_fraud_alerts_holds"}
NARROW_ON_DUCKDB = {"snapshot_moves_by_its_lines", "every_version_is_accounted_for"}
PRODUCT = "dim_product_holds"


@contextmanager
def _other_macros(warehouse: Warehouse, *changes: tuple[str, str, str]) -> Iterator[None]:
    """The project with other texts of macros, whole from its first build on."""
    manifest = warehouse.manifest()
    kept = {name: manifest.macros[f"macro.bullion.{name}"].macro_sql for name, *_ in changes}
    try:
        for name, old, new in changes:
            assert old in kept[name]
            manifest.macros[f"macro.bullion.{name}"].macro_sql = kept[name].replace(old, new)
        manifest.build_flat_graph()
        yield
    finally:
        for name, text in kept.items():
            manifest.macros[f"macro.bullion.{name}"].macro_sql = text
        manifest.build_flat_graph()


def _failing(warehouse: Warehouse, engine: str, *tests: str) -> set[str]:
    """Those of the tests that fail in a build of nothing else."""
    try:
        warehouse.build("--select", *tests, verb="build", engine=engine)
    except AssertionError as failed:
        return {line.split(":")[0] for line in str(failed).splitlines()}
    return set()


def _read(warehouse: Warehouse, engine: str, kind: str) -> set[str]:
    """The tests of the last build that were left as unchanged, or that read what is touched."""
    proofs: dict[str, Any] = warehouse.manifest(engine).flat_graph["proofs"]
    return {unique_id.split(".")[2] for unique_id, proof in proofs.items() if proof.get(kind)}


def _late_feed(extract: Path, folder: Path) -> Path:
    """A change of a customer's segment, told late: the past of who has most transactions is another
    one."""
    customers = Counter(row["customer_id"] for row in read_rows(extract / "transactions.csv"))
    [(customer, _)] = customers.most_common(1)
    rows = [row for row in read_rows(extract / f"{FEED}.csv") if row["customer_id"] == customer]
    segments = {row["customer_segment"] for row in rows}
    told = upsert(
        rows[-1],
        segment_history_id="SEG999999999999",
        effective_at="2025-02-15 10:00:00",
        customer_segment=min({"Affluent", "Business", "Mass Market", "Premium"} - segments),
    )
    return write_rows(folder / "2025-07-01", FEED, [told])


def _check(warehouse: Warehouse, folder: Path, engine: str, run: Any) -> None:
    bank = generate(
        folder / "bank", customers=60, start="2025-01-01", end="2025-06-30", seed=3, deltas=1
    )
    warehouse.load(bank.extracts[0], options=["--lake", str(warehouse.lake), "--postgres"])
    warehouse.build(*SCOPE, engine=engine)
    batch = len(list((warehouse.lake / "load_audit").iterdir()))
    slips = {test for _, test in SLIPS.values()} | ({FORGOTTEN} if engine == POSTGRES else set())
    assert _failing(warehouse, engine, PRODUCT, *slips) == set()
    assert not _read(warehouse, engine, "is_narrow")

    # Nothing new: nothing is read, and what other hands do is found by all tests alone.
    run("update gold.dim_product set category = 'Wood' where product_id = 'PRD007'")
    assert _failing(warehouse, engine, PRODUCT, *slips) == set()
    assert _read(warehouse, engine, "is_unchanged") == {PRODUCT, *slips}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ALL_TESTS, "1")
        assert _failing(warehouse, engine, PRODUCT) == {PRODUCT}
    # A test that failed reads all until it has passed.
    assert _failing(warehouse, engine, PRODUCT) == {PRODUCT}
    warehouse.build("--select", "dim_product", "--full-refresh", engine=engine)
    assert _failing(warehouse, engine, PRODUCT) == set()
    assert not _read(warehouse, engine, "is_unchanged")

    # An increment, whose tests find what it has done wrong.
    warehouse.load(
        bank.extracts[1],
        _late_feed(bank.extracts[0], folder),
        options=["--lake", str(warehouse.lake), "--postgres"],
    )
    warehouse.build(*SCOPE, engine=engine)
    for statement, _ in SLIPS.values():
        run(statement.format(batch=batch))
    # In two builds: what is built on something that has failed its test is not tested.
    first = slips - READ_WHOLE
    assert _failing(warehouse, engine, *first) == first
    narrow = first if engine == POSTGRES else NARROW_ON_DUCKDB
    assert _read(warehouse, engine, "is_narrow") == narrow
    assert _failing(warehouse, engine, *READ_WHOLE) == READ_WHOLE
    assert not _read(warehouse, engine, "is_narrow")
    assert _failing(warehouse, engine, *first) == first
    assert not _read(warehouse, engine, "is_narrow")


@pytest.mark.timeout(900)
def test_on_postgres(warehouse: Warehouse, tmp_path: Path) -> None:
    """Of the rows that have been written, and of those whose customer has."""
    with (
        warehouse.database.connect(autocommit=True) as connection,
        _other_macros(warehouse, FORGETFUL, CAREFUL),
    ):
        connection.execute("set role transformer")

        def run(statement: str) -> Any:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else cursor.rowcount

        _check(warehouse, tmp_path, POSTGRES, run)


@pytest.mark.timeout(900)
def test_on_duckdb(warehouse: Warehouse, tmp_path: Path) -> None:
    """Of the accounts and keys of which anything has arrived."""

    def run(statement: str) -> Any:
        with duckdb.connect(warehouse.duckdb) as connection:
            return connection.execute(statement).fetchall()

    _check(warehouse, tmp_path, "duckdb", run)
