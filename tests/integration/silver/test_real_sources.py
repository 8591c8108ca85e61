"""No row of a real source breaks a rule, and silver holds each of them."""

from __future__ import annotations

import pytest
from psycopg import sql

from bullion.contract import load_contract
from bullion.ingest.adapters import load_adapter
from bullion.ingest.loader import LoadOptions
from bullion.paths import PROJECT_DIR
from tests.support.silver import TABLES, VIEWS, Silver

DATA = PROJECT_DIR.parent / "shared" / "data"


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the third-party files are not there ({DATA})")
@pytest.mark.parametrize("source", ["finance_project", "berka", "fintech_flat"])
def test_every_row_is_good(module_silver: Silver, source: str) -> None:
    database = module_silver.database
    with database.connect() as connection:
        connection.execute("set role loader")
        for name in [*load_contract(), "load_audit"]:
            connection.execute(
                sql.SQL("truncate {} cascade").format(sql.Identifier("bronze", name))
            )
    load_adapter(source, DATA / source, LoadOptions())
    module_silver.build(*TABLES, *VIEWS, whole=True)

    assert database.rows("select table_name, row_key, reason from silver.quarantine") == []
    staged = sum(
        database.value(f"select count(*) from silver.stg_{name}") for name in load_contract()
    )
    assert staged == database.value("select sum(rows_loaded) from bronze.load_audit") > 0
