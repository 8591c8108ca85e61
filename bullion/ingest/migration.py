"""What a changed contract does to a raw table that stands: its changes, or why it cannot follow."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bullion.errors import BullionError

_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
# What says the same as text on every engine.
_SPELLED_ALIKE = ("integer", "date", "boolean")


@dataclass
class Migration:
    """From a table as it stands to the contract's; types are PostgreSQL's.

    ``added`` columns with their types, ``widened`` ones with the type before and after, and
    ``refused``: for each change that rows cannot follow what it is and the way out.
    """

    table: str
    added: dict[str, str] = field(default_factory=dict)
    widened: dict[str, tuple[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.widened or self.refused)

    def __str__(self) -> str:
        """One line: what is done to the table."""
        done = [f"{name} ({kind}) added" for name, kind in self.added.items()]
        done += [f"{name} is {new}, was {old}" for name, (old, new) in self.widened.items()]
        return f"{self.table} follows the contract: {', '.join(done)}."


def migration(
    table: str,
    standing: Mapping[str, str],
    wanted: Mapping[str, str],
    required: Collection[str] = (),
) -> Migration:
    """Compare a table's columns, name and type, with those that the contract wants.

    ``required``: of a table with rows, the columns that every row must have.
    """
    found = Migration(table)
    for name, kind in wanted.items():
        if name not in standing:
            if name in required:
                found.refused.append(
                    f"{name} is required, and rows are there without it: leave out its required"
                )
            found.added[name] = kind
        elif standing[name] != kind:
            if is_wider(standing[name], kind):
                found.widened[name] = (standing[name], kind)
            else:
                found.refused.append(
                    f"{name} is {standing[name]} there, which {kind} does not hold: keep its type "
                    "and give the new one to a new column"
                )
    for name in standing.keys() - wanted.keys():
        found.refused.append(
            f"{name} is no longer a column, and its history would be lost: put it back, without "
            "required, and files may leave it out"
        )
    return found


def is_wider(standing: str, wanted: str) -> bool:
    """Whether each value of the one type is one of the other, as far as types tell.

    A number may still have too many digits before the point; the engine then refuses it.
    """
    if wanted == "text":
        return standing in _SPELLED_ALIKE
    if (standing, wanted) in {("date", "timestamp"), ("integer", "bigint")}:
        return True
    if new := _NUMERIC.fullmatch(wanted):
        old = _NUMERIC.fullmatch(standing)
        return standing == "integer" or (old is not None and int(old[2]) <= int(new[2]))
    return False


def refuse(migrations: Iterable[Migration]) -> None:
    """Raises BullionError with every change that cannot be made, and its way out."""
    reasons = [f"{each.table}: {'; '.join(each.refused)}" for each in migrations if each.refused]
    if reasons:
        raise BullionError(
            "The raw tables cannot follow the contract, so nothing was changed. "
            f"{'. '.join(sorted(reasons))}."
        )
