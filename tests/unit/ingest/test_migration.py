"""A raw table follows a changed contract where no value is lost; else its way out is said."""

from __future__ import annotations

import pytest

from bullion.contract_file import DATA_TYPES
from bullion.errors import BullionError
from bullion.ingest.migration import is_wider, migration, refuse

WIDER = {
    ("integer", "text"),
    ("date", "text"),
    ("boolean", "text"),
    ("date", "timestamp"),
    ("integer", "numeric(18,3)"),
    ("integer", "numeric(9,6)"),
    ("integer", "numeric(18,6)"),
    ("numeric(18,3)", "numeric(9,6)"),
    ("numeric(18,3)", "numeric(18,6)"),
    ("numeric(9,6)", "numeric(18,6)"),
    ("numeric(18,6)", "numeric(9,6)"),
    ("integer", "numeric(18,9)"),
    ("numeric(18,3)", "numeric(18,9)"),
    ("numeric(9,6)", "numeric(18,9)"),
    ("numeric(18,6)", "numeric(18,9)"),
}


def test_what_is_wider_among_the_contracts_types() -> None:
    """Digits before the point are for the engine, which sees the values."""
    kinds = set(DATA_TYPES.values())
    assert {(a, b) for a in kinds for b in kinds if a != b and is_wider(a, b)} == WIDER


def test_what_is_done_is_one_line() -> None:
    found = migration("bronze.tills", {"a": "text", "b": "integer"}, {
        "a": "text", "b": "numeric(18,2)", "c": "date",
    })  # fmt: skip
    assert str(found) == (
        "bronze.tills follows the contract: c (date) added, b is numeric(18,2), was integer."
    )
    refuse([found])
    assert not migration("bronze.tills", {"a": "text"}, {"a": "text"})


@pytest.mark.parametrize(
    ("standing", "wanted", "required", "said"),
    [
        ({"a": "text"}, {}, (), "a is no longer a column, and its history would be lost: put it"),
        ({"a": "timestamp"}, {"a": "date"}, (), "a is timestamp there, which date does not hold"),
        ({"a": "text"}, {"a": "integer"}, (), "keep its type and give the new one to a new column"),
        ({}, {"a": "text"}, ("a",), "a is required, and rows are there without it: leave out"),
    ],
)
def test_what_cannot_be_followed_says_the_way_out(
    standing: dict[str, str], wanted: dict[str, str], required: tuple[str, ...], said: str
) -> None:
    with pytest.raises(BullionError) as raised:
        refuse([migration("bronze.tills", standing, wanted, required)])
    told = str(raised.value)
    assert told.startswith("The raw tables cannot follow the contract, so nothing was changed. ")
    assert f"bronze.tills: {said}" in told or said in told
    assert "\n" not in told
