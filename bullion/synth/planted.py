"""What a planted truth is: a value that stands beside the constants that plant it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bullion.synth.context import TRUTHS, BankPlan

Estimand = float | str | list[Any] | dict[str, Any]

ATTEMPTS = (
    "attempts = transactions of type Purchase and ATM Withdrawal, and of type Transfer and Payment"
    " with a negative amount, of every status, retries included"
)
"""Rows that several truths are about, as money/rows.py tells them from what the bank posts."""


@dataclass(frozen=True, kw_only=True)
class PlantedTruth:
    """One effect that the bank's data hold and a report must find again.

    ``estimand`` is what an estimate should come to, on the scale on which it is reported, and
    ``population`` the rows of which that is true. A bank without the effect (``--null``,
    ``--without``) has ``null_estimand``, which is of the same form, and ``null_parameters`` in the
    place of the parameters of those names; None marks a truth that no bank is without.
    ``part_of`` is the truth without which this one is not planted either.

    Raises ValueError when the id is not one of TRUTHS or the two estimands differ in form.
    """

    id: str
    name: str
    parameters: Mapping[str, object]
    estimand: Estimand
    null_estimand: Estimand | None
    population: str
    null_parameters: Mapping[str, object] = field(default_factory=dict)
    part_of: str = ""

    def __post_init__(self) -> None:
        if self.id not in TRUTHS:
            raise ValueError(f"{self.id} ({self.name}) is not one of {TRUTHS[0]} to {TRUTHS[-1]}")
        if self.null_estimand is not None and _form(self.null_estimand) != _form(self.estimand):
            raise ValueError(f"{self.id} ({self.name}): the null estimand is of another form")
        unknown = sorted(self.null_parameters.keys() - self.parameters.keys())
        if unknown:
            raise ValueError(f"{self.id} ({self.name}) has no parameters {', '.join(unknown)}")

    def is_planted(self, plan: BankPlan) -> bool:
        """Whether that bank has the effect."""
        if self.null_estimand is None:
            return True
        return plan.has(self.id) and (not self.part_of or plan.has(self.part_of))

    def entry(self, plan: BankPlan) -> dict[str, Any]:
        """What truth.yml says of it in that bank, but for what was realised."""
        is_planted = self.is_planted(plan)
        return {
            "planted": is_planted,
            "parameters": {**self.parameters, **({} if is_planted else self.null_parameters)},
            "estimand": self.estimand if is_planted else self.null_estimand,
            "population": self.population,
        }


def _form(estimand: Estimand) -> object:
    return estimand.keys() if isinstance(estimand, dict) else type(estimand)
