"""Type-2 history worked out the slow and obvious way, to check the SQL by.

A statement is one thing said of one entity at one instant. The state at an instant is looked up
attribute by attribute among all statements; versions are what remains when equal neighbours merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

FIRST_INSTANT = datetime.fromisoformat("1900-01-01")
LAST_INSTANT = datetime.fromisoformat("9999-12-31")
_KIND_ORDER = {"feed": 1, "version": 2, "delete": 2}


@dataclass(frozen=True)
class Statement:
    """What was said: ``kind`` is version (all attributes), delete (none) or feed (some)."""

    entity: str
    kind: str
    effective_at: datetime
    address: tuple[datetime, str, int, int]
    said: Mapping[str, Any] = field(default_factory=dict)
    previous: Mapping[str, Any] = field(default_factory=dict)

    @property
    def order(self) -> tuple[datetime, datetime, int, tuple[datetime, str, int, int]]:
        """By time; at one instant the later extracted is last, and a version after a feed row."""
        return (self.effective_at, self.address[0], _KIND_ORDER[self.kind], self.address)


@dataclass(frozen=True)
class Version:
    """One row of the history, without its keys."""

    valid_from: datetime
    valid_to: datetime
    values: tuple[Any, ...]
    is_deleted: bool


def history(statements: Iterable[Statement], attributes: Sequence[str]) -> list[Version]:
    """All versions of one entity in time; none when no version of it was ever given."""
    said = sorted(statements, key=lambda statement: statement.order)
    versions = [s.address for s in said if s.kind == "version"]
    if not versions:
        return []
    said = [s for s in said if s.kind != "delete" or s.address > min(versions)]
    instants = sorted({FIRST_INSTANT, *(s.effective_at for s in said)})
    states = [(at, _state(said, attributes, at), _is_deleted(said, at)) for at in instants]
    kept = [
        state
        for number, state in enumerate(states)
        if number == 0 or state[1:] != states[number - 1][1:]
    ]
    ends = [at for at, _, _ in kept[1:]] + [LAST_INSTANT]
    return [
        Version(at, end, values, deleted)
        for (at, values, deleted), end in zip(kept, ends, strict=True)
    ]


def version_at(versions: Sequence[Version], at: datetime) -> Version | None:
    """The version that holds at an instant."""
    for version in versions:
        if version.valid_from <= at < version.valid_to:
            return version
    return None


def _state(said: Sequence[Statement], attributes: Sequence[str], at: datetime) -> tuple[Any, ...]:
    return tuple(_value(said, attribute, at) for attribute in attributes)


def _value(said: Sequence[Statement], attribute: str, at: datetime) -> Any:
    speaking = [s for s in said if s.kind != "delete" and attribute in s.said]
    if not speaking:
        return None
    until = [s for s in speaking if s.effective_at <= at]
    if until:
        return until[-1].said[attribute]
    first = speaking[0]
    before = first.previous.get(attribute)
    return first.said[attribute] if before is None else before


def _is_deleted(said: Sequence[Statement], at: datetime) -> bool:
    presence = [s.kind for s in said if s.kind != "feed" and s.effective_at <= at]
    return bool(presence) and presence[-1] == "delete"
