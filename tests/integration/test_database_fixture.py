"""The fixtures that every integration test stands on."""

from __future__ import annotations

from typing import Any

from bullion.db import connect
from bullion.settings import get_settings


def test_environment_leads_to_a_prepared_database(database: Any) -> None:
    assert get_settings() == database.settings
    with connect() as connection:
        assert connection.info.user == "bullion"
        found = connection.execute(
            "select nspname from pg_namespace where nspname = any(%s)",
            (["bronze", "silver", "gold", "gold_pii", "stats"],),
        ).fetchall()
        assert len(found) == 5
        [search_path] = connection.execute("show search_path").fetchone() or [None]
        assert search_path == "gold, silver, bronze, stats, public"


def test_databases_are_fresh(database: Any) -> None:
    with database.connect() as connection:
        connection.execute("create table silver.only_here (a integer)")
    assert database.value("select count(*) from silver.only_here") == 0
