"""Type-2 history after every step of a random sequence of extracts, against the slow way."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path

import pytest

from tests.integration.history.random_bank import (
    ACCOUNT_ATTRIBUTES,
    CUSTOMER_ATTRIBUTES,
    TABLES,
    RandomBank,
)
from tests.support.pipeline import Warehouse
from tests.support.timeline import Version, history

IN_EVERY_RUN = 1
SLOW = 12
STEPS = 4
MODELS = ("--select", "+dim_customer", "+dim_account")

Keyed = list[tuple[int, Version]]


def _built(warehouse: Warehouse) -> dict[str, Keyed]:
    """Versions with their keys by entity, in time, as the warehouse has them."""
    found: dict[str, Keyed] = {}
    columns = {
        "customer": ", ".join(CUSTOMER_ATTRIBUTES),
        "account": ", ".join(ACCOUNT_ATTRIBUTES).replace("credit_limit", "credit_limit_amount"),
    }
    for entity, names in columns.items():
        for row in warehouse.database.rows(
            f"select {entity}_id, {entity}_key, valid_from, valid_to, is_deleted, {names} "
            f"from gold.dim_{entity} where {entity}_key <> -1 order by 1, 3"
        ):
            name, key, valid_from, valid_to, is_deleted, *values = row
            version = Version(valid_from, valid_to, tuple(values), is_deleted)
            found.setdefault(name, []).append((key, version))
    return found


def _expected(bank: RandomBank) -> dict[str, list[Version]]:
    expected = {}
    for name, statements in bank.statements().items():
        attributes = CUSTOMER_ATTRIBUTES if name.startswith("C") else ACCOUNT_ATTRIBUTES
        versions = history(statements, attributes)
        if versions:
            expected[name] = versions
    return expected


def _changed_from(warehouse: Warehouse, after_batch: int) -> dict[str, datetime]:
    return {
        name: at
        for entity in ("customer", "account")
        for name, at in warehouse.database.rows(
            f"select {entity}_id, min(changed_from) from silver.int_{entity}_changes "
            "where _batch_id > %s group by 1",
            after_batch,
        )
    }


def _key_at(versions: Keyed, at: datetime) -> int | None:
    return next((key for key, v in versions if v.valid_from <= at < v.valid_to), None)


def _assert_changes_cover(
    before: dict[str, Keyed], after: dict[str, Keyed], changed_from: dict[str, datetime]
) -> None:
    """Wherever the key of an instant is another than before, a change reaches back to it."""
    for name, versions in after.items():
        standing = before.get(name, [])
        for at in sorted({v.valid_from for _, v in (*versions, *standing)}):
            if _key_at(versions, at) != _key_at(standing, at):
                assert name in changed_from, f"{name} changed at {at} unsaid"
                assert changed_from[name] <= at, f"{name} changed at {at}, said later"
                break


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=() if seed <= IN_EVERY_RUN else pytest.mark.slow)
        for seed in range(1, SLOW + 1)
    ],
)
def test_history_is_what_the_statements_say(
    warehouse: Warehouse, tmp_path: Path, seed: int
) -> None:
    """Late, tied, moved, deleted, revived, bad and orphaned rows, in any order of arrival."""
    dice = random.Random(seed)
    bank = RandomBank(dice, tmp_path / "bank")
    before: dict[str, Keyed] = {}
    batches = 0
    for step in range(STEPS):
        tables = TABLES if step == 0 else [dice.choice(TABLES) for _ in range(dice.randint(3, 6))]
        warehouse.load(*[bank.extract(table_name) for table_name in tables])
        warehouse.build(*MODELS)
        built = _built(warehouse)
        versions = {name: [v for _, v in keyed] for name, keyed in built.items()}
        assert versions == _expected(bank), f"step {step}"
        _assert_changes_cover(before, built, _changed_from(warehouse, batches))
        before = built
        batches = warehouse.database.value("select max(batch_id) from bronze.load_audit")

    by_increments = warehouse.digests()
    warehouse.build(*MODELS, "--full-refresh")
    assert warehouse.digests() == by_increments
