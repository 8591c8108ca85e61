"""What others have hung on the tables of a build, and what readers hold while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
import yaml

from bullion.engines.whole import close_duckdb
from tests.conftest import Database, Server, fresh_database
from tests.support.macros import make_project, run_dbt

# What the models are to be, read when they are compiled: so dbt reads the project but once.
WISH = """
{% macro wish() -%}
    {%- if not execute or target.type != 'postgres' -%}
        {{ return([1, 3, false, 'label']) }}
    {%- endif -%}
    {%- set wished = run_query('select factor, row_count, more, label from public.wish') -%}
    {{ return(wished.rows[0].values()) }}
{%- endmacro %}
"""
# The last line of each is a comment, as people leave them.
MODELS = {
    "a_table": "{%- set factor, row_count, more, label = wish() -%}\n"
    "select n as table_key, n * {{ factor }} as value{{ ', 7 as more' if more }},"
    " 'x' as {{ label }}\n"
    "from generate_series(1, {{ row_count }}) as t (n)\n-- last change: me",
    "an_increment": "{{ config(materialized='incremental', unique_key='n') }}\n"
    "{%- set factor, row_count, more, label = wish() -%}\n"
    "select n, n * {{ factor }} as value{{ ', 7 as more' if more }}, 'x' as {{ label }}\n"
    "from generate_series(1, {{ row_count }}) as t (n) /* last\nchange */ -- me",
    "a_view": "{{ config(materialized='view') }}\n"
    "select table_key, value, {{ wish()[3] }}\nfrom {{ ref('a_table') }} -- last change: me",
    # Its rows keep their keys and pass on what is unique.
    "a_contract": "select n as table_key, (n + {{ wish()[0] }}) % 3 as value\n"
    "from generate_series(1, 3) as t (n) -- last change: me",
    "a_parent": "select n as table_key, {{ wish()[0] }} as value\n"
    "from generate_series(1, {{ wish()[1] }}) as t (n) -- last change: me",
}
PROPERTIES = """
models:
  - name: a_table
    config:
      indexes: [{columns: [value]}]
  - name: a_contract
    config:
      contract: {enforced: true}
      indexes: [{columns: [value], unique: true}]
    constraints: &key [{type: primary_key, columns: [table_key]}]
    columns: &columns
      - {name: table_key, data_type: integer, constraints: [{type: not_null}]}
      - {name: value, data_type: integer}
  - name: a_parent
    config: {contract: {enforced: true}}
    constraints: *key
    columns: *columns
"""

Build = Callable[..., Any]


@pytest.fixture(scope="module")
def place(pg: Server) -> Iterator[Database]:
    """A database with a reader, ann, who has a schema of her own there."""
    with fresh_database(pg, is_environment=False) as database:
        with pg.admin(database.settings.database) as admin:
            admin.execute("create role ann login password 'ann' in role reader")
            admin.execute("create role bob")
            admin.execute("create schema ann authorization ann")
            admin.execute(
                "create table public.wish as"
                " select 1 as factor, 3 as row_count, false as more, 'label' as label"
            )
            admin.execute("grant select on public.wish to transformer")
        yield database
        with pg.admin(database.settings.database) as admin:
            admin.execute("drop owned by ann, bob cascade")
            admin.execute("drop role ann, bob")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make_project(tmp_path_factory.mktemp("others"), MODELS)
    settings = yaml.safe_load((made / "dbt_project.yml").read_text())
    settings["macro-paths"].append("macros")
    settings["models"]["bullion"] |= {
        "+materialized": "table",
        "+pre-hook": "{{ build_session() }}",
    }
    settings["seeds"] = {
        "bullion": {"+schema": "gold", "+full_refresh": True, "+pre-hook": "{{ assume_role() }}"}
    }
    settings["on-run-start"] = ["{{ prepare_build() }}", "{{ create_stats_functions() }}"]
    settings["on-run-end"] = ["{{ grant_access(schemas) }}"]
    (made / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    (made / "models" / "models.yml").write_text(PROPERTIES)
    for folder, name, text in (
        ("macros", "wish.sql", WISH),
        ("seeds", "a_seed.csv", "code,name\n1,one\n2,two\n"),
    ):
        (made / folder).mkdir()
        (made / folder / name).write_text(text)
    return made


@pytest.fixture
def build(place: Database, project: Path) -> Build:
    """Builds the project, or some models, anew: as it is wished."""

    def run(*arguments: str, **wished: Any) -> Any:
        with place.server.admin(place.settings.database) as admin:
            for name, value in wished.items():
                admin.execute(f"update public.wish set {name} = %s", (value,))
        options = ["--full-refresh", "--target-path", str(project.parent / "target")]
        return run_dbt(
            project,
            "build",
            *options,
            *arguments,
            target="dev",
            environ=place.settings.child_environ() | {"BULLION_LOCK_WAIT_SECONDS": "1"},
        )

    return run


def as_ann(place: Database) -> psycopg.Connection[Any]:
    """A connection of the reader's."""
    return psycopg.connect(
        host="127.0.0.1",
        port=place.server.port,
        dbname=place.settings.database,
        user="ann",
        password="ann",
        autocommit=True,
        application_name="a BI tool",
    )


def oid(place: Database, name: str) -> Any:
    return place.value(f"select '{name}'::regclass::oid")


def test_what_others_made_outlives_builds(place: Database, build: Build) -> None:
    build()
    with place.server.admin(place.settings.database) as admin:
        admin.execute("grant select on gold.a_table, gold.an_increment to bob with grant option")
    before = oid(place, "gold.an_increment")
    # A grant alone is carried to the table that takes the place of the other.
    build(factor=2)
    assert oid(place, "gold.an_increment") != before
    granted = "select has_table_privilege('bob', 'gold.{}', 'select with grant option')"
    assert place.value(granted.format("an_increment"))
    with place.server.admin(place.settings.database) as admin:
        admin.execute("grant select (n) on gold.an_increment to public")
        admin.execute("grant references on gold.a_parent to ann")
    with as_ann(place) as ann:
        for name in ("a_table", "an_increment", "a_view", "a_seed", "a_contract"):
            ann.execute(f"create view ann.on_{name} as select * from gold.{name}")
        ann.execute("create view ann.above as select count(*) as n from ann.on_a_view")
        ann.execute("create materialized view ann.kept as select * from gold.a_table")
        ann.execute("create unique index on ann.kept (table_key)")
        ann.execute("create table ann.notes (table_key integer references gold.a_parent)")
        ann.execute("insert into ann.notes values (1), (3)")
        build(factor=3, row_count=4)
        assert ann.execute("table ann.on_a_table").fetchall() == [
            (1, 3, "x"),
            (2, 6, "x"),
            (3, 9, "x"),
            (4, 12, "x"),
        ]
        assert ann.execute("select sum(value) from ann.on_an_increment").fetchone() == (30,)
        assert ann.execute("table ann.above").fetchone() == (4,)
        ann.execute("refresh materialized view concurrently ann.kept")
        assert ann.execute("select count(*) from ann.on_a_seed").fetchone() == (2,)
        assert ann.execute("table ann.on_a_contract order by 1").fetchall() == [
            (1, 1),
            (2, 2),
            (3, 0),
        ]
        assert place.value("select sum(value) from gold.a_parent") == 12
        # A column more, then without it again, for nobody's view reads it.
        for more in (True, False):
            build("--select", "a_table", "an_increment", factor=4, more=more)
            assert ann.execute("select max(value) from ann.on_a_table").fetchone() == (16,)
            assert ann.execute("table ann.above").fetchone() == (4,)
        assert place.value(granted.format("a_table"))
        indexed = "select count(*) from pg_index where indrelid = 'gold.{}'::regclass"
        assert [place.value(indexed.format(name)) for name in ("a_table", "a_contract")] == [1, 2]


def test_a_build_that_would_break_a_view_names_it_and_leaves_all(
    place: Database, build: Build
) -> None:
    with as_ann(place) as ann:
        before = ann.execute("table ann.on_a_table order by 1").fetchall()
        with pytest.raises(AssertionError) as told:
            build(factor=5, label="other_label")
        words = str(told.value)
        for name in ("ann.on_a_table", "ann.on_a_view", "ann.on_an_increment", "ann.kept"):
            assert name in words, words
        assert "drop what depends on it, build, and make it again" in words
        assert ann.execute("table ann.on_a_table order by 1").fetchall() == before
        # A row that another's row points to cannot go.
        with pytest.raises(AssertionError, match=r'foreign key constraint .* on table "notes"'):
            build("--select", "a_parent", row_count=2)
        assert ann.execute("table ann.on_a_table order by 1").fetchall() == before
        ann.execute("drop schema ann cascade")
    build()
    assert place.value("select sum(value) from gold.a_view where other_label = 'x'") == 15


def test_a_reader_holds_up_nobody(place: Database, build: Build) -> None:
    with as_ann(place) as reader, as_ann(place) as other:
        reader.execute("begin")
        for name in ("a_table", "an_increment", "a_view", "a_seed"):
            reader.execute(f"select * from gold.{name}")
        waits = []
        started = time.monotonic()
        done = threading.Event()

        def read() -> None:
            while not done.wait(0.05):
                begun = time.monotonic()
                other.execute("select count(*) from gold.a_table")
                waits.append(time.monotonic() - begun)

        thread = threading.Thread(target=read)
        thread.start()
        try:
            build(factor=6)
        finally:
            done.set()
            thread.join()
        assert max(waits) < 1
        assert time.monotonic() - started < 30
        assert place.value("select max(value) from gold.a_table") == 12
        # A column must be added, for which nobody may read the table meanwhile.
        with pytest.raises(AssertionError) as told:
            build("--select", "a_table", more=True)
        words = str(told.value)
        assert "gold.a_table could not be changed in 1 s; it is held by process" in words
        assert "of user ann (a BI tool), since 2" in words


def test_models_end_in_comments_on_duckdb(project: Path, tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    for _ in range(2):
        run_dbt(
            project,
            "build",
            "--target-path",
            str(tmp_path / "target"),
            target="duckdb",
            environ={"BULLION_DUCKDB": str(file)},
        )
        close_duckdb()
        with duckdb.connect(file) as connection:
            for name in MODELS:
                assert connection.sql(f"select count(*) from gold.{name}").fetchall() == [(3,)]
