"""Money keeps every digit that its currency has, and no other is lost without a word."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bullion.currencies import decimals_of
from bullion.ingest.destination import Counts
from tests.unit.ingest.conftest import Read, ReadFile

HEADER = "account_id,customer_id,product_id,account_status,open_date,currency,current_balance"


def accounts(*amounts: tuple[str, str]) -> str:
    rows = [
        f'A{n},C,P,Active,2024-01-01,{money[0]},"{money[1]}"' for n, money in enumerate(amounts)
    ]
    return "\n".join([HEADER, *rows]) + "\n"


@pytest.mark.parametrize(
    ("code", "decimals"),
    [("USD", 2), ("XXX", 2), ("nonsense", 2), ("JPY", 0), (" krw ", 0), ("KWD", 3), ("CLF", 3)],
)
def test_decimals_of_currencies(code: str, decimals: int) -> None:
    assert decimals_of(code) == decimals


@pytest.mark.parametrize(
    ("currency", "text", "loaded"),
    [
        ("USD", "10.25", "10.25"),
        ("USD", "10.2500", "10.25"),
        ("USD", "1025e-2", "10.25"),
        ("USD", "10.005", None),
        ("USD", "1e-30", None),
        ("USD", "-0.000000000000000000000000000001", None),
        ("XXX", "10.005", None),
        ("JPY", "1000", "1000"),
        ("JPY", "1000.00", "1000"),
        ("jpy", "1000.5", None),
        ("KWD", "10.005", "10.005"),
        ("KWD", "10.0050000", "10.005"),
        ("KWD", "10.999999", None),
        ("KWD", "1.0005e1", "10.005"),
        ("USD", "999999999999999.99", "999999999999999.99"),
    ],
)
def test_amounts_with_more_decimals_than_their_currency(
    read_file: ReadFile, currency: str, text: str, loaded: str | None
) -> None:
    # Another row in a batch leaves it to the slow reading, which must say the same.
    for others in ([], [("USD", "1,234.50")]):
        read = read_file(accounts((currency, text), *others), "accounts")
        if loaded is None:
            [reject] = read.rejects
            assert (reject.kind, reject.column_name) == ("decimals", "current_balance")
            assert reject.reason.startswith(f"current_balance is '{text}', but ")
            assert f"but {currency} has" in reject.reason
            assert "--round-money" in reject.reason
        else:
            assert read.rejects == []
            assert read.column("current_balance")[0] == Decimal(loaded)


@pytest.mark.parametrize("text", ["1e99", "1e15", "999999999999999.9995", "1e400", "NaN"])
def test_what_is_too_large_is_no_amount(read_file: ReadFile, text: str) -> None:
    for options in ({}, {"rounds_money": True}):
        read = read_file(accounts(("USD", text), ("USD", "1")), "accounts", **options)
        assert [reject.kind for reject in read.rejects] == ["type"]


def test_where_no_currency_is_named_money_has_three_decimals(read_file: ReadFile) -> None:
    header = "product_id,product_name,category,monthly_fee"
    read = read_file(f"{header}\nA,B,Loan,1.005\nC,D,Loan,1.0005\n", "products")
    assert read.column("monthly_fee") == [Decimal("1.005")]
    assert "'1.0005', but money has 3 decimals at most" in read.rejects[0].reason


def test_rounded_by_option_counted_and_controlled(read_file: ReadFile) -> None:
    given = [
        ("KWD", "10.999999"), ("KWD", "10.0005"), ("KWD", "-10.0005"), ("USD", "0.005"),
        ("JPY", "-0.5"), ("USD", "7"), ("USD", "1e-30"),
    ]  # fmt: skip
    read = read_file(accounts(*given), "accounts", rounds_money=True)
    loaded = ["11.000", "10.001", "-10.001", "0.01", "-1", "7", "0"]
    assert read.column("current_balance") == list(map(Decimal, loaded))
    assert read.counts.values_rounded == 6
    [control] = [each for each in read.counts.control_totals() if each[0] == "current_balance"]
    assert control[1:] == (Decimal("17.504999"), Decimal("17.010"))
    [note] = [note for note in read.notes if "rounded" in note]
    assert note.startswith("current_balance has more decimals than its currency (6 times)")


def test_decimal_commas(read_file: ReadFile) -> None:
    read = read_file(
        accounts(("EUR", "1.234,56"), ("EUR", "1,005"), ("KWD", "1,005")), "accounts", decimal=","
    )
    assert read.column("current_balance") == [Decimal("1234.56"), Decimal("1.005")]
    assert "'1,005', but EUR has 2 decimals" in read.rejects[0].reason


def read_parquet(
    read_file: ReadFile, tmp_path: Path, values: Sequence[Any], kind: pa.DataType, **options: Any
) -> Read:
    n = len(values)
    columns = {
        "account_id": [f"A{i}" for i in range(n)], "customer_id": ["C"] * n,
        "product_id": ["P"] * n, "account_status": ["Active"] * n, "open_date": ["2024-01-01"] * n,
        "currency": ["USD"] * n, "current_balance": pa.array(values, kind),
    }  # fmt: skip
    path = tmp_path / "made.parquet"
    pq.write_table(pa.table(columns), path)
    return read_file(path.read_bytes(), "accounts", name="accounts.parquet", **options)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (pa.float64(), [0.1 + 0.2, 10.25, -1e14, 1234567.89], [10.005, 1e-30, float("nan")]),
        (pa.float32(), [0.1, 10.25, 12345.67], [10.005]),
        (pa.decimal128(38, 10), [Decimal("10.25")], [Decimal("10.0050000001"), Decimal("1E-10")]),
        (pa.decimal256(60, 2), [Decimal("10.25")], [Decimal(10**20)]),
        (pa.decimal128(18, 2), [Decimal("10.25")], [Decimal("1E15")]),
        (pa.int64(), [10, -3], [10**15]),
    ],
)
def test_amounts_of_parquet(
    read_file: ReadFile, tmp_path: Path, kind: pa.DataType, good: list[Any], bad: list[Any]
) -> None:
    read = read_parquet(read_file, tmp_path, [*good, *bad], kind)
    assert [reject.source_row for reject in read.rejects] == [
        len(good) + n for n in range(1, len(bad) + 1)
    ]
    assert read.column("current_balance") == [round(Decimal(str(value)), 2) for value in good]


def test_total_of_rounded_floats(read_file: ReadFile, tmp_path: Path) -> None:
    read = read_parquet(read_file, tmp_path, [10.005, 1.25], pa.float64(), rounds_money=True)
    assert read.totals["current_balance"] == Decimal("11.255")
    assert read.column("current_balance") == [Decimal("10.01"), Decimal("1.25")]


def test_control_totals_are_held_to_eighteen_decimals() -> None:
    total = Decimal(f"1.{'0' * 29}1")
    counts = Counts(totals={"a": total}, rounding={"a": Decimal("1e-30")})
    assert counts.control_totals() == [("a", Decimal(1), Decimal(1))]


def test_digits_of_measurements_are_said(read_file: ReadFile) -> None:
    header = "merchant_id,merchant_name,category,latitude"
    read = read_file(f"{header}\nM1,S,Retail,1.12345678\nM2,S,Retail,2.5\n", "merchants")
    assert read.column("latitude") == [Decimal("1.123457"), Decimal("2.5")]
    assert "latitude has more than 6 decimals (once) and was rounded to them" in read.notes
