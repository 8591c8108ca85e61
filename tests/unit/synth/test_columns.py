"""The encoders from numpy to the contract's columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from bullion import contract
from bullion.errors import BullionError
from bullion.synth.files import columns as col

VALID = np.array([True, False, True])


def test_money_takes_cents_and_keeps_signs() -> None:
    assert col.money(np.array([1234, 5, -1]), VALID).to_pylist() == [
        Decimal("12.34"),
        None,
        Decimal("-0.01"),
    ]


def test_money_refuses_floats() -> None:
    with pytest.raises(TypeError, match="whole cents"):
        col.money(np.array([12.34]))


def test_rates_round_to_six_places_and_ignore_what_is_null() -> None:
    made = col.rate(np.array([0.0449999996, np.nan, -0.25]), VALID)
    assert made.to_pylist() == [Decimal("0.045000"), None, Decimal("-0.250000")]


def test_ids_are_padded_and_must_fit() -> None:
    assert col.ids("CUS", np.array([7, -5, 99999]), 5, VALID).to_pylist() == [
        "CUS00007",
        None,
        "CUS99999",
    ]
    with pytest.raises(ValueError, match="5 digits"):
        col.ids("CUS", np.array([100_000]), 5)


def test_labels_and_joins() -> None:
    names = col.labels(np.array([1, -1, 0]), ["a", "b"])
    assert names.to_pylist() == ["b", None, "a"]
    assert col.join("x", names, "-y").to_pylist() == ["xb-y", None, "xa-y"]
    assert col.constant(None, 2).to_pylist() == [None, None]


def test_dates_times_flags_and_counts() -> None:
    assert col.dates(np.array([0, 1, 19_000]), VALID).to_pylist() == [
        dt.date(1970, 1, 1),
        None,
        dt.date(2022, 1, 8),
    ]
    assert col.timestamps(np.array([86_399])).to_pylist() == [
        dt.datetime.fromisoformat("1970-01-01 23:59:59")
    ]
    assert col.booleans(np.array([True, True, False]), VALID).to_pylist() == [True, None, False]
    assert col.integers(np.array([1, 2, 3]), VALID).to_pylist() == [1, None, 3]


def _advisors(n: int) -> col.Columns:
    return {
        column.name: pa.nulls(n, col.arrow_type(column))
        for column in contract.table("advisors").columns
    }


def test_a_table_comes_out_in_contract_order_or_not_at_all() -> None:
    columns = _advisors(2)
    backwards = dict(reversed(columns.items()))
    names = col.to_table("advisors", backwards).column_names
    assert names == contract.table("advisors").column_names
    with pytest.raises(BullionError, match=r"missing .'first_name'."):
        col.to_table("advisors", {k: v for k, v in columns.items() if k != "first_name"})
    with pytest.raises(BullionError, match=r"unknown .'nickname'."):
        col.to_table("advisors", columns | {"nickname": columns["first_name"]})
    with pytest.raises(BullionError, match=r"advisors.first_name is int64"):
        col.to_table("advisors", columns | {"first_name": pa.array([1, 2])})
