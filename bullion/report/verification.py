"""The verification table as the front page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from bullion.charts.formats import MISSING, is_missing


@dataclass(frozen=True)
class Part:
    """One kind of check: a heading, a sentence, column names, rows of text (the verdict last)."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True)
class Verification:
    """What the latest `bullion verify` found."""

    summary: str
    parts: list[Part]


_KINDS = (
    (
        "estimate",
        "Planted effects, and what the models estimate",
        (
            "The 95 % interval of a right estimator misses the truth one time in twenty; an "
            "estimate fails where the 99.9 % interval misses it, or its standard error is larger "
            "than allowed."
        ),
        {
            "truth": "truth_id",
            "what": "check_name",
            "planted": "planted_value",
            "estimate": "estimate",
            "95 % from": "ci_low",
            "to": "ci_high",
            "covered": "is_covered",
            "standard error": "standard_error",
            "allowed": "largest_standard_error",
        },
    ),
    (
        "set",
        "Planted sets, and what the models find",
        "Days, cells or groups that stand out because the bank made them so.",
        {
            "truth": "truth_id",
            "what": "check_name",
            "planted": "planted_value",
            "found": "estimate",
        },
    ),
    (
        "test",
        "Tests of what is true",
        "Each should reject one time in twenty; one fails at p < 0.001.",
        {"truth": "truth_id", "what": "check_name", "p": "p_value"},
    ),
    (
        "oracle",
        "The same statistics by other libraries",
        "Recomputed from the same rows; the largest difference of each.",
        {
            "library": "truth_id",
            "what": "check_name",
            "difference": "difference",
            "allowed": "tolerance",
        },
    ),
)


def latest_verification(connection: psycopg.Connection[Any]) -> Verification | None:
    """The latest verification of this warehouse; None where there is none."""
    try:
        with connection.transaction():
            cursor = connection.execute(
                "select * from analytics_verification order by check_kind, truth_id, check_name"
            )
            names = [column.name for column in cursor.description or []]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except psycopg.errors.UndefinedTable:
        return None
    if not rows:
        return None
    parts = []
    for kind, title, note, columns in _KINDS:
        found = [row for row in rows if row["check_kind"] == kind]
        if found:
            shown = [
                (*(_text(row[column]) for column in columns.values()), str(row["verdict"]))
                for row in found
            ]
            parts.append(Part(title, note, (*columns, "verdict"), shown))
    passed = sum(row["verdict"] == "passed" for row in rows)
    first = rows[0]
    summary = (
        f"{passed} of {len(rows)} checks passed on the synthetic bank of seed {first['bank_seed']} "
        f"({first['verified_at']:%Y-%m-%d %H:%M} UTC)."
    )
    return Verification(summary, parts)


def _text(value: Any) -> str:
    if is_missing(value):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2g}" if value and abs(value) < 1e-3 else f"{value:,.4g}"
    return str(value)
