"""A tiny bank whose extracts contradict, overtake and take back one another, and what they state.

Small pools on purpose: ties, moves, deletes and returns of the same keys come up in every sequence.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from bullion.contract import table
from tests.support.timeline import Statement

Row = dict[str, str]
Address = tuple[datetime, str, int, int]

CUSTOMER_ATTRIBUTES = (
    "customer_segment",
    "loyalty_tier",
    "risk_segment",
    "credit_score_band",
    "city",
    "state",
    "zip_code",
)
ACCOUNT_ATTRIBUTES = ("account_status", "credit_limit", "interest_rate", "product_id")

_FIRST_DAY = datetime.fromisoformat("2024-01-10")
_BUSY_INSTANT = datetime.fromisoformat("2024-01-05 10:00:00")
_CUSTOMERS = ("C1", "C2", "C3", "C4")
_ACCOUNTS = ("A1", "A2", "A3", "A4")
_SCORE_BANDS = {"600": "Fair", "700": "Good", "710": "Good", "": None}
_BAD_SCORE = "999"
_EVENT_VALUES = {
    "account_status": ("Active", "Closed", "Frozen", ""),
    "credit_limit": ("1000", "3000.50", "-5", "much", ""),
    "interest_rate": ("0.1", "0.3", ""),
    "product_id": ("P1", "P3"),
    "autopay_enabled": ("true",),
}
_READABLE = {
    "account_status": lambda text: text if text in ("Active", "Closed", "Dormant") else None,
    "credit_limit": lambda text: _decimal(text, "0.01"),
    "interest_rate": lambda text: _decimal(text, "0.000001"),
    "product_id": lambda text: text or None,
}
_FEED_COLUMNS = {
    "customer_segment": ("customer_segment", "previous_segment"),
    "loyalty_tier": ("loyalty_tier", "previous_tier"),
    "risk_segment": ("risk_segment", "previous_risk"),
}


@dataclass
class RandomBank:
    """Writes extract files and remembers every row with its bronze address."""

    dice: random.Random
    folder: Path
    rows: dict[str, list[tuple[Address, Row]]] = field(default_factory=dict)
    files: int = 0

    def extract(self, table_name: str) -> Path:
        """Write one file of a table, dated at random; returns it."""
        extracted_at = _FIRST_DAY.date() + timedelta(days=self.dice.randint(0, 9))
        self.files += 1
        rows = _ROWS[table_name](self.dice)
        path = self.folder / str(extracted_at) / f"{table_name}_{self.files:02}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as stream:
            names = [*table(table_name).column_names, "_op"]
            writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        at = datetime.combine(extracted_at, datetime.min.time()) + timedelta(seconds=86_399)
        source_file = f"{extracted_at}/{path.name}"
        self.rows.setdefault(table_name, []).extend(
            ((at, source_file, number, self.files), row) for number, row in enumerate(rows, 1)
        )
        return path

    def statements(self) -> dict[str, list[Statement]]:
        """All that the rows state, by entity (C1 …, A1 …)."""
        arrived = {
            row["customer_id"] for _, row in self._all("customers") if row["_op"] == "upsert"
        }
        said = [
            *self._customer_versions(),
            *self._segment_changes(),
            *self._account_versions(arrived),
            *self._account_events(arrived),
        ]
        by_entity: dict[str, list[Statement]] = {}
        for statement in said:
            by_entity.setdefault(statement.entity, []).append(statement)
        return by_entity

    def _all(self, table_name: str) -> list[tuple[Address, Row]]:
        return self.rows.get(table_name, [])

    def _winners(self, table_name: str, key: str) -> list[tuple[Address, Row]]:
        latest: dict[str, tuple[Address, Row]] = {}
        for address, row in sorted(self._all(table_name), key=lambda pair: pair[0]):
            latest[row[key]] = (address, row)
        return [(address, row) for address, row in latest.values() if row["_op"] == "upsert"]

    def _customer_versions(self) -> Iterable[Statement]:
        for address, row in self._all("customers"):
            if row["_op"] == "delete":
                yield Statement(row["customer_id"], "delete", address[0], address)
            elif row["credit_score"] != _BAD_SCORE:
                said = {name: row.get(name, "").strip() or None for name in CUSTOMER_ATTRIBUTES}
                said["credit_score_band"] = _SCORE_BANDS[row["credit_score"]]
                yield Statement(row["customer_id"], "version", address[0], address, said)

    def _segment_changes(self) -> Iterable[Statement]:
        for address, row in self._winners("customer_segments_history", "segment_history_id"):
            spoken = {
                name: columns
                for name, columns in _FEED_COLUMNS.items()
                if row[columns[0]] not in ("", "Odd")
            }
            yield Statement(
                row["customer_id"],
                "feed",
                datetime.fromisoformat(row["effective_at"]),
                address,
                {name: row[now] for name, (now, _) in spoken.items()},
                {name: row[before] or None for name, (_, before) in spoken.items()},
            )

    def _account_versions(self, arrived: set[str]) -> Iterable[Statement]:
        for address, row in self._all("accounts"):
            if row["_op"] == "delete":
                yield Statement(row["account_id"], "delete", address[0], address)
            elif row["account_status"] != "Odd" and row["customer_id"] in arrived:
                said = {name: _READABLE[name](row[name]) for name in ACCOUNT_ATTRIBUTES}
                yield Statement(row["account_id"], "version", address[0], address, said)

    def _account_events(self, arrived: set[str]) -> Iterable[Statement]:
        for address, row in self._winners("account_events", "event_id"):
            name = row["attribute"]
            refused = row["event_category"] == "Odd" or row["approval_status"] == "Rejected"
            if refused or row["customer_id"] not in arrived or name not in _READABLE:
                continue
            now, before = _READABLE[name](row["new_value"]), _READABLE[name](row["old_value"])
            yield Statement(
                row["account_id"],
                "feed",
                datetime.fromisoformat(row["event_at"]),
                address,
                {} if now is None else {name: now},
                {name: before},
            )


def _decimal(text: str, scale: str) -> Decimal | None:
    plain = text.replace(".", "", 1)
    return Decimal(text).quantize(Decimal(scale)) if plain.isdigit() else None


def _some(dice: random.Random, keys: Iterable[str], key: str, share_deleted: float) -> list[Row]:
    pool = list(keys)
    return [
        {key: name, "_op": "delete" if dice.random() < share_deleted else "upsert"}
        for name in dice.sample(pool, dice.randint(1, len(pool) - 1))
    ]


def _instant(dice: random.Random) -> str:
    at_extract = _FIRST_DAY + timedelta(days=dice.randint(-5, 12), seconds=86_399)
    return str(dice.choice((at_extract, _BUSY_INSTANT)))


def _customer_rows(dice: random.Random) -> list[Row]:
    rows = _some(dice, _CUSTOMERS, "customer_id", 0.2)
    for row in rows:
        if row["_op"] == "upsert":
            row |= {
                "signup_date": "2020-01-01",
                "customer_segment": dice.choice(("Affluent", "Premium", "")),
                "loyalty_tier": dice.choice(("Gold", "Silver")),
                "risk_segment": dice.choice(("Low", "")),
                "credit_score": dice.choice((*_SCORE_BANDS, _BAD_SCORE)),
                "city": dice.choice(("Reno", "Waco", " Reno ")),
                "zip_code": dice.choice(("07001", "")),
            }
    return rows


def _segment_rows(dice: random.Random) -> list[Row]:
    rows = _some(dice, (f"S{n}" for n in range(6)), "segment_history_id", 0.2)
    for row in rows:
        if row["_op"] == "upsert":
            row |= {
                "customer_id": dice.choice(_CUSTOMERS),
                "effective_at": _instant(dice),
                "customer_segment": dice.choice(("Affluent", "Premium", "Odd", "")),
                "previous_segment": dice.choice(("Affluent", "")),
                "loyalty_tier": dice.choice(("Gold", "")),
                "previous_tier": dice.choice(("Bronze", "")),
                "risk_segment": dice.choice(("High", "")),
                "previous_risk": dice.choice(("Low", "")),
            }
    return rows


def _account_rows(dice: random.Random) -> list[Row]:
    rows = _some(dice, _ACCOUNTS, "account_id", 0.2)
    for row in rows:
        if row["_op"] == "upsert":
            row |= {
                "customer_id": dice.choice(_CUSTOMERS),
                "product_id": dice.choice(("P1", "P2")),
                "account_status": dice.choice(("Active", "Dormant", "Odd")),
                "open_date": "2020-01-01",
                "current_balance": "1.00",
                "credit_limit": dice.choice(("", "1000.00", "2000.00")),
                "currency": "USD",
                "interest_rate": dice.choice(("0.100000", "0.200000")),
            }
    return rows


def _event_rows(dice: random.Random) -> list[Row]:
    rows = _some(dice, (f"V{n}" for n in range(8)), "event_id", 0.15)
    for row in rows:
        if row["_op"] == "upsert":
            attribute = dice.choice(list(_EVENT_VALUES))
            row |= {
                "account_id": dice.choice(_ACCOUNTS),
                "customer_id": dice.choice(_CUSTOMERS),
                "event_at": _instant(dice),
                "event_category": dice.choice(("Terms Change",) * 6 + ("Odd",)),
                "event_type": "Change",
                "attribute": attribute,
                "old_value": dice.choice(_EVENT_VALUES[attribute]),
                "new_value": dice.choice(_EVENT_VALUES[attribute]),
                "approval_status": dice.choice(("", "Approved", "Approved", "Rejected")),
            }
    return rows


_ROWS = {
    "customers": _customer_rows,
    "customer_segments_history": _segment_rows,
    "accounts": _account_rows,
    "account_events": _event_rows,
}
TABLES = tuple(_ROWS)
