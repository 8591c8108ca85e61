"""Warehouses for the tests of the engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pipeline import Warehouse


@pytest.fixture
def warehouse(database, tmp_path: Path) -> Warehouse:
    """A fresh database with its own dbt state, and a lake beside it."""
    return Warehouse(database, tmp_path / "dbt")
