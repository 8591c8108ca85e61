"""dbt from any folder by what ``bullion env`` prints, and how fresh the sources are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bullion.ingest.postgres.ddl import ensure_bronze
from tests.conftest import Database
from tests.support import dbt
from tests.support.cli import in_process

_AUDIT = """
    insert into bronze.load_audit (
        batch_id, table_name, source_file, content_hash, extracted_at, started_at, finished_at,
        rows_read, rows_loaded
    )
    values (%s, %s, %s, %s, now(), now(), (now() at time zone 'UTC') - make_interval(days => %s), 1, 1)
"""


def test_dbt_in_any_folder_says_how_fresh_sources_are(database: Database, tmp_path: Path) -> None:
    with database.connect() as connection:
        ensure_bronze(connection)
        for batch, (table, days) in enumerate(
            {"accounts": 0, "merchants": 3, "products": 8}.items()
        ):
            connection.execute(_AUDIT, (batch, table, f"{table}.csv", table, days))
    state = tmp_path / "target"
    environ = database.environ()
    dbt.bring_parsed(state, environ)
    said = in_process(environ, "env")
    script = (
        f"{said}\n"
        'exec "$PYTHON" -c \'import sys; from dbt.cli.main import dbtRunner; '
        "sys.exit(not dbtRunner().invoke(sys.argv[1:]).success)' source freshness "
        "--select source:bronze.accounts source:bronze.merchants source:bronze.products "
        "source:bronze.loans"
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    script += f' --target-path "{state}" --log-path "{tmp_path}"'
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=elsewhere,
        env=os.environ | {"PYTHON": sys.executable, "PGDATABASE": database.settings.database},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    found = json.loads((state / "sources.json").read_text())["results"]
    status = {each["unique_id"].split(".")[-1]: each["status"] for each in found}
    assert status == {
        "accounts": "pass",
        "merchants": "warn",
        "products": "error",
        "loans": "error",
    }, done.stdout
    assert not [*elsewhere.iterdir()], "dbt wrote where it was started"
