"""Pools of names, streets, employers and jobs: drawn once from Faker, then indexed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from faker import Faker


@dataclass(frozen=True)
class NamePools:
    """Distinct texts in a fixed order, the same on every run."""

    first: list[str]
    last: list[str]
    street: list[str]
    company: list[str]
    job: list[str]


def _distinct(draw: Callable[[], str], draws: int) -> list[str]:
    return list(dict.fromkeys(draw().replace("\n", " ") for _ in range(draws)))


@functools.cache
def name_pools() -> NamePools:
    """The pools (about 0.15 s the first time)."""
    fake = Faker("en_US")
    fake.seed_instance(20260101)
    return NamePools(
        first=_distinct(fake.first_name, 900),
        last=_distinct(fake.last_name, 1500),
        street=_distinct(fake.street_name, 900),
        company=_distinct(fake.company, 600),
        job=_distinct(fake.job, 400),
    )
