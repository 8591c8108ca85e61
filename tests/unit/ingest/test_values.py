"""Every spelling of a value: what it means, or that it means nothing."""

# Bronze keeps UTC without a zone.
# ruff: noqa: DTZ001

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bullion.contract import table
from bullion.errors import BullionError
from bullion.ingest.checking.values import expected, value_format
from tests.unit.ingest.conftest import ReadFile

HEADERS = {
    "date": ("risk_assessments", "kyc_updated_date"),
    "ts": ("digital_engagement", "engaged_at"),
    "money": ("product_enrollments", "initial_investment"),
    "rate": ("economic_indicators", "prime_rate"),
    "score": ("transactions", "fraud_score"),
    "numeric": ("transactions", "latitude"),
    "exchange_rate": ("exchange_rates", "rate"),
    "int": ("advisors", "years_experience"),
    "bool": ("risk_assessments", "is_pep"),
    "text": ("advisors", "office_location"),
}
REQUIRED = {
    "risk_assessments": ("assessment_id,customer_id,assessment_date", "1,2,2024-01-01"),
    "digital_engagement": ("engagement_id,customer_id", "1,2"),
    "product_enrollments": (
        "enrollment_id,customer_id,product_id,enrollment_date",
        "1,2,3,2024-01-01",
    ),
    "economic_indicators": ("indicator_date", "2024-01-01"),
    "transactions": (
        ",".join(
            (
                "transaction_id",
                "account_id",
                "customer_id",
                "transaction_at",
                "transaction_type",
                "amount",
                "currency",
                "channel",
                "status",
            )
        ),
        "1,2,3,2024-01-01,Deposit,1,USD,Online,Completed",
    ),
    "exchange_rates": ("rate_date,currency,reporting_currency", "2024-01-01,EUR,USD"),
    "advisors": ("advisor_id", "1"),
}


def read_value(read_file: ReadFile, kind: str, text: str, **options: Any) -> Any:
    """The typed value, or 'rejected'."""
    table_name, column = HEADERS[kind]
    header, values = REQUIRED[table_name]
    values = values.replace("2024-01-01", options.pop("other_date", "2024-01-01"))
    delimiter = options.get("delimiter") or ","
    lines = f'{header},{column}\n{values},"{{}}"\n'.replace(",", delimiter)
    read = read_file(lines.format(text), table_name, **options)
    assert read.counts.rows_read == 1
    if read.rejects:
        [reject] = read.rejects
        assert (reject.column_name, reject.kind) == (column, "type")
        assert text.strip()[:50] in reject.reason
        return "rejected"
    return read.rows[0][column]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("date", "2024-02-29 00:00:00", date(2024, 2, 29)),
        ("date", "2024-02-29T00:00", date(2024, 2, 29)),
        ("date", "2023-02-29", "rejected"),
        ("date", "2024-02-29 10:00:00", "rejected"),
        ("date", "240229", "rejected"),
        ("date", "20240229", "rejected"),
        ("date", "02/29/2024", "rejected"),
        ("date", "today", "rejected"),
        ("date", "infinity", "rejected"),
        ("date", "0000-01-01", "rejected"),
        ("ts", "2024-02-29 23:59:58", datetime(2024, 2, 29, 23, 59, 58)),
        ("ts", "2024-02-29T23:59:58", datetime(2024, 2, 29, 23, 59, 58)),
        ("ts", "2024-02-29 23:59", datetime(2024, 2, 29, 23, 59)),
        ("ts", "2024-02-29", datetime(2024, 2, 29)),
        ("ts", "2024-02-29 10:00:00Z", datetime(2024, 2, 29, 10)),
        ("ts", "2024-02-29 10:00:00 UTC", datetime(2024, 2, 29, 10)),
        ("ts", "2024-02-29 10:00:00+02", datetime(2024, 2, 29, 8)),
        ("ts", "2024-02-29T10:00:00.5-0330", datetime(2024, 2, 29, 13, 30, 0, 500_000)),
        ("ts", "2024-03-01 01:00:00 +05:30", datetime(2024, 2, 29, 19, 30)),
        ("ts", "2024-02-29 10:00:00+14:00", datetime(2024, 2, 28, 20)),
        ("ts", "2024-02-29 10:00:00-13:59", datetime(2024, 2, 29, 23, 59)),
        ("ts", "2024-02-29 10:00:00+14:01", "rejected"),
        ("ts", "2024-02-29 10:00:00+99:00", "rejected"),
        ("ts", "2024-02-29 10:00:00-15", "rejected"),
        ("ts", "2024-02-29 10:00:00+0260", "rejected"),
        ("ts", "2024-02-29 25:00:00", "rejected"),
        ("ts", "now", "rejected"),
        ("ts", "1709164800", "rejected"),
        ("money", "1234.5", Decimal("1234.50")),
        ("money", "1,234.56", Decimal("1234.56")),
        ("money", "-1,234,567.89", Decimal("-1234567.89")),
        ("money", " 7 ", Decimal("7.00")),
        ("money", "12.345", Decimal("12.345")),
        ("money", "1e3", Decimal("1000.00")),
        ("money", "1.234,56", "rejected"),
        ("money", "12,34", "rejected"),
        ("money", "1_000", "rejected"),
        ("money", "NaN", "rejected"),
        ("money", "$5", "rejected"),
        ("money", "99999999999999999.00", "rejected"),
        ("rate", "0.045", Decimal("0.045000")),
        ("rate", "4.5%", "rejected"),
        ("int", "42", 42),
        ("int", "42.0", 42),
        ("int", "1,000", 1000),
        ("int", "42.5", "rejected"),
        ("int", "3000000000", "rejected"),
        ("bool", "Yes", True),
        ("bool", "n", False),
        ("bool", "1", True),
        ("bool", "F", False),
        ("bool", "TRUE", True),
        ("bool", "maybe", "rejected"),
        ("text", "007", "007"),
        ("text", " padded ", " padded "),
        ("text", "Null", "Null"),
    ],
)
def test_value(read_file: ReadFile, kind: str, text: str, expected: Any) -> None:
    assert read_value(read_file, kind, text) == expected


@pytest.mark.parametrize("kind", ["date", "money", "int", "bool", "text"])
@pytest.mark.parametrize("text", ["", " ", "NULL"])
def test_null_words(read_file: ReadFile, kind: str, text: str) -> None:
    assert read_value(read_file, kind, text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.234,56", Decimal("1234.56")),
        ("1.234", Decimal("1234.00")),
        ("0,5", Decimal("0.50")),
        ("1,234.56", "rejected"),
    ],
)
def test_decimal_comma(read_file: ReadFile, text: str, expected: Any) -> None:
    assert read_value(read_file, "money", text, delimiter=",", decimal=",") == expected


@pytest.mark.parametrize(
    ("date_format", "kind", "text", "expected"),
    [
        ("YYMMDD", "date", "931231", date(1993, 12, 31)),
        ("YYMMDD", "date", "931331", "rejected"),
        ("YYMMDD", "date", "1993-12-31", "rejected"),
        ("MM/DD/YYYY", "date", "12/31/1993", date(1993, 12, 31)),
        ("MM/DD/YYYY", "date", "31/12/1993", "rejected"),
        ("MM/DD/YYYY", "date", "12/31/93", "rejected"),
        ("DD.MM.YYYY", "ts", "31.12.1993 23:59:58", datetime(1993, 12, 31, 23, 59, 58)),
        ("%d.%m.%Y", "ts", "31.12.1993", datetime(1993, 12, 31)),
        # Unlike any order of day and month, ISO cannot be mistaken.
        ("DD.MM.YYYY", "ts", "1993-12-31 10:00:00", datetime(1993, 12, 31, 10)),
        ("MM/DD/YYYY", "ts", "12/31/1993T10:00:00Z", datetime(1993, 12, 31, 10)),
        ("MM/DD/YYYY", "ts", "12/31/1993 10:00:00 +02:00", datetime(1993, 12, 31, 8)),
        ("MM/DD/YYYY", "ts", "12/31/1993 10:00-0330", datetime(1993, 12, 31, 13, 30)),
        (
            "MM/DD/YYYY",
            "ts",
            "12/31/1993 10:00:00.5 UTC",
            datetime(1993, 12, 31, 10, 0, 0, 500_000),
        ),
        ("MM/DD/YYYY", "ts", "12/31/1993 10:00:00+24:00", "rejected"),
        ("MM/DD/YYYY", "ts", "12/31/1993 10:00:00+02:60", "rejected"),
        # The end of a date is no offset.
        ("MM-DD-YY", "ts", "12-31-05", datetime(2005, 12, 31)),
        ("MM-DD-YY", "ts", "12-31-05 10:00:00-05:00", datetime(2005, 12, 31, 15)),
    ],
)
def test_date_format(
    read_file: ReadFile, date_format: str, kind: str, text: str, expected: Any
) -> None:
    other = {
        "YYMMDD": "240101",
        "MM/DD/YYYY": "01/01/2024",
        "MM-DD-YY": "01-01-24",
        "DD.MM.YYYY": "01.01.2024",
        "%d.%m.%Y": "01.01.2024",
    }[date_format]
    value = read_value(read_file, kind, text, date_format=date_format, other_date=other)
    assert value == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimal": ";"}, "--decimal"),
        ({"date_format": "YYYY"}, "no year, month and day"),
        ({"date_format": "day"}, "no year, month and day"),
        ({"date_format": "YYYY-MM-DD'); drop"}, "no year, month and day"),
    ],
)
def test_formats_that_say_nothing(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BullionError, match=message):
        value_format(**options)


@pytest.mark.parametrize("date_format", [None, "DD.MM.YYYY", "MM/DD/YYYY", "YYMMDD", "DD-MMM-YYYY"])
@pytest.mark.parametrize("decimal", [".", ","])
def test_what_a_message_promises_is_accepted(
    read_file: ReadFile, decimal: str, date_format: str | None
) -> None:
    """Each type's own words, read as an example by the same rules."""
    day = "2024-02-29" if date_format is None else date_format
    for word, digits in {
        "YYYY": "2024", "YY": "24", "MMM": "Feb", "MM": "02", "DD": "29",
    }.items():  # fmt: skip
        day = day.replace(word, digits)
    written = date_format or "YYYY-MM-DD"
    style = value_format(decimal, date_format)
    for kind, (table_name, name) in HEADERS.items():
        promise = expected(table(table_name).column(name), style)
        values: list[str]
        if kind == "date":
            assert written in promise
            values = [day]
        elif kind == "ts":
            assert f"{written} HH:MM:SS, UTC or with its offset" in promise
            zones = ("", "Z", " UTC", "+02:00", " +02:00", "-0330", "+14:00")
            values = [f"{day}{t}10:11:12{zone}" for t in " T" for zone in zones]
        elif kind == "int":
            values = [str(int(number)) for number in re.findall(r"-?\d+", promise)]
        elif kind == "bool":
            values = [
                word for word in re.findall(r"[a-z0-9]+", promise) if word not in ("or", "also")
            ]
        elif kind == "text":
            values = [promise]
        else:
            example, bound = re.findall(r"like ([\d.,]+), below ([\d^]+)", promise)[0]
            base, _, power = bound.partition("^")
            largest = int(base) ** int(power or 1) - 1
            values = [example, str(largest), f"-{largest}"]
        for value in values:
            options = {"decimal": decimal, "date_format": date_format, "other_date": day}
            read = read_value(read_file, kind, value, delimiter="|", **options)
            assert read not in ("rejected", None), (kind, value, promise)


def test_hint_names_the_option_that_helps(read_file: ReadFile) -> None:
    header, values = REQUIRED["product_enrollments"]
    read = read_file(f'{header},initial_investment\n{values},"1,5"\n', "product_enrollments")
    assert "--decimal ," in read.rejects[0].reason
    read = read_file(f"{header},initial_investment\n{values},NA\n", "product_enrollments")
    assert "where NA stands for no value, say --null NA." in read.rejects[0].reason
    read = read_file(f"{header},initial_investment\n{values},-\n", "product_enrollments")
    assert "say --null=-." in read.rejects[0].reason
    read = read_file("indicator_date\n31.12.2024\n", "economic_indicators")
    assert "--date-format" in read.rejects[0].reason
    read = read_file("indicator_date\n2024-02-31\n", "economic_indicators")
    assert "--date-format" not in read.rejects[0].reason
