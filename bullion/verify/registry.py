"""The registry of what can be verified: truths of the synthetic bank, and oracles.

A module in ``bullion/verify/truths`` lists its truths as ``TRUTHS``; a module in
``bullion/verify/oracles`` decorates functions with :func:`oracle`. Nothing else has to be told:
the packages are read whole. How to add one: docs/verification.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal

from bullion.errors import BullionError
from bullion.synth.truth.document import Entry
from bullion.verify.bank import Connection, PlantedBank


def number(name: str = "") -> Callable[[Entry], float]:
    """Reads the planted number: the estimand, or the one called so where there are several.

    What it makes raises BullionError for an entry that has no such number.
    """

    def read(entry: Entry) -> float:
        value = _part(entry, name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BullionError(f"truth.yml: {name or 'the estimand'} is no number: {value!r}.")
        return float(value)

    return read


def elements(name: str = "") -> Callable[[Entry], Iterable[Any]]:
    """Reads the planted set in the same way."""

    def read(entry: Entry) -> Iterable[Any]:
        value = _part(entry, name)
        if not isinstance(value, list):
            raise BullionError(f"truth.yml: {name or 'the estimand'} is no list: {value!r}.")
        return value

    return read


def _part(entry: Entry, name: str) -> Any:
    if not name:
        return entry.estimand
    known = entry.estimand if isinstance(entry.estimand, dict) else {}
    if name not in known:
        raise BullionError(
            f"truth.yml: no estimand is called {name}; known: {', '.join(known) or 'one, unnamed'}."
        )
    return known[name]


@dataclass(frozen=True)
class ScalarTruth:
    """A planted number, and the estimate that must find it.

    ``query`` gives one row with columns estimate, standard_error, ci_low and ci_high (95 %), and
    where there are such: degrees_of_freedom (none: normal) and p_value (of the null hypothesis;
    where it is left out, it is taken from the estimate's distance to ``null_value``).
    ``planted`` reads the number, on the estimate's scale, from the truth's entry in truth.yml.
    ``largest_se`` is what the standard error may be on a bank of the default size.
    ``null_value`` is what the null bank plants; None keeps it out of the null bank's test family.
    """

    id: str
    name: str
    model: str
    query: str
    planted: Callable[[Entry], float]
    largest_se: float
    null_value: float | None = None


SetRule = Callable[[frozenset[Any], frozenset[Any], PlantedBank], bool]


def finds_exactly(found: frozenset[Any], planted: frozenset[Any], _bank: PlantedBank) -> bool:
    """The rule of a set truth that wants the planted set and nothing else."""
    return found == planted


@dataclass(frozen=True)
class SetTruth:
    """A planted set, and the query that must find it.

    A found element is the value of a row's only column, or the tuple of its columns; dates are
    ISO text, as in truth.yml. ``rule(found, planted, bank)`` decides.
    """

    id: str
    name: str
    model: str
    query: str
    planted: Callable[[Entry], Iterable[Any]]
    rule: SetRule = finds_exactly


@dataclass(frozen=True)
class Check:
    """A test whose null hypothesis is true where it is run: ``query`` gives its p value.

    ``banks``: "planted" is a falsification check (pre-trend, placebo, sample ratio), "null" a
    member of the null bank's test family, "both" is both.
    """

    id: str
    name: str
    model: str
    query: str
    banks: Literal["planted", "null", "both"] = "planted"

    def is_run_on(self, bank: PlantedBank) -> bool:
        """Whether its null hypothesis is true of that bank."""
        return self.banks in {"both", "null" if bank.is_null else "planted"}


Truth = ScalarTruth | SetTruth | Check


@dataclass(frozen=True)
class Difference:
    """One statistic in two computations.

    The difference is relative to the library's value; ``absolute`` for those that are zero or
    nearly so, where a relative one says nothing.
    """

    statistic: str
    ours: float | None
    library: float | None
    absolute: bool = False

    @property
    def size(self) -> float:
        """The difference; infinite where only one of the two has a value."""
        ours, library = _finite(self.ours), _finite(self.library)
        if ours is None or library is None:
            return 0.0 if ours is None and library is None else math.inf
        apart = abs(ours - library)
        return apart if self.absolute or library == 0 else apart / abs(library)


Compare = Callable[[Connection], Iterable[Difference]]


@dataclass(frozen=True)
class Oracle:
    """A model's statistics computed again by a library, from the same rows of gold."""

    name: str
    model: str
    library: str
    tolerance: float
    compare: Compare


_oracles: dict[str, Oracle] = {}


def oracle(
    *, name: str, model: str, library: str, tolerance: float = 1e-6
) -> Callable[[Compare], Compare]:
    """Register the decorated function: connection -> differences; the connection's rows have their
    columns as attributes.

    It imports its ``library`` inside: that is an extra, without which oracles are not run.
    Raises ValueError when the name is taken.
    """

    def register(function: Compare) -> Compare:
        if name in _oracles and _oracles[name].compare.__module__ != function.__module__:
            raise ValueError(f"oracle {name} is there twice")
        _oracles[name] = Oracle(name, model, library, tolerance, function)
        return function

    return register


def all_oracles() -> list[Oracle]:
    """Every oracle, by the name of its model and its own."""
    for module in _modules("bullion.verify.oracles"):
        import_module(module)
    return sorted(_oracles.values(), key=lambda each: (each.model, each.name))


def all_truths() -> list[Truth]:
    """Every truth by id, within one as its module lists them.

    Raises ValueError when two have the same id and name.
    """
    truths: list[Truth] = []
    for module in _modules("bullion.verify.truths"):
        truths += import_module(module).TRUTHS
    names = [(truth.id, truth.name) for truth in truths]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"truths are there twice: {twice}")
    return sorted(truths, key=lambda truth: truth.id)


def _modules(package: str) -> list[str]:
    return [f"{package}.{found.name}" for found in iter_modules(import_module(package).__path__)]


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
