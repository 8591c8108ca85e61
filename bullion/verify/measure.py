"""What a warehouse says of each truth: numbers only, judged by :mod:`bullion.verify.rule`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from bullion.errors import BullionError
from bullion.verify.bank import Connection, PlantedBank
from bullion.verify.distributions import half_width, two_sided_p
from bullion.verify.registry import Check, Oracle, ScalarTruth, SetTruth, Truth


@dataclass(frozen=True)
class Estimate:
    """A planted number and what was estimated; values are None where the model has none."""

    id: str
    name: str
    model: str
    planted: float
    largest_se: float
    estimate: float | None = None
    standard_error: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    degrees_of_freedom: float | None = None
    has_null: bool = False
    null_p: float | None = None

    @property
    def is_complete(self) -> bool:
        """Whether there is an estimate with an error and an interval."""
        values = (self.estimate, self.standard_error, self.ci_low, self.ci_high)
        return None not in values and bool(self.standard_error)

    @property
    def is_covered(self) -> bool:
        """Whether the 95 % interval holds the planted number."""
        if self.ci_low is None or self.ci_high is None:
            return False
        return self.ci_low <= self.planted <= self.ci_high

    @property
    def truth_p(self) -> float:
        """P of an estimate as far from the planted number, or farther: 0.001 is where a 99.9 %
        interval ends. 0 without an estimate."""
        if self.estimate is None or not self.standard_error:
            return 0.0
        apart = (self.estimate - self.planted) / self.standard_error
        return two_sided_p(apart, self.degrees_of_freedom)

    @property
    def effective_se(self) -> float:
        """The standard error, or what the interval's width says it is where that is more: an
        interval cannot be vacuous behind a small error."""
        if self.standard_error is None or self.ci_low is None or self.ci_high is None:
            return math.inf
        reach = half_width(0.95, self.degrees_of_freedom)
        return max(self.standard_error, (self.ci_high - self.ci_low) / 2 / reach)


@dataclass(frozen=True)
class FoundSet:
    """A set truth: whether its rule holds, and the elements on one side only."""

    id: str
    name: str
    model: str
    is_right: bool
    planted_count: int
    found_count: int
    missing: list[str]
    surplus: list[str]


@dataclass(frozen=True)
class PValue:
    """A check's p value; None where the model has none."""

    id: str
    name: str
    model: str
    p_value: float | None


@dataclass(frozen=True)
class Compared:
    """An oracle's largest difference, and the statistic that has it; None: not run."""

    name: str
    model: str
    library: str
    tolerance: float
    statistics: int | None = None
    largest: float | None = None
    statistic: str = ""

    @property
    def is_run(self) -> bool:
        """Whether its library was there."""
        return self.statistics is not None

    @property
    def is_equal(self) -> bool:
        """Whether something was compared and nothing differs by more than the tolerance."""
        return bool(self.statistics) and self.largest is not None and self.largest <= self.tolerance


@dataclass(frozen=True)
class Measured:
    """One bank's measurements; they pass through JSON whole."""

    seed: int
    is_null: bool
    is_full_size: bool
    estimates: list[Estimate] = field(default_factory=list)
    sets: list[FoundSet] = field(default_factory=list)
    checks: list[PValue] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Measured:
        """The same again."""
        return cls(
            plain["seed"],
            plain["is_null"],
            plain["is_full_size"],
            [Estimate(**each) for each in plain["estimates"]],
            [FoundSet(**each) for each in plain["sets"]],
            [PValue(**each) for each in plain["checks"]],
        )


def measure(connection: Connection, bank: PlantedBank, truths: Sequence[Truth]) -> Measured:
    """Ask the warehouse for each truth.

    Raises BullionError when a model is not built or a query does not keep to its form.
    """
    measured = Measured(bank.seed, bank.is_null, bank.is_full_size)
    for truth in truths:
        if isinstance(truth, ScalarTruth):
            measured.estimates.append(_estimate(connection, bank, truth))
        elif isinstance(truth, SetTruth):
            measured.sets.append(_set(connection, bank, truth))
        elif truth.is_run_on(bank):
            measured.checks.append(_check(connection, truth))
    return measured


def compare(connection: Connection, oracles: Sequence[Oracle]) -> list[Compared]:
    """Run the oracles whose library is installed, on rows whose columns are attributes."""
    return [_compare(connection, each) for each in oracles]


def is_installed(library: str) -> bool:
    """Whether an oracle's library can be imported."""
    return find_spec({"scikit-learn": "sklearn"}.get(library, library)) is not None


def _compare(connection: Connection, oracle: Oracle) -> Compared:
    of = Compared(oracle.name, oracle.model, oracle.library, oracle.tolerance)
    if not is_installed(oracle.library):
        return of
    before = connection.row_factory
    connection.row_factory = namedtuple_row
    try:
        found = list(oracle.compare(connection))
    except psycopg.errors.UndefinedTable as error:
        raise _not_built(oracle.model, error) from error
    finally:
        connection.row_factory = before
    if not found:
        return Compared(of.name, of.model, of.library, of.tolerance, 0, math.inf, "nothing at all")
    worst = max(found, key=lambda each: each.size)
    return Compared(
        of.name, of.model, of.library, of.tolerance, len(found), worst.size, worst.statistic
    )


def _estimate(connection: Connection, bank: PlantedBank, truth: ScalarTruth) -> Estimate:
    row = _one_row(connection, truth) or {}
    lacking = {"estimate", "standard_error", "ci_low", "ci_high"} - row.keys() if row else set()
    if lacking:
        raise BullionError(f"Truth {truth.id} {truth.name}: its query has no {sorted(lacking)}.")
    planted = float(truth.planted(bank.entry(truth.id)))
    estimate, error = _number(row.get("estimate")), _number(row.get("standard_error"))
    degrees = _number(row.get("degrees_of_freedom"))
    null_p = None
    if truth.null_value is not None and estimate is not None and error:
        null_p = _number(row.get("p_value"))
        if null_p is None:
            null_p = two_sided_p((estimate - truth.null_value) / error, degrees)
    return Estimate(
        truth.id,
        truth.name,
        truth.model,
        planted,
        truth.largest_se,
        estimate,
        error,
        _number(row.get("ci_low")),
        _number(row.get("ci_high")),
        degrees,
        truth.null_value is not None,
        null_p,
    )


def _set(connection: Connection, bank: PlantedBank, truth: SetTruth) -> FoundSet:
    cursor = _run(connection, truth)
    rows = [tuple(_plain(value) for value in row) for row in cursor]
    found = frozenset(row[0] if len(row) == 1 else row for row in rows)
    planted = frozenset(
        tuple(each) if isinstance(each, list) else each
        for each in truth.planted(bank.entry(truth.id))
    )
    return FoundSet(
        truth.id,
        truth.name,
        truth.model,
        truth.rule(found, planted, bank),
        len(planted),
        len(found),
        sorted(map(str, planted - found)),
        sorted(map(str, found - planted)),
    )


def _check(connection: Connection, truth: Check) -> PValue:
    row = _one_row(connection, truth) or {}
    value = next(iter(row.values()), None)
    return PValue(truth.id, truth.name, truth.model, _number(value))


def _one_row(connection: Connection, truth: Truth) -> dict[str, Any] | None:
    cursor = _run(connection, truth)
    columns = [column.name for column in cursor.description or []]
    rows = cursor.fetchmany(2)
    if len(rows) > 1:
        raise BullionError(f"Truth {truth.id} {truth.name}: its query gives more than one row.")
    return dict(zip(columns, rows[0], strict=True)) if rows else None


def _run(connection: Connection, truth: Truth) -> psycopg.Cursor[Any]:
    try:
        return connection.execute(truth.query)
    except psycopg.errors.UndefinedTable as error:
        raise _not_built(truth.model, error) from error
    except psycopg.Error as error:
        raise BullionError(f"Truth {truth.id} {truth.name} cannot be read: {error}") from error


def _not_built(model: str, error: psycopg.Error) -> BullionError:
    return BullionError(
        f"{model} is not built ({error.diag.message_primary}): run 'bullion build' first."
    )


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _plain(value: Any) -> Any:
    """A value as truth.yml has it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
