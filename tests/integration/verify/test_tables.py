"""What every table of the analytics layer owes its readers on the bank of the demo."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import sql

from tests.support.bank_warehouse import BankWarehouse

# One warehouse has one as_of.
CONSTANT_EVERYWHERE = {"as_of"}


def analytics(bank_warehouse: BankWarehouse) -> list[dict[str, Any]]:
    """The tables of the layer, aggregates included."""
    return [model for model in bank_warehouse.models if "analytics" in model["tags"]]


def meta(entry: dict[str, Any]) -> dict[str, Any]:
    """The marks of a table or a column."""
    return {**entry.get("meta", {}), **entry.get("config", {}).get("meta", {})}


def test_no_table_is_empty_and_no_column_says_nothing(bank_warehouse: BankWarehouse) -> None:
    """A table that is empty, a column that is all null or constant say so in their yml, and why."""
    faults = []
    with bank_warehouse.connect() as connection:
        for model in analytics(bank_warehouse):
            name, columns = model["name"], model["columns"]
            counted = sql.SQL(", ").join(
                sql.SQL("count({0}), count(distinct {0})").format(sql.Identifier(column))
                for column in columns
            )
            rows, *counts = connection.execute(
                sql.SQL("select count(*), {} from {}").format(
                    counted, sql.Identifier(model["schema"], name)
                )
            ).fetchone() or (0,)
            if rows == 0:
                if not meta(model).get("may_be_empty"):
                    faults.append(f"{name} is empty")
                continue
            for column, known, distinct in zip(columns, counts[::2], counts[1::2], strict=True):
                marks = meta(columns[column])
                if known == 0 and not marks.get("may_be_null"):
                    faults.append(f"{name}.{column} is all null")
                # Neither is a table of one row, nor a mark beside nulls, a constant.
                is_constant = rows > 1 and known == rows and distinct == 1
                allowed = column in CONSTANT_EVERYWHERE or marks.get("may_be_constant")
                if is_constant and not allowed:
                    faults.append(f"{name}.{column} is constant")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("mark", ["may_be_empty", "may_be_null", "may_be_constant"])
def test_marks_have_reasons(bank_warehouse: BankWarehouse, mark: str) -> None:
    for model in analytics(bank_warehouse):
        for name, entry in {"": model, **model["columns"]}.items():
            reason = meta(entry).get(mark)
            assert reason is None or (isinstance(reason, str) and len(reason) > 10), (
                f"{model['name']}.{name}: {mark} wants a reason"
            )
