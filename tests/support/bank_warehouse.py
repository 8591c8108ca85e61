"""One warehouse with a bank large enough for statistics, built once and read by many tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from bullion.synth.bank import generate
from bullion.verify.bank import FILE, PlantedBank, bank_of
from tests.support.dbt import manifest_of
from tests.support.pipeline import Warehouse

if TYPE_CHECKING:
    from tests.conftest import Database

CUSTOMERS = 1500
SEED = 42


@dataclass
class BankWarehouse:
    """A synthetic bank of 1,500 customers and 48 months, loaded and built whole (without dbt's
    tests). For reading only: it is shared by the whole session."""

    warehouse: Warehouse
    folder: Path
    bank: PlantedBank

    def connect(self, **kwargs: Any) -> psycopg.Connection[Any]:
        """A connection as the login role, which finds gold by bare names."""
        return self.warehouse.database.connect(**kwargs)

    @cached_property
    def models(self) -> list[dict[str, Any]]:
        """The models of gold as dbt's manifest has them."""
        return [
            node.to_dict(omit_none=False)
            for name, node in manifest_of(self.warehouse.database.environ()).nodes.items()
            if name.startswith("model.") and node.schema == "gold"
        ]


@contextmanager
def built_bank(database: Database, folder: Path) -> Iterator[BankWarehouse]:
    """Generate, load and build it in a fresh database."""
    made = generate(folder / "bank", customers=CUSTOMERS, seed=SEED)
    warehouse = Warehouse(database, folder / "dbt")
    warehouse.load(made.path)
    shutil.rmtree(made.extracts[0])
    warehouse.build()
    yield BankWarehouse(warehouse, made.path, bank_of(made.truth, made.path / FILE))
