"""What a mapping may say of its files, that its SQL reaches nothing else, and that a record on
which it fails is one reject. Into a lake, which needs no server."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from bullion.cli import app
from bullion.errors import BullionError
from bullion.ingest.adapters import load_adapter
from bullion.ingest.adapters.sandbox import require_one_select
from bullion.ingest.loader import FileOutcome, LoadOptions
from tests.unit.ingest.samples import as_json_array, as_parquet, as_xlsx

HEAD = "description: d\nextracted_at: select date '2024-01-31'\n"
CUSTOMERS = "tables: {customers: {from: [a], sql: %s}}\n"
SELECT = "select id as customer_id, since as signup_date, city, _source_row from a"
LAX = LoadOptions(max_rejected_pct=100)


class Trial:
    """A folder with files and a mapping over them, and the customers that it makes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lake = folder.parent / "lake"

    def write(self, **files: str | bytes) -> None:
        for name, data in files.items():
            path = self.folder / name.replace("__", ".")
            path.write_bytes(data.encode() if isinstance(data, str) else data)

    def load(self, source: str, sql: str = SELECT, path: str = "") -> FileOutcome:
        """Load by ``sources: {a: <source>}`` and one SELECT of customers."""
        text = f"{HEAD}sources: {{a: {{{source}}}}}\n" + CUSTOMERS % json.dumps(sql)
        return self.load_text(text, path)

    def load_text(self, text: str, path: str = "") -> FileOutcome:
        mapping = self.folder.parent / "map.yml"
        mapping.write_text(text)
        report = load_adapter(str(mapping), self.folder / path, LAX, lake=self.lake)
        [outcome] = report.outcomes
        return outcome

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        with duckdb.connect() as database:
            return database.execute(
                "select customer_id, signup_date::text, city, _source_row from "
                f"read_parquet('{self.lake}/customers/*.parquet') order by _batch_id, _source_row"
            ).fetchall()

    @property
    def rejects(self) -> list[tuple[Any, ...]]:
        with duckdb.connect() as database:
            return database.execute(
                "select source_row, kind, reason, raw_text from "
                f"read_parquet('{self.lake}/rejected_rows/*.parquet') order by 1"
            ).fetchall()


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    folder = tmp_path / "files"
    folder.mkdir()
    return Trial(folder)


BY_POSITION = "header: false, columns: [id, since, city]"
CRLF = "id,since,city\r\n1,2024-01-05,Köln\r\n"
ROWS: list[list[str | None]] = [["1", "2024-01-05", "Köln"], ["2", "2024-01-06", None]]
LOADED = [("1", "2024-01-05", "Köln", 1), ("2", "2024-01-06", None, 2)]
NAMES = ("id", "since", "city")


@pytest.mark.parametrize(
    ("name", "data", "source"),
    [
        ("a.csv", "id;since;city\n1;2024-01-05;Köln\n2;2024-01-06;\n", "file: a.csv"),
        ("a.csv", "1;2024-01-05;Köln\n2;2024-01-06;\n", BY_POSITION),
        ("a.csv", "1;2024-01-05;Köln;\n2;2024-01-06;;\n", BY_POSITION),
        ("a.csv", "id;since;city\n1;2024-01-05;Köln;\n2;2024-01-06;;\n", ""),
        ("a.csv", f"Top\r\n\r\n{CRLF}2,2024-01-06,n/a\r\n", "skip_lines: 2, null: [n/a]"),
        ("a.csv", "id;since;city\r1;05.01.2024;Köln\r2;06.01.2024;\r", "date_format: DD.MM.YYYY"),
        ("a.json", as_json_array(NAMES, ROWS), "file: a.json"),
        ("a.parquet", as_parquet(NAMES, ROWS), "file: a.parquet"),
        ("a.xlsx", as_xlsx(NAMES, ROWS), "file: a.xlsx, sheet: Sheet"),
        ("a.xlsx", as_xlsx(("Title",), [[], ["x"], list(NAMES), *ROWS]), "skip_lines: 3"),
    ],
)
def test_layouts(trial: Trial, name: str, data: str | bytes, source: str) -> None:
    trial.write(**{name.replace(".", "__"): data})
    given = source if source.startswith("file") else f"file: {name}" + (source and f", {source}")
    outcome = trial.load(given)
    assert (outcome.status, outcome.message) == ("loaded", "")
    assert trial.rows == LOADED


def test_columns_by_position(trial: Trial) -> None:
    trial.write(a__csv="1,2024-01-05,Köln\n2,2024-01-06,\n")
    sql = (
        "select column1 as customer_id, column2 as signup_date, column3 as city, _source_row from a"
    )
    trial.load("file: a.csv, header: false", sql)
    assert trial.rows == LOADED


@pytest.mark.parametrize(
    "first",
    [
        "1,2024-01-05,Köln",
        "x,1.234,y",
        "x,18.09.2017,z",
        "a,-1.00,b",
        "a,1.00 EUR,b",
        "a,5€,b",
        "a,1'234.50,b",
        "a,05 Jan 2024,b",
        "a,1.5E3,b",
    ],
)
def test_a_record_is_not_taken_for_a_header(trial: Trial, first: str) -> None:
    trial.write(a__csv=f"{first}\n2,2024-01-06,\n")
    with pytest.raises(
        BullionError, match=r"a.csv: its first line looks like a record.*header: fal"
    ):
        trial.load("file: a.csv")


def test_names_that_stand_twice_are_told_apart(trial: Trial) -> None:
    trial.write(a__csv="skip,Skip,,id,since,_source_row\na,b,c,1,2024-01-05,e\n")
    sql = (
        "select id as customer_id, since as signup_date, "
        'skip || "Skip_2" || column3 || _source_row_2 as city from a'
    )
    trial.load("file: a.csv", sql)
    assert trial.rows == [("1", "2024-01-05", "abce", 1)]


def test_amounts_and_dates_as_the_source_writes_them(trial: Trial) -> None:
    trial.write(a__csv="id;since;income\n1;05.01.2024;1.234,5\n2;06.01.24;1,5\n")
    sql = (
        "select id as customer_id, strptime(left(since, 6) || '2024', '%d.%m.%Y') as signup_date, "
        "since as last_login_at, income as annual_income, _source_row from a"
    )
    outcome = trial.load('file: a.csv, decimal: ",", date_format: DD.MM.YYYY', sql)
    assert [row[:2] for row in trial.rows] == [("1", "2024-01-05")]
    assert outcome.counts.totals is not None
    assert outcome.counts.totals["annual_income"] == Decimal("1234.50")
    assert [row[:2] for row in trial.rejects] == [(2, "type")]


def test_several_files_of_a_pattern(trial: Trial) -> None:
    trial.write(
        s_1__csv="id,since,city\n1,2024-01-05,x\n2,2024-01-06,y,z\n",
        S_2__csv="city,id,since\nw,3,2024-01-07\n",
        other__csv="a\n1\n",
    )
    sql = "select id as customer_id, since as signup_date, _source_file as city, _source_row from a"
    outcome = trial.load('file: "s_*.csv"', sql)
    assert outcome.source_file == "map/s_*.csv"
    assert sorted(trial.rows) == [
        ("1", "2024-01-05", "s_1.csv", 2),
        ("3", "2024-01-07", "S_2.csv", 1),
    ]
    [(row, kind, reason, _)] = trial.rejects
    assert (row, kind) == (3, "fields")
    assert reason.startswith("s_1.csv, record 2: ")
    trial.write(s_3__csv="id,since,town\n1,2024-01-05,x\n")
    with pytest.raises(
        BullionError, match=r"has other columns than .* \(without city, with town\)"
    ):
        trial.load('file: "s_*.csv"', sql)


def test_two_sources_never_read_one_file(trial: Trial) -> None:
    trial.write(a__csv="id,since,city\n1,2024-01-05,x\n", b__csv="id\n1\n")
    text = HEAD + "sources: {a: {file: a.csv}, b: {file: '%s'}}\n" + CUSTOMERS % f"'{SELECT}'"
    with pytest.raises(BullionError, match=r"a.csv is one file, but the mapping has 2 sources"):
        trial.load_text(text % "b.csv", "a.csv")
    with pytest.raises(BullionError, match="would be read by two sources, a and b"):
        trial.load_text(text % "A.*", "")
    trial.load_text(text % "b.csv")
    assert len(trial.rows) == 1
    trial.write(**{"a.csv.gz": b"\x1f\x8b"})
    with pytest.raises(BullionError, match=r"a.csv and a.csv.gz are both there"):
        trial.load_text(text % "b.csv")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("file: a.csv, columns: [a]", "has columns, which name those of a file without one"),
        ("file: a.csv, decimal: x", "sources.a.decimal"),
        ("file: a.csv, date_format: soon", "is no way of writing dates"),
        ("file: a.csv, skip_lines: -1", "sources.a.skip_lines"),
        ("file: a.csv, header: false, columns: [a, b, c, d]", "has 3 fields in its first record"),
        ("file: a.csv, sheet: x", "a.csv is delimited text: sheet says nothing of it"),
    ],
)
def test_what_cannot_be_said(trial: Trial, source: str, said: str) -> None:
    trial.write(a__csv="id,since,city\n1,2024-01-05,x\n")
    with pytest.raises(BullionError, match=said) as raised:
        trial.load(source)
    assert "\n" not in str(raised.value)


def hostile(folder: Path) -> dict[str, str]:
    target = folder / "stolen"
    return {
        "copy": f"copy (select 1) to '{target}'",
        "copy first": f"copy (select 1) to '{target}'; {SELECT}",
        "read_text": "select content as customer_id, since as signup_date from a, "
        "read_text('/etc/hostname')",
        "read_blob": f"select * from read_blob('{folder}/*')",
        "glob": "select file as customer_id from glob('/etc/*')",
        "file by name": "select * from '/etc/passwd'",
        "attach": f"attach '{target}'",
        "install": "install httpfs",
        "load": "load json",
        "pragma": "pragma database_list",
        "set": "set enable_external_access = true",
        "export": f"export database '{target}'",
        "python": "select * from trial",
        "create": "create table sources.b as select 1",
        "csv": "select * from read_csv('/etc/passwd')",
        "nothing": "-- nothing",
        "broken": "select from where",
        "two": f"{SELECT}; {SELECT}",
        "address": "select * from arrow_scan(1::ubigint, 2::ubigint, 3::ubigint)",
        "in an expression": f"{SELECT} where exists (from pandas_scan(1::ubigint))",
        "in a CTE": f"with b as (from system.main.SEQ_SCAN('a')) {SELECT}",
        "as text": "select * from query('select * from arrow_scan(1, 2, 3)')",
        "serialized": "select * from json_execute_serialized_sql('{}')",
    }


@pytest.mark.parametrize("kind", list(hostile(Path())))
@pytest.mark.parametrize("where", ["sql", "extracted_at"])
def test_sql_reaches_nothing_else(trial: Trial, kind: str, where: str) -> None:
    trial.write(a__csv="id,since,city\n1,2024-01-05,x\n")
    sql = hostile(trial.folder)[kind]
    said = {"sql": SELECT, "extracted_at": "select date '2024-01-31'"} | {where: sql}
    text = json.dumps(
        {
            "description": "d",
            "extracted_at": said["extracted_at"],
            "sources": {"a": {"file": "a.csv"}},
            "tables": {"customers": {"from": ["a"], "sql": said["sql"]}},
        }
    )
    with pytest.raises(BullionError) as raised:
        trial.load_text(text)
    assert "\n" not in str(raised.value)
    assert not (trial.folder / "stolen").exists()


def test_which_table_functions_are_let_through() -> None:
    with duckdb.connect() as database:
        rows = database.execute(
            "select distinct function_name from duckdb_functions() "
            "where function_type in ('table', 'table_macro')"
        ).fetchall()
    known = {name for (name,) in rows}
    # A new DuckDB may have more: what they do is to be looked at before they are let through.
    assert {"arrow_scan", "pandas_scan", "python_map_function", "query", "read_csv"} <= known
    let_through = {name for name in known if not _refusal(f"select * from {name}(1)")}
    for name in known - let_through:
        assert _refusal(f"select * from {name}(1)").startswith(f"calls {name}, but it reads")
    assert let_through == {
        "generate_series",
        "json_each",
        "json_tree",
        "range",
        "repeat",
        "repeat_row",
        "unnest",
    }


def _refusal(sql: str) -> str:
    try:
        require_one_select(sql)
    except ValueError as error:
        return str(error)
    return ""


EXPLOSION = "select sum(a.range + b.range) from range(10000000) as a, range(10000000) as b"
ROWS_WITHOUT_END = (
    "select a.id as customer_id, a.since as signup_date "
    "from a, range(10000000) as b, range(10000000) as c"
)


@pytest.mark.parametrize(
    ("where", "sql"),
    [
        ("table customers", f"{SELECT} where ({EXPLOSION}) > 0"),
        ("table customers", ROWS_WITHOUT_END),
        ("extracted_at", f"select date '2024-01-01' + ({EXPLOSION})::integer"),
    ],
    ids=["sum", "rows", "extracted_at"],
)
def test_sql_that_would_run_for_ever_is_stopped(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, where: str, sql: str
) -> None:
    monkeypatch.setenv("BULLION_MAPPING_MINUTES", "0.01")
    trial.write(a__csv="id,since,city\n1,2024-01-05,x\n")
    said = {"table customers": SELECT, "extracted_at": "select date '2024-01-31'"} | {where: sql}
    text = json.dumps(
        {
            "description": "d",
            "extracted_at": said["extracted_at"],
            "sources": {"a": {"file": "a.csv"}},
            "tables": {"customers": {"from": ["a"], "sql": said["table customers"]}},
        }
    )
    begun = time.monotonic()
    if where == "extracted_at":
        with pytest.raises(BullionError) as raised:
            trial.load_text(text)
        message = str(raised.value)
    else:
        outcome = trial.load_text(text)
        assert outcome.status == "failed"
        message = outcome.message
    assert time.monotonic() - begun < 30
    assert message == (
        f"The mapping map, {where}: its SQL was stopped, for it has run for 0.01 minutes, the most "
        "that it may: a join may lack its condition; if it is right, set BULLION_MAPPING_MINUTES "
        "to more."
    )
    assert trial.rows == []


def test_sql_that_fills_the_disk_is_stopped(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    free = iter([1 << 40, 1 << 40])
    usage = type(shutil.disk_usage("/"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 41, 1 << 40, next(free, 1)))
    trial.write(a__csv="id,since,city\n1,2024-01-05,x\n")
    outcome = trial.load("file: a.csv", f"{SELECT} where ({EXPLOSION}) > 0")
    assert outcome.status == "failed"
    assert "its SQL was stopped, for it fills the disk of " in outcome.message


@pytest.mark.parametrize("minutes", ["soon", "0", "-1", "inf", "nan"])
def test_the_limit_is_a_number_of_minutes(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, minutes: str
) -> None:
    monkeypatch.setenv("BULLION_MAPPING_MINUTES", minutes)
    trial.write(a__csv="id,since,city\n1,2024-01-05,x\n")
    with pytest.raises(BullionError, match=f"BULLION_MAPPING_MINUTES is '{minutes}': set it to"):
        trial.load("file: a.csv")


@pytest.mark.parametrize(
    "sql",
    [
        "select id as customer_id, strptime(since, '%Y-%m-%d') as signup_date, _source_row from a",
        """select id as customer_id, cast(since as date) as signup_date, _source_row from a
        left join (select max(1) as one) on false where true order by id; -- a comment""",
    ],
)
def test_a_value_that_fails_rejects_its_record(trial: Trial, sql: str) -> None:
    bad = {7, 500, 501, 999}
    lines = [f"{i},{'soon' if i in bad else '2024-01-05'},x" for i in range(1, 1000)]
    trial.write(a__csv="\n".join(["id,since,city", *lines]))
    outcome = trial.load("file: a.csv", sql)
    assert outcome.counts.rows_read == 999
    assert [row[0] for row in trial.rejects] == sorted(bad)
    assert len(trial.rows) == 999 - len(bad)
    _, kind, reason, raw = trial.rejects[0]
    assert kind == "mapping"
    assert "soon" not in reason
    assert '"soon"' in raw


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select strptime(since, '%d') as signup_date, id as customer_id from a", "fails on 50"),
        (
            "select max(strptime(since, '%d')) as signup_date, id as customer_id from a group by 2",
            "try_strptime",
        ),
        (
            """select cast(a.since as int)::text as signup_date, a.id as customer_id
            from a join a as b using (id)""",
            "try_cast",
        ),
        ("select strptime('x', '%d') as signup_date, id as customer_id from a", "try_strptime"),
    ],
)
def test_sql_that_fails_as_a_whole(trial: Trial, sql: str, said: str) -> None:
    trial.write(a__csv="id,since,city\n" + "1,2024-01-05,x\n" * 150)
    outcome = trial.load("file: a.csv", sql)
    assert outcome.status == "failed"
    assert said in outcome.message
    assert outcome.message.isprintable()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select since as signup_date, null as customer_id from a", "does not say what customer"),
        ("select since as signup_date from a", "does not say what customer_id is"),
        ("select id as customer_id, since as signup_date, 1 as hobby from a", "columns hobby"),
        ("select nothing as customer_id, since as signup_date from a", "nothing"),
    ],
)
def test_selects_of_other_columns(trial: Trial, sql: str, said: str) -> None:
    trial.write(a__csv="id,since,city\n1,2024-01-05,x\n")
    with pytest.raises(BullionError, match=said):
        trial.load("file: a.csv", sql)


def test_options_of_values_belong_into_the_mapping(trial: Trial) -> None:
    run: Callable[..., Any] = CliRunner().invoke
    for option in (["--decimal", ","], ["--date-format", "DD.MM.YYYY"], ["--delimiter", ";"]):
        result = run(app, ["load", "--from", "berka", str(trial.folder), *option])
        assert isinstance(result.exception, BullionError)
        assert "at the mapping's sources" in str(result.exception)
