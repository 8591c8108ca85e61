"""Increments: after each step of a random sequence, every table equals a full refresh of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bullion.contract import load_contract
from bullion.synth.bank import generate
from tests.support.pipeline import INCREMENTS, Warehouse, assert_same_as_full_refresh
from tests.support.sequences import random_steps

IN_EVERY_RUN = 3
SLOW = 10
GOLD = ("gold", "gold_pii")


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
    steps = random_steps(bank, tmp_path / "more", dice)
    for number, group in enumerate(steps, start=1):
        # The last step builds and tests everything, in the first seed and the slow ones.
        is_whole = number == len(steps) and not 1 < seed <= IN_EVERY_RUN
        models = ("--exclude", "test_type:unit") if is_whole else INCREMENTS
        for extract in group:
            warehouse.load(extract, options=options)
        warehouse.build(*models, verb="build" if is_whole else "run")
        if number > 1:
            names = ", ".join(extract.name for extract in group)
            step = f"seed {seed}, step {number} ({names})"
            assert_same_as_full_refresh(warehouse, step, *models)


@pytest.mark.timeout(600)
def test_wrong_order_ends_as_the_right_order(warehouse: Warehouse, tmp_path: Path) -> None:
    """Gold is what it would be had all extracts come in their order."""
    bank = generate(
        tmp_path / "bank", customers=40, start="2025-01-01", end="2025-06-30", seed=5, deltas=4
    )
    first, second, third, fourth, fifth = bank.extracts
    for extract in (second, first):
        warehouse.load(extract)
    warehouse.build(*INCREMENTS)
    for extract in (fifth, third, fourth):
        warehouse.load(extract)
        warehouse.build(*INCREMENTS)
    with warehouse.saved() as in_disorder:
        with warehouse.database.connect(autocommit=True) as connection:
            connection.execute("set role loader")
            names = [*load_contract(), "load_audit"]
            connection.execute("truncate " + ", ".join(f"bronze.{n}" for n in names) + " cascade")
        for extract in bank.extracts:
            warehouse.load(extract)
        warehouse.build("--full-refresh", *INCREMENTS)
        warehouse.assert_same_as(in_disorder, "in the wrong order and in theirs", GOLD)
