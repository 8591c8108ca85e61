"""Statistical functions from one definition, on each engine."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.conftest import Database
from tests.support.macros import make_project, run_dbt

# A confidence bound (division of doubles, a square root), and one of dates.
DEFINITIONS = [
    (
        "{{ create_stats_function('wilson_low', "
        "[('hits', 'double precision'), ('n', 'double precision')], "
        "'double precision', 'case when n > 0 then (hits / n + 1.92 / n - 1.96 "
        "* sqrt((hits / n * (1 - hits / n) + 0.96 / n) / n)) / (1 + 3.84 / n) end') }}"
    ),
    (
        "{{ create_stats_function('is_late', [('day', 'date'), ('limit_day', 'date')], 'boolean',"
        " 'day > limit_day') }}"
    ),
]
MODEL = """
{{ config(materialized='table') }}
select
    n,
    {{ stats_schema() }}.wilson_low(n, 10) as low,
    {{ stats_schema() }}.is_late(date '2024-01-02', date '2024-01-01') as is_late
from {{ int_series(0, 10) }} as numbers
"""
QUERY = "select n, round(cast(low as decimal(38, 10)), 8), is_late from {} order by n"


def expected_low(hits: int) -> float:
    share = hits / 10
    root = ((share * (1 - share) + 0.96 / 10) / 10) ** 0.5
    return round((share + 1.92 / 10 - 1.96 * root) / (1 + 3.84 / 10), 8)


EXPECTED = [(n, expected_low(n), True) for n in range(11)]


def project_of(folder: Path, *definitions: str) -> Path:
    folder.mkdir()
    hooks = ["{{ prepare_build() }}", *(definitions or DEFINITIONS)]
    return make_project(folder, {"bounds": MODEL}, **{"on-run-start": hooks})


def as_numbers(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [(n, float(str(low)), late) for n, low, late in rows]


def test_on_postgres(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in database.settings.environ().items():
        monkeypatch.setenv(name, value)
    project = project_of(tmp_path / "first")
    run_dbt(project, "run", target="dev")
    assert as_numbers(database.rows(QUERY.format("gold.bounds"))) == EXPECTED
    made = (
        "select proname, xmin::text, provolatile::text, proparallel::text, "
        "pg_get_userbyid(proowner) "
        "from pg_proc where pronamespace = 'stats'::regnamespace order by 1"
    )
    before = database.rows(made)
    assert [(name, *rest) for name, _, *rest in before] == [
        ("is_late", "i", "s", "transformer"),
        ("wilson_low", "i", "s", "transformer"),
    ]
    # The call is gone from the plan: the expression stands in its place.
    [[plan]] = database.rows(
        "explain (verbose, format json) select stats.wilson_low(n, 10) "
        "from generate_series(1, 9) as n"
    )
    assert "sqrt" in str(plan)
    assert "wilson_low" not in str(plan)
    run_dbt(project, "run", target="dev")
    assert database.rows(made) == before
    # Another body, other types and names of parameters.
    changed = [
        DEFINITIONS[0].replace("1.92", "1.9208"),
        DEFINITIONS[1]
        .replace("'date')]", "'timestamp')]")
        .replace("'day'", "'moment'")
        .replace("'day >", "'moment >"),
    ]
    run_dbt(project_of(tmp_path / "second", *changed), "run", target="dev")
    after = database.rows(made)
    assert [name for name, *_ in after] == ["is_late", "wilson_low"]
    assert all(new != old for new, old in zip(after, before, strict=True))


def test_who_holds_their_lock_stops_no_build(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Builds side by side take turns by a lock that anybody may take: they wait for seconds."""
    for name, value in database.settings.environ().items():
        monkeypatch.setenv(name, value)
    with database.connect() as other:
        other.execute("select pg_advisory_xact_lock(hashtext('stats functions'))")
        run_dbt(project_of(tmp_path / "first"), "run", target="dev")
    made = "select count(*) from pg_proc where pronamespace = 'stats'::regnamespace"
    assert database.value(made) == len(DEFINITIONS)


def test_on_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "warehouse.duckdb"
    monkeypatch.setenv("BULLION_DUCKDB", str(file))
    project = project_of(tmp_path / "first")
    for _ in range(2):
        run_dbt(project, "run", target="duckdb")
    with duckdb.connect(str(file)) as connection:
        rows = connection.execute(QUERY.format("gold.bounds")).fetchall()
    assert as_numbers(rows) == EXPECTED
