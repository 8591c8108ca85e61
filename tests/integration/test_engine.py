"""SQLAlchemy's way into the warehouse."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import text

import bullion
from bullion.errors import BullionError


def test_pandas_reads_and_writes_by_it(database: Any) -> None:
    with database.connect() as connection:
        connection.execute("set role transformer")
        connection.execute("create table gold.things (name text, amount numeric)")
        connection.execute("insert into gold.things values ('a', 1.5), ('b', null)")
    engine = bullion.engine()
    try:
        # Bare, as a notebook's queries name the tables of gold.
        read = pd.read_sql("select * from things order by name", engine)
        assert read["name"].tolist() == ["a", "b"]
        assert read["amount"].fillna(0).tolist() == [1.5, 0]
        with engine.connect() as connection:
            own = connection.execute(text("select current_database(), current_user")).one()
        assert tuple(own) == (database.settings.database, "bullion")
    finally:
        engine.dispose()


def test_its_driver_is_named_and_its_url_tells_no_password(database: Any) -> None:
    engine = bullion.engine(pool_size=1)
    assert engine.driver == "psycopg"
    assert engine.dialect.name == "postgresql"
    shown = engine.url.render_as_string(hide_password=False)
    port = database.server.port
    assert shown == f"postgresql+psycopg://bullion@127.0.0.1:{port}/{database.settings.database}"


def test_it_survives_a_connection_that_died(database: Any) -> None:
    engine = bullion.engine(pool_size=1)
    try:
        with engine.connect() as connection:
            pid: int = connection.execute(text("select pg_backend_pid()")).scalar_one()
        with database.server.admin() as admin:
            admin.execute("select pg_terminate_backend(%s, 5000)", (pid,))
        assert pd.read_sql("select 1 as one", engine)["one"].tolist() == [1]
    finally:
        engine.dispose()


def test_without_a_server_it_says_what_to_do(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "1")
    with pytest.raises(BullionError, match="check that it runs"):
        pd.read_sql("select 1", bullion.engine())


def test_importing_bullion_imports_no_more_than_it_needs() -> None:
    code = (
        "import sys, bullion.cli; print([m for m in ('sqlalchemy', 'pandas') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
