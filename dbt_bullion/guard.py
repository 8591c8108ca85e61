"""Whether dbt's own functions are still those that a patch was written for."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

SWITCH = "BULLION_DBT_PATCHES"
NAMES = ("foundations", "lock", "order", "postgres", "spark")
_said: set[str] = set()


@dataclass(frozen=True)
class Known:
    """A function or class of dbt's as it was when a patch was written.

    ``name`` is ``module:name``; ``parameters`` are a function's, without annotations; ``source``
    are words that the patch relies on and that stand in its source.
    """

    name: str
    parameters: str = ""
    source: tuple[str, ...] = ()

    def change(self) -> str:
        """What is no longer so, in words; empty while all is."""
        module, _, path = self.name.partition(":")
        try:
            found: Any = reduce(getattr, path.split("."), importlib.import_module(module))
        except (ImportError, AttributeError) as error:
            return f"{self.name} is not there ({error})"
        # What this process has put in its place before is unwrapped: it is dbt's that counts.
        found = inspect.unwrap(getattr(found, "__func__", found))
        if self.parameters and (now := _parameters(found)) != self.parameters:
            return f"{self.name} takes {now}, not {self.parameters}"
        try:
            text = inspect.getsource(found) if self.source else ""
        except (OSError, TypeError):
            return f"{self.name} has no source to look at"
        missing = [words for words in self.source if words not in text]
        return f"{self.name} no longer says {missing[0]}" if missing else ""


def may_apply(patch: str, known: Sequence[Known]) -> bool:
    """Whether a patch is wanted and fits; where it does not fit, one line says so, once a process.

    Raises ValueError when ``BULLION_DBT_PATCHES`` names a patch that there is not.
    """
    if patch not in _wanted():
        return False
    change = next(filter(None, (each.change() for each in known)), "")
    if change and patch not in _said:
        _said.add(patch)
        print(f"bullion leaves dbt alone ({patch}): {change}.", file=sys.stderr)
    return not change


def replace(owner: Any, name: str, new: Any) -> None:
    """Put ``new`` in the place of dbt's own function, which it names by ``__wrapped__``."""
    new.__wrapped__ = inspect.unwrap(getattr(owner, name))
    setattr(owner, name, new)


def _wanted() -> Sequence[str]:
    words = [word.strip() for word in os.environ.get(SWITCH, "").split(",") if word.strip()]
    if words == ["off"]:
        return ()
    unknown = [word for word in words if word not in NAMES]
    if unknown:
        raise ValueError(f"{SWITCH} names '{unknown[0]}': write off, or some of {', '.join(NAMES)}")
    return words or NAMES


def _parameters(function: Any) -> str:
    signature = inspect.signature(function)
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))
