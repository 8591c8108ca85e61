"""How many decimals the money of a currency has (ISO 4217)."""

from __future__ import annotations

import functools

from bullion.paths import PROJECT_DIR

USUAL_DECIMALS = 2


def decimals_of(currency: str) -> int:
    """The decimals of a currency's money: 0, 2 or 3; two where the code is not known, as of XXX."""
    return _unusual().get(currency.strip().upper(), USUAL_DECIMALS)


@functools.cache
def _unusual() -> dict[str, int]:
    """The currencies with another number of decimals than two, from the models' var."""
    import yaml

    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    listed = project["vars"]["currency_decimals"]
    return {code: int(decimals) for decimals, codes in listed.items() for code in codes}
