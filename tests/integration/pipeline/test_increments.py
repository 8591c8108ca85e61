"""Increments: after each step of a random sequence, every table equals a full refresh of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bullion.contract import load_contract
from bullion.synth.bank import generate
from tests.support.extracts import delete, read_rows, upsert, write_rows
from tests.support.pipeline import Warehouse, assert_same_as_full_refresh

IN_EVERY_RUN = 3
SLOW = 10


def _awkward_extract(first: Path, folder: Path, dice: random.Random) -> Path:
    """Rows that move, vanish and come back: between accounts, customers, days and months.

    Returns a folder of the extract date that ``folder`` is named for.
    """
    transactions = read_rows(first / "transactions.csv")
    accounts = {row["account_id"]: row for row in read_rows(first / "accounts.csv")}
    picked = dice.sample(transactions, 12)
    rows = []
    for row in picked[:4]:
        other = dice.choice(list(accounts.values()))
        rows.append(upsert(row, account_id=other["account_id"], customer_id=other["customer_id"]))
    for row in picked[4:7]:
        other = dice.choice(transactions)
        rows.append(upsert(row, transaction_at=other["transaction_at"]))
    rows += [delete(row, "transaction_id") for row in picked[7:10]]
    quiet = dice.choice(transactions)
    same_month = [
        row
        for row in transactions
        if row["account_id"] == quiet["account_id"]
        and row["transaction_at"][:7] == quiet["transaction_at"][:7]
        and row not in picked
    ]
    rows += [delete(row, "transaction_id") for row in same_month]
    write_rows(folder, "transactions", rows)
    interactions = read_rows(first / "customer_interactions.csv")
    moved = dice.sample(interactions, min(3, len(interactions)))
    customers = [row["customer_id"] for row in read_rows(first / "customers.csv")]
    write_rows(
        folder,
        "customer_interactions",
        [upsert(row, customer_id=dice.choice(customers)) for row in moved],
    )
    return folder


def _revival(first: Path, awkward: Path, folder: Path) -> Path:
    """Half of what the awkward extract deleted arrives once more."""
    originals = {row["transaction_id"]: row for row in read_rows(first / "transactions.csv")}
    gone = [r for r in read_rows(awkward / "transactions.csv") if r["_op"] == "delete"]
    write_rows(
        folder,
        "transactions",
        [upsert(originals[row["transaction_id"]]) for row in gone[: max(1, len(gone) // 2)]],
    )
    return folder


def _steps(bank, base: Path, dice: random.Random) -> list[list[Path]]:
    """Groups of extracts, each loaded before one build: shuffled, repeated, some in one build."""
    first, *later = bank.extracts
    awkward = _awkward_extract(first, base / "2025-08-01", dice)
    later += [awkward, _revival(first, awkward, base / "2025-08-02")]
    dice.shuffle(later)
    opening = [first]
    if dice.random() < 0.5:
        opening = [later.pop(), first]
    steps = [opening]
    while later:
        steps.append([later.pop() for _ in range(min(len(later), dice.choice((1, 1, 2))))])
    steps[-1].append(first)
    return steps


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=() if seed <= IN_EVERY_RUN else pytest.mark.slow)
        for seed in range(1, SLOW + 1)
    ],
)
def test_increments_equal_full_refresh(warehouse: Warehouse, tmp_path: Path, seed: int) -> None:
    """Late, corrected, deleted, moved, revived and duplicate rows, in any order."""
    dice = random.Random(seed)
    bank = generate(
        tmp_path / "bank",
        customers=40,
        start="2025-01-01",
        end="2025-06-30",
        seed=seed,
        deltas=3,
        faults=seed % 2 == 0,
    )
    options = ["--max-rejected", "1"] if seed % 2 == 0 else []
    for number, group in enumerate(_steps(bank, tmp_path / "more", dice)):
        for extract in group:
            warehouse.load(extract, options=options)
        warehouse.build()
        if number > 0:
            names = ", ".join(extract.name for extract in group)
            assert_same_as_full_refresh(warehouse, f"seed {seed}, step {number} ({names})")


@pytest.mark.timeout(600)
def test_wrong_order_ends_as_the_right_order(warehouse: Warehouse, tmp_path: Path) -> None:
    """Gold is what it would be had all extracts come in their order."""
    bank = generate(
        tmp_path / "bank", customers=40, start="2025-01-01", end="2025-06-30", seed=5, deltas=4
    )
    first, second, third, fourth, fifth = bank.extracts
    for extract in (second, first):
        warehouse.load(extract)
    warehouse.build()
    for extract in (fifth, third, fourth):
        warehouse.load(extract)
        warehouse.build()
    in_disorder = warehouse.digests(("gold", "gold_pii"))

    with warehouse.database.connect(autocommit=True) as connection:
        connection.execute("set role loader")
        names = [*load_contract(), "load_audit"]
        connection.execute("truncate " + ", ".join(f"bronze.{n}" for n in names) + " cascade")
    for extract in bank.extracts:
        warehouse.load(extract)
    warehouse.build("--full-refresh")
    assert warehouse.digests(("gold", "gold_pii")) == in_disorder
