"""The latest verification as the front page shows it: a sentence, a picture, tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from bullion.charts.formats import MISSING, is_missing
from bullion.verify.rule import NOT_RUN
from bullion.verify.summary import sentence

# Standard errors to either side that the picture shows; the band of 95 %.
REACH, BAND = 4.0, 1.96


@dataclass(frozen=True)
class Part:
    """One kind of check: a heading, a sentence, column names, rows of text (the verdict last)."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True)
class Mark:
    """An estimate against its truth: by how many standard errors it is too high, and how far from
    the left the picture has it (0 to 100; what lies beyond stands at the edge)."""

    truth_id: str
    name: str
    model: str
    errors: float
    words: str
    verdict: str

    @property
    def place(self) -> float:
        """Per cent of the picture's width."""
        return 50 + 50 * max(-REACH, min(REACH, self.errors)) / REACH

    @property
    def is_inside(self) -> bool:
        """Whether the truth is in the 95 % interval."""
        return abs(self.errors) <= BAND


@dataclass(frozen=True)
class Verification:
    """What the latest `bullion verify` found."""

    summary: str
    source: str
    marks: list[Mark]
    parts: list[Part]

    @property
    def inside(self) -> int:
        """How many estimates have the truth in their 95 % interval."""
        return sum(mark.is_inside for mark in self.marks)

    @property
    def band(self) -> tuple[float, float]:
        """Where the band of 95 % begins and how wide it is, in per cent of the picture's width."""
        return 50 - 50 * BAND / REACH, 100 * BAND / REACH

    def truths_of(self, model: str) -> list[str]:
        """Ids of the planted truths that a model's estimates were measured by."""
        return sorted({mark.truth_id for mark in self.marks if mark.model == model})


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
    first = rows[0]
    missing = {
        row["truth_id"]
        for row in rows
        if row["check_kind"] == "oracle" and row["verdict"] == NOT_RUN
    }
    return Verification(
        summary=sentence([row["verdict"] for row in rows], missing),
        source=(
            f"Synthetic bank of seed {first['bank_seed']}, verified "
            f"{first['verified_at']:%Y-%m-%d %H:%M} UTC"
        ),
        marks=[_mark(row) for row in rows if row["check_kind"] == "estimate" and _has_mark(row)],
        parts=parts,
    )


def _has_mark(row: dict[str, Any]) -> bool:
    numbers = (row["planted_value"], row["estimate"], row["standard_error"])
    return not any(is_missing(number) for number in numbers) and row["standard_error"] > 0


def _mark(row: dict[str, Any]) -> Mark:
    errors = (row["estimate"] - row["planted_value"]) / row["standard_error"]
    side = "above" if errors > 0 else "below"
    return Mark(
        truth_id=row["truth_id"],
        name=row["check_name"],
        model=row["model_name"],
        errors=errors,
        words=(
            f"planted {_text(row['planted_value'])}, estimated {_text(row['estimate'])}: "
            f"{abs(errors):.1f} standard errors {side}"
        ),
        verdict=row["verdict"],
    )


def _text(value: Any) -> str:
    if is_missing(value):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2g}" if value and abs(value) < 1e-3 else f"{value:,.4g}"
    return str(value)
