"""dbt from any folder by what ``bullion env`` prints, and how fresh the sources are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from bullion.ingest.postgres.ddl import ensure_bronze
from bullion.paths import PROJECT_DIR
from tests.conftest import Database
from tests.support import dbt
from tests.support.cli import in_process

_AUDIT = """
    insert into bronze.load_audit
    select
        %s, %s, 'file.csv', %s, now(), now(),
        (now() at time zone 'UTC') - make_interval(days => %s),
        1, 1, 0, 0, 0, true, 'loaded', 'straight'
"""


def test_dbt_in_any_folder_says_how_fresh_sources_are(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.connect() as connection:
        ensure_bronze(connection)
        for batch, (table, days) in enumerate({"accounts": 0, "merchants": 3}.items()):
            connection.execute(_AUDIT, (batch, table, table, days))
    environ = database.environ()
    manifest = dbt.manifest_of(environ)
    said = in_process(environ, "env")
    exported = {
        name: shlex.split(value)[0]
        for name, value in re.findall(r"^export (\w+)=(.*)$", said, re.MULTILINE)
    }
    assert exported["DBT_PROJECT_DIR"] == exported["DBT_PROFILES_DIR"] == str(PROJECT_DIR)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    tables = ["source:bronze.accounts", "source:bronze.merchants"]
    options = ["--target-path", str(tmp_path / "target"), "--select", *tables]
    done = dbt.invoke(["source", "freshness", *options], manifest, exported)
    found = {each.node.name: each.status for each in done.results}
    assert (found["accounts"], found["merchants"]) == ("pass", "warn")
    assert not [*elsewhere.iterdir()], "dbt wrote where it was started"
