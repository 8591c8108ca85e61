"""Sequences of extracts that contradict, overtake and take back one another."""

from __future__ import annotations

import random
from pathlib import Path

from bullion.synth.bank import Bank
from tests.support.extracts import delete, read_rows, upsert, write_rows


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


def random_steps(bank: Bank, base: Path, dice: random.Random) -> list[list[Path]]:
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
