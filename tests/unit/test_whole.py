"""When a whole build is taken for standing, on a warehouse of four small tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from bullion.engines import whole
from bullion.engines.whole import WholeBuild, fingerprint_of, is_anew, is_whole

TABLES = """
create schema bronze; create schema silver; create schema gold;
create table bronze.load_audit (batch_id bigint, finished_at timestamp);
insert into bronze.load_audit values (1, '2025-01-01'), (2, '2025-01-02');
create table silver.int_as_of (last_batch_id bigint, as_of timestamp);
insert into silver.int_as_of values (2, '2025-01-02 23:59:59');
create table silver.build_log (
    model_name text, last_batch_id bigint, definition text, state text, built_at timestamp
);
create table gold.dim_date (date_key bigint);
"""


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(TABLES)
        yield opened


def _build(connection: duckdb.DuckDBPyConnection, fingerprint: str = "a") -> WholeBuild:
    return WholeBuild(lambda text: connection.execute(text).fetchall(), fingerprint, "")


def test_it_stands_once_it_is_noted(connection: duckdb.DuckDBPyConnection) -> None:
    assert _build(connection).stands() == ""
    _build(connection).note()
    _build(connection).note()
    said = _build(connection).stands()
    assert said.startswith("Nothing new since batch 2 (as of 2025-01-02 23:59): the warehouse")
    assert said.endswith(" UTC; --full-refresh builds it anew.")
    assert _build(connection, "b").stands() == ""


@pytest.mark.parametrize(
    "change",
    [
        "insert into bronze.load_audit values (3, '2025-01-03')",
        "update bronze.load_audit set finished_at = '2025-01-04'",
        "drop table gold.dim_date",
        "drop table gold.dim_date; create view gold.dim_date as select 1 as date_key",
        "create table gold.dim_other (date_key bigint)",
        "delete from silver.build_log",
    ],
)
def test_what_ends_it(connection: duckdb.DuckDBPyConnection, change: str) -> None:
    _build(connection).note()
    assert _build(connection).stands()
    connection.execute(change)
    assert _build(connection).stands() == ""


def test_a_load_during_the_build_is_not_in_it(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("insert into bronze.load_audit values (3, '2025-01-03')")
    _build(connection).note()
    assert _build(connection).stands() == ""


@pytest.mark.parametrize(
    "arguments",
    [[], ["--threads", "4"], ["--threads=4", "-x"], ["--fail-fast"], ["--full-refresh"]],
)
def test_whole_builds(arguments: list[str]) -> None:
    assert is_whole("build", arguments, {"DBT_TARGET_PATH": "there"})
    assert is_anew(arguments) == (arguments == ["--full-refresh"])


@pytest.mark.parametrize(
    "arguments",
    [["--select", "x"], ["--exclude=x"], ["--vars", "{alpha: 0.1}"], ["--empty"], ["-s", "x"]],
)
def test_builds_of_something_else(arguments: list[str]) -> None:
    assert not is_whole("build", arguments, {})


def test_another_verb_or_setting_is_no_whole_build() -> None:
    assert not is_whole("run", [], {})
    assert not is_whole("build", [], {"DBT_FULL_REFRESH": "1"})


def test_the_fingerprint_is_of_the_project_and_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "PROJECT_DIR", tmp_path)
    (tmp_path / "models").mkdir()
    model = tmp_path / "models" / "a.sql"
    model.write_text("select 1")
    before = fingerprint_of({})
    assert fingerprint_of({"PGPASSWORD": "secret"}) == before
    assert fingerprint_of({"BULLION_LAKE": "/there"}) != before
    model.write_text("select 2")
    assert fingerprint_of({}) != before
