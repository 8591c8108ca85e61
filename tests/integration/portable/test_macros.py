"""Each portable macro gives the same values on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from bullion.paths import PROJECT_DIR
from tests.conftest import Database
from tests.support.macros import make_project, render

Run = Callable[[str], list[tuple[Any, ...]]]

# A query with macros → its rows.
NUMBERS = "(values (1, 7.0, 'b'), (2, null, 'a'), (3, 9.5, null)) as t(n, x, s)"
CASES: dict[str, list[tuple[Any, ...]]] = {
    "select {{ add_days(\"date '2024-02-28'\", 2) }}": [(date(2024, 3, 1),)],
    "select {{ add_days(\"timestamp '2024-02-28 23:00:00'\", '-59') }}": [(date(2023, 12, 31),)],
    "select {{ add_months(\"date '2024-01-31'\", 1) }}": [(date(2024, 2, 29),)],
    "select {{ month_start(\"timestamp '2024-02-28 23:00:00'\") }}": [(date(2024, 2, 1),)],
    "select {{ month_end(\"date '2024-02-03'\") }}": [(date(2024, 2, 29),)],
    "select {{ months_between_starts(\"date '2023-11-30'\", \"date '2024-02-01'\") }}": [(3,)],
    "select {{ days_between(\"date '2024-02-28'\", \"timestamp '2024-03-01 23:00:00'\") }}": [(2,)],
    "select {{ days_between(\"date '2024-03-01'\", \"date '2024-02-28'\") }}": [(-2,)],
    "select {{ date_key(\"date '2024-03-09'\") }}": [(20240309,)],
    "select {{ epoch_seconds(\"timestamp '1970-01-02 00:00:00.25'\") }}": [(86400.25,)],
    "select {{ iso_weekday(\"date '2024-03-10'\") }}, {{ iso_weekday(\"date '2024-03-11'\") }}": [
        (7, 1)
    ],
    "select day from {{ date_series(\"date '2024-02-28'\", \"date '2024-03-01'\") }} as d "
    "order by 1": [
        (date(2024, 2, 28),),
        (date(2024, 2, 29),),
        (date(2024, 3, 1),),
    ],
    "select n from {{ int_series(2, 4) }} as i order by 1": [(2,), (3,), (4,)],
    "select {{ ratio('7', '2') }}, {{ ratio('1', '0') }}, {{ ratio('null', '2') }}": [
        (3.5, None, None)
    ],
    "select {{ f8('cast(0.1 as decimal(9, 1))') }}": [(0.1,)],
    "select {{ dec('2.345') }}, {{ dec('-2.345') }}, {{ dec('1.0049999', 2) }}, "
    "{{ dec('2.5', 0) }}, {{ quantile_amount('398373.2149999999e0') }}": [
        (Decimal("2.35"), Decimal("-2.35"), Decimal("1.00"), Decimal(3), Decimal("398373.22"))
    ],
    "select {{ regex_match(\"'ab12'\", '^[a-z]+[0-9]{2}$') }}, "
    "{{ regex_match(\"'ab1'\", '[0-9]{2}') }}": [(True, False)],
    "select {{ regex_replace(\"'a1b22'\", '[0-9]+', '-') }}": [("a-b-",)],
    "select {{ staff_id(\"' AGT0007 '\") }}, {{ staff_id(\"' '\") }}, "
    "{{ staff_id('cast(null as ' ~ text_type() ~ ')') }}": [("AGT0007", None, None)],
    "select {{ staff_id(\"'Jane Doe 2'\") }}, {{ staff_id(\"' jane doe 2'\") }}, "
    "{{ staff_id(\"'jane2@bank.example'\") }}": [
        ("staff-6c7229494aaa", "staff-6c7229494aaa", "staff-476a484accaf")
    ],
    # A code stays what it is, one without a digit too.
    "select {{ staff_id(\"'staff-6c7229494aaa'\") }}, {{ staff_id(\"'staff-abcdefabcdef'\") }}": [
        ("staff-6c7229494aaa", "staff-abcdefabcdef")
    ],
    "select {{ regex_extract(\"'order 00123.'\", '([0-9]+)') }}, "
    "{{ regex_extract(\"'ab'\", '([0-9]*)') }}": [("00123", None)],
    "select {{ regex_extract(\"'ab'\", 'x(.)') }}, "
    "{{ regex_extract('cast(null as ' ~ text_type() ~ ')', '(a)') }}": [(None, None)],
    "select {{ regex_extract(\"'2024-03 paid'\", '^[0-9]{4}-([0-9]{2})[.]? (?:paid|open)$') }}": [
        ("03",)
    ],
    "select {{ list_agg('s', ', ', 's') }}, {{ list_agg('n', '', 'n desc') }} from " + NUMBERS: [
        ("a, b", "321")
    ],
    "select {{ list_agg('s', ',', 'n desc') }} from " + NUMBERS: [("a,b",)],
    "select {{ list_agg('s', ',', 's') }} filter (where n > 1) from " + NUMBERS: [("a",)],
    "select {{ list_agg('s', ',', 's') }} from " + NUMBERS + " where n = 3": [(None,)],
    "select {{ list_agg('s', ',', 's') }} from " + NUMBERS + " where n > 3": [(None,)],
    "select {{ json_text('j', ['a', 'b', 1]) }}, {{ json_text('j', ['t']) }}, "
    "{{ json_text('j', ['n']) }}, "
    "{{ json_text('j', ['none', 'at', 'all']) }}, {{ json_text('j', ['z']) }} "
    'from (values (\'{"a": {"b": [1, "x y"]}, "t": true, "n": 12.5, "z": null}\')) as t(j)': [
        ("x y", "true", "12.5", None, None)
    ],
    "select {{ width_bucket('x', 0, 10, 4) }} "
    "from (values (-0.1), (0), (2.4), (2.5), (9.9), (10), (null)) as t(x) "
    "order by x nulls last": [(0,), (1,), (1,), (2,), (4,), (5,), (None,)],
    "select {{ width_bucket('x', 0.1, 0.7, 6) }} "
    "from (values (0.1), (0.2), (0.3), (0.4), (0.5), (0.6)) as t(x) "
    "order by x": [(1,), (2,), (3,), (4,), (5,), (6,)],
    "select {{ nan_to_null('corr(n, 1.0)') }}, {{ nan_to_null('regr_slope(x, n)') }} from "
    + NUMBERS: [(None, 1.25)],
    "select {{ nan_to_null(f8('n')) }} from " + NUMBERS + " where n = 2": [(2.0,)],
    "select {{ surrogate_key(['1', \"date '2024-01-01'\"]) }} > 0, "
    "{{ surrogate_key(['null', \"'a'\"]) }} <> {{ surrogate_key([\"'a'\", 'null']) }}": [
        (True, True)
    ],
    "select {{ surrogate_key([\"'C1'\", \"timestamp '2024-01-01 10:00:00'\"]) }}": [
        (159392039919111806,)
    ],
    "select {{ hex_to_bigint(\"'00ff00ff00ff00f'\") }}": [(0x00FF00FF00FF00F,)],
    "select {{ row_as_json([{'name': 'n', 'type': 'int'}, {'name': 'x', 'type': 'money'}, "
    "{'name': 's', 'type': 'text'}, {'name': 'd', 'type': 'date'}, {'name': 'b', 'type': 'bool'}], "
    "'t') }} from (select 1 as n, cast('10.50' as decimal(18, 2)) as x, "
    "'a\"b' || chr(92) || chr(10) || chr(9) || chr(7) || 'c' as s, date '2024-02-29' as d, "
    "true as b) as t": [
        ('{"n": 1, "x": 10.50, "s": "a\\"b\\\\\\n\\tc", "d": "2024-02-29", "b": true}',)
    ],
    "select {{ row_as_json([{'name': 's', 'type': 'text'}, {'name': 'x', 'type': 'money'}], "
    "'t') }} from " + NUMBERS + " where n = 2": [('{"s": "a", "x": null}',)],
    "select {{ band('x', 'amount') }} "
    "from (values (-1), (9.99), (10), (5000), (null)) as t(x) "
    "order by x nulls last": [
        ("Under 10",),
        ("Under 10",),
        ("10-50",),
        ("1000 and over",),
        (None,),
    ],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("macros"))


def check(run: Run, project: Path, target: str) -> None:
    """Run all cases; tell of every one that differs."""
    differing = []
    for (case, expected), query in zip(
        CASES.items(), render(project, list(CASES), target), strict=True
    ):
        found = run(query)
        same_kind = all(
            isinstance(value, str) == isinstance(wanted, str)
            for row, wanted_row in zip(found, expected, strict=False)
            for value, wanted in zip(row, wanted_row, strict=True)
        )
        if found != expected or not same_kind:
            differing.append(f"{case}: {found}, not {expected}")
    assert not differing, "\n".join(differing)


def test_on_postgres(database: Database, project: Path) -> None:
    with database.connect(autocommit=True) as connection:
        check(lambda query: connection.execute(query.encode()).fetchall(), project, "dev")


def test_on_duckdb(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BULLION_DUCKDB", str(tmp_path / "warehouse.duckdb"))
    with duckdb.connect() as connection:
        for name, value in profile("duckdb")["settings"].items():
            connection.execute(f"set {name} = '{value}'")
        check(lambda query: connection.execute(query).fetchall(), project, "duckdb")


def test_width_bucket_is_that_of_postgres(database: Database, project: Path) -> None:
    [ours] = render(project, ["{{ width_bucket('x', -0.3, 1.1, 7) }}"], "dev")
    rows = database.rows(
        f"select x, {ours}, width_bucket(x, -0.3, 1.1, 7) "
        "from (select n / 100.0::float8 as x from generate_series(-60, 140) as n) as numbers"
    )
    assert len({native for _, _, native in rows}) == 9
    assert [row for row in rows if row[1] != row[2]] == []


def profile(target: str) -> dict[str, Any]:
    """A target of profiles.yml, its variables not filled in."""
    text = (PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["bullion"]["outputs"][target]


def test_a_set_of_bands_that_there_is_not_is_one_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AssertionError):
        render(project, ["select {{ band('x', 'ages') }}"], "dev")
    assert "ref_bands has no 'ages': it has credit_score, income, " in capsys.readouterr().out
