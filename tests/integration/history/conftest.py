"""A warehouse for the tests of history."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pipeline import Warehouse


@pytest.fixture
def warehouse(database, tmp_path: Path) -> Warehouse:
    """A fresh database with its own dbt state."""
    return Warehouse(database, tmp_path / "dbt")
