"""The half of a Spark warehouse that DuckDB builds, with a catalogue that stands in for Spark."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from bullion.engines.build import _SELECTION_OPTIONS, _options
from bullion.engines.spark.statistics import FILE, others, statistics_database
from bullion.errors import BullionError

_CREATE = re.compile(
    r"create table (\S+) \((.*)\) using parquet location '(.*?)' comment '(.*)'", re.DOTALL
)
_COLUMN = re.compile(r"`(\w+)` ([a-z_]+(?:\([\d,]+\))?)(?: comment '((?:[^']|'')*)')?")


class Catalogue:
    """What Spark answers to the statements of this half."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables: dict[str, dict[str, Any]] = {}
        self.said: list[str] = []

    def add(self, name: str, query: str, columns: list[tuple[str, str]], **details: Any) -> Path:
        """A table as Spark has written it; returns its folder."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        if query:
            place = folder / details["partitions"][0] if "partitions" in details else folder
            place.mkdir(exist_ok=True)
            _write(query, place)
        named = [(column, kind, None) for column, kind in columns]
        self.tables[name] = {"columns": named, "location": f"file:{folder}", **details}
        return folder

    def place(self, name: str) -> Path:
        """Where a table's files are."""
        return Path(self.tables[name]["location"].removeprefix("file:"))

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """The rows of a table."""
        return duckdb.execute(f"from read_parquet('{self.place(name)}/*.parquet')").fetchall()

    def run(self, text: str) -> list[tuple[Any, ...]]:
        """Answer a statement."""
        self.said.append(text)
        if found := re.match(r"show (?:schemas|tables in (\S+)) like '(.*)'", text):
            schema, name = found.groups()
            known = {f"{schema}.{name}"} if schema else {f"{name}."}
            return [("yes",) for table in self.tables if any(map(table.startswith, known))]
        if found := re.match(r"describe schema (\S+)", text):
            return [("Namespace Name", found[1]), ("Location", f"file:{self.folder}/{found[1]}.db")]
        if found := re.match(r"describe table extended (\S+)", text):
            table = self.tables[found[1]]
            said = list(table["columns"])
            if "partitions" in table:
                said += [("_partition", "string", None), ("# Partition Information", "", "")]
                said += [("# col_name", "data_type", ""), ("_partition", "string", None)]
            kind = table.get("kind", "EXTERNAL")
            said += [("", "", ""), ("Type", kind, ""), ("Location", table["location"], "")]
            return [*said, ("Provider", table.get("provider", "parquet"), "")]
        if found := re.match(r"show partitions (\S+)", text):
            return [(partition,) for partition in self.tables[found[1]]["partitions"]]
        if found := re.match(r"drop table if exists (\S+)", text):
            self.tables.pop(found[1], None)
        elif found := re.match(r"alter table (\S+) set location '(.*)'", text):
            self.tables[found[1]]["location"] = found[2]
        elif found := _CREATE.match(text):
            self.tables[found[1]] = {
                "columns": [(n, t, c.replace("''", "'")) for n, t, c in _COLUMN.findall(found[2])],
                "location": found[3],
                "comment": found[4],
            }
        else:
            raise AssertionError(text)
        return []


def _write(query: str, folder: Path) -> None:
    duckdb.execute(f"copy ({query}) to '{folder}/part-0.parquet' (format parquet)")


def _node(kind: str, name: str, *reads: str, tag: str = "") -> tuple[str, Any]:
    depends_on = SimpleNamespace(nodes=[f"model.{each}" for each in reads])
    node = SimpleNamespace(
        resource_type=kind, name=name, alias=name, schema="gold", tags=[tag], depends_on=depends_on
    )
    return f"{kind}.{name}", node


MANIFEST = SimpleNamespace(
    nodes=dict(
        [
            _node("model", "facts"),
            _node("model", "days"),
            _node("model", "shown"),
            _node("model", "apart"),
            _node("seed", "bands"),
            _node("model", "mean", "facts", "shown", tag="statistics"),
            _node("test", "mean_refers", "mean", "days"),
        ]
    )
)
AS_OF = "2025-01-02 03:04:05"
FORGET = "drop view if exists gold.mean;"
BUILD = f"""
{FORGET}
create table gold.mean as
select avg(amount)::double as mean, count(*) as n, timestamp '{AS_OF}' as as_of,
    sum(amount)::decimal(18, 2) as total, 'a' as word
from gold.facts;
comment on column gold.mean.n is 'The bank''s rows.';
comment on table gold.mean is 'It''s a mean.';
"""


@pytest.fixture
def spark(tmp_path: Path) -> Catalogue:
    """Tables of Spark's half: of two partitions, without rows, a view."""
    catalogue = Catalogue(tmp_path / "warehouse")
    facts = catalogue.add(
        "gold.facts",
        "select 1.25::decimal(18, 2) as amount union all select 2.75",
        [("amount", "decimal(18,2)")],
        partitions=["_partition=2025-01", "_partition=2025-02"],
    )
    # What a killed build has left is no row of the table's.
    (facts / "_partition=2020-01").mkdir()
    _write("select 9::decimal(18, 2) as amount", facts / "_partition=2020-01")
    catalogue.add("gold.days", "", [("day", "date"), ("at", "timestamp_ntz"), ("word", "string")])
    catalogue.add("gold.shown", "", [("n", "int")], kind="VIEW")
    return catalogue


def _build(spark: Catalogue, tmp_path: Path, statements: str = BUILD) -> None:
    with statistics_database(spark.run, MANIFEST, tmp_path / "half") as path:
        assert path == tmp_path / "half" / FILE
        with duckdb.connect(path) as connection:
            connection.execute(statements)


def test_what_statistics_and_their_tests_read_is_there(spark: Catalogue, tmp_path: Path) -> None:
    with (
        statistics_database(spark.run, MANIFEST, tmp_path / "half") as path,
        duckdb.connect(path) as connection,
    ):
        names = connection.sql("select view_name from duckdb_views() where not internal")
        assert {name for (name,) in names.fetchall()} == {"facts", "days"}
        found = connection.sql("from gold.facts order by amount")
        assert str(found.types) == "[DECIMAL(18,2)]"
        assert [float(amount) for (amount,) in found.fetchall()] == [1.25, 2.75]
        empty = connection.sql("from gold.days")
        assert [str(kind) for kind in empty.types] == ["DATE", "TIMESTAMP", "VARCHAR"]
        assert empty.fetchall() == []
    assert not (tmp_path / "half").exists()


def test_tables_land_beside_sparks(spark: Catalogue, tmp_path: Path) -> None:
    _build(spark, tmp_path)
    table = spark.tables["gold.mean"]
    assert table["columns"] == [
        ("mean", "double", ""),
        ("n", "bigint", "The bank's rows."),
        ("as_of", "timestamp_ntz", ""),
        ("total", "decimal(18,2)", ""),
        ("word", "string", ""),
    ]
    assert table["comment"] == "It''s a mean."
    assert spark.place("gold.mean").parent == spark.folder / "gold.db" / "mean"
    [(mean, n, as_of, total, word)] = spark.rows("gold.mean")
    assert (mean, n, as_of, word) == (2.0, 2, datetime.fromisoformat(AS_OF), "a")
    assert float(total) == 4.0


def test_a_new_table_takes_the_place_in_one_statement(spark: Catalogue, tmp_path: Path) -> None:
    places = []
    for _ in range(3):
        spark.said.clear()
        _build(spark, tmp_path)
        places.append(spark.place("gold.mean"))
    changes = [text for text in spark.said if not text.startswith(("show", "describe"))]
    assert len(changes) == 1
    assert changes[0].startswith("alter table gold.mean set location")
    # That of before is left to its readers, older ones go.
    assert sorted(places[0].parent.iterdir()) == sorted(places[1:])


def test_a_table_of_other_columns_is_made_anew(spark: Catalogue, tmp_path: Path) -> None:
    _build(spark, tmp_path)
    _build(spark, tmp_path, f"{FORGET} create table gold.mean as select 1 as n")
    assert spark.tables["gold.mean"]["columns"] == [("n", "int", "")]
    assert spark.rows("gold.mean") == [(1,)]


def test_what_was_built_before_a_failure_is_kept(spark: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(duckdb.CatalogException, match="nothing"):
        _build(spark, tmp_path, f"{BUILD}; select * from gold.nothing")
    assert len(spark.rows("gold.mean")) == 1
    assert not (tmp_path / "half").exists()


@pytest.mark.parametrize("dies_at", ["drop", "create table", "alter", "describe schema"])
def test_who_is_killed_leaves_nothing_that_the_next_build_keeps(
    spark: Catalogue, tmp_path: Path, dies_at: str
) -> None:
    def run(text: str) -> list[tuple[Any, ...]]:
        if text.startswith(dies_at):
            raise BullionError("killed")
        return spark.run(text)

    if dies_at == "alter":
        _build(spark, tmp_path)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / FILE).write_text("of a build that was killed")
    with (
        pytest.raises(BullionError, match="killed"),
        statistics_database(run, MANIFEST, tmp_path / "half") as path,
        duckdb.connect(path) as connection,
    ):
        connection.execute(BUILD)
    with suppress(KeyError):
        assert len(spark.rows("gold.mean")) == 1
    _build(spark, tmp_path)
    assert len(spark.rows("gold.mean")) == 1
    assert len(list(spark.place("gold.mean").parent.iterdir())) <= 2


def test_tables_elsewhere_than_in_folders(spark: Catalogue, tmp_path: Path) -> None:
    spark.tables["gold.facts"]["location"] = "s3a://bank/facts"
    with pytest.raises(BullionError, match="keeps its tables at s3a://bank/facts"):
        _build(spark, tmp_path)


def test_tables_of_another_format(spark: Catalogue, tmp_path: Path) -> None:
    spark.tables["gold.facts"]["provider"] = "delta"
    with pytest.raises(BullionError, match="is no plain Parquet but delta"):
        _build(spark, tmp_path)


def test_sparks_half() -> None:
    assert others(MANIFEST) == ["facts", "days", "shown", "apart", "bands"]


def test_options_of_a_build() -> None:
    def variables(*arguments: str) -> list[str]:
        return _options(arguments, ("--vars",))

    assert variables("--select", "a", "--vars", "{b: 1}", "-x") == ["--vars", "{b: 1}"]
    assert variables("--vars={b: 1}") == ["--vars={b: 1}"]
    assert variables() == []
    selected = ["-s", "a", "+b", "--exclude", "c"]
    assert _options([*selected, "--full-refresh"], _SELECTION_OPTIONS) == selected
