"""The parity harness sees every kind of difference, and none where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import yaml

from bullion.paths import PROJECT_DIR
from tests.support.parity import UNCOMPARED_COLUMNS, Columns, assert_equal, compare, kind_of

KINDS = {
    "fact_id": "text",
    "amount": "decimal",
    "day": "date",
    "at": "timestamp",
    "score": "double",
    "count": "integer",
    "is_open": "boolean",
}
ROWS: list[dict[str, Any]] = [
    {
        "fact_id": name,
        "amount": Decimal("10.50"),
        "day": date(2024, 2, 29),
        "at": datetime.fromisoformat("2024-02-29 23:59:59.000001"),
        "score": score,
        "count": 3,
        "is_open": True,
    }
    for name, score in (("a", 0.1), ("b", None), ("c", float("nan")), ("c", 1e-12))
]


@dataclass
class FixedSide:
    """A warehouse of tables given as they are."""

    name: str
    tables: Mapping[str, pa.Table]
    kinds: Mapping[str, str]

    def relations(self) -> dict[str, Columns]:
        return {name: dict(self.kinds) for name in self.tables}

    def rows(self, relation: str) -> pa.Table:
        return self.tables[relation]


def side(
    name: str, rows: list[dict[str, Any]], relation: str = "gold.fact", **kinds: str
) -> FixedSide:
    kinds = KINDS | kinds
    table = pa.table({column: [row[column] for row in rows] for column in kinds})
    return FixedSide(name, {relation: table}, kinds)


def changed(number: int, **values: Any) -> list[dict[str, Any]]:
    return [row | values if place == number else row for place, row in enumerate(ROWS)]


def found(rows: list[dict[str, Any]]) -> str:
    return "\n".join(compare(side("one", ROWS), side("other", rows)).differences.values())


def test_equal_sides_are_counted() -> None:
    result = assert_equal(side("one", ROWS), side("other", list(reversed(ROWS))))
    assert (result.relations, result.rows, result.cells) == (1, 4, 28)


def test_decimals_are_equal_whatever_their_scale_and_form() -> None:
    text = [row | {"amount": "10.5000"} for row in ROWS]
    assert not compare(side("one", ROWS), side("other", text)).differences
    whole = [row | {"amount": "100"} for row in ROWS]
    ten = [row | {"amount": "10"} for row in ROWS]
    assert compare(side("one", whole), side("other", ten)).differences


@pytest.mark.parametrize(
    "change",
    [
        {"fact_id": "a "},
        {"fact_id": None},
        {"amount": Decimal("10.51")},
        {"amount": None},
        {"day": date(2024, 3, 1)},
        {"at": datetime.fromisoformat("2024-02-29 23:59:59")},
        {"score": 0.1 * (1 + 1e-8)},
        {"score": None},
        {"score": float("nan")},
        {"count": 4},
        {"is_open": None},
        {"is_open": False},
    ],
    ids=str,
)
def test_a_changed_cell_is_found_by_its_column(change: dict[str, Any]) -> None:
    assert next(iter(change)) in found(changed(0, **change))


def test_doubles_may_differ_by_rounding() -> None:
    assert not found(changed(0, score=0.1 * (1 + 1e-12)))
    assert not found(changed(3, score=3e-11))
    assert found(changed(1, score=1e-12))


def test_missing_and_repeated_rows_are_found() -> None:
    assert "1 rows only on one" in found(ROWS[1:])
    assert "1 rows only on other" in found([*ROWS, ROWS[0]])


def test_nulls_and_empty_text_differ() -> None:
    empty = [row | {"fact_id": ""} for row in ROWS]
    null = [row | {"fact_id": None} for row in ROWS]
    assert compare(side("one", empty), side("other", null)).differences


def test_relations_and_kinds_must_agree() -> None:
    one = side("one", ROWS)
    assert compare(one, side("other", ROWS, "gold.dim")).differences == {
        "gold.dim": "only on other",
        "gold.fact": "only on one",
    }
    other = side("other", ROWS, count="decimal")
    assert compare(one, other).differences == {
        "gold.fact": "column count is integer on one, decimal on other"
    }
    with pytest.raises(AssertionError, match="nothing was compared"):
        assert_equal(side("one", []), side("other", []))


def test_types_of_all_engines_have_kinds() -> None:
    assert {kind_of(name) for name in ("numeric", "DECIMAL(18,2)", "decimal(38, 10)")} == {
        "decimal"
    }
    assert {kind_of(name) for name in ("INTEGER", "int", "bigint", "HUGEINT")} == {"integer"}
    assert {kind_of(name) for name in ("TIMESTAMP", "timestamp_ntz")} == {"timestamp"}
    assert kind_of("FLOAT[]") == "FLOAT[]"


def test_what_is_left_out_is_said_to_be_bookkeeping() -> None:
    """Of int_account_openings an increment and a full refresh may differ in the batch of the last
    shift alone, and its description says so; all other columns are compared."""
    assert UNCOMPARED_COLUMNS == {"int_account_openings": "_shifted_batch_id"}
    files = PROJECT_DIR.glob("models/silver/**/*.yml")
    models = {
        model["name"]: {column["name"]: column["description"] for column in model["columns"]}
        for file in files
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
        if model["name"] in UNCOMPARED_COLUMNS
    }
    assert models.keys() == UNCOMPARED_COLUMNS.keys()
    for name, column in UNCOMPARED_COLUMNS.items():
        assert models[name][column].endswith("other after a full refresh.")
