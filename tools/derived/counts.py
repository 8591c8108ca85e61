"""How much there is of what, counted from the files, between two marks of the README."""

from __future__ import annotations

import re
from pathlib import Path

from bullion.charts.registry import CATEGORIES, charts_of
from bullion.paths import PROJECT_DIR
from bullion.verify.registry import all_oracles, all_truths

FILE = PROJECT_DIR / "README.md"
_PART = re.compile(r"(?<=<!-- counts -->\n).*?(?=\n<!-- /counts -->)", re.DOTALL)
# Tests are told in round numbers: each new one would change the README.
_ROUND = 50
_TEST = re.compile(r"^ *def test_", re.MULTILINE)


def files() -> dict[Path, str]:
    """The README with its counts as they are."""
    text = FILE.read_text(encoding="utf-8")
    return {FILE: _PART.sub(lambda _: sentence(), text)}


def sentence() -> str:
    """The counts in words."""
    gold = PROJECT_DIR / "models" / "gold"
    kinds = {
        # dim_customer_pii holds the names of dim_customer, apart.
        name: len([path for path in (gold / name).rglob("*.sql") if "_pii" not in path.stem])
        for name in ("dimensions", "facts", "analytics")
    }
    models = len(list((PROJECT_DIR / "models").rglob("*.sql")))
    charts = ", ".join(
        f"{len(charts_of(category.id))} {category.id}" for category in CATEGORIES.values()
    )
    tests = sum(
        len(_TEST.findall(path.read_text(encoding="utf-8")))
        for path in (PROJECT_DIR / "tests").rglob("test_*.py")
    )
    truths = len({truth.id for truth in all_truths()})
    return (
        f"{models} models, of them {kinds['dimensions']} dimensions, {kinds['facts']} facts and "
        f"{kinds['analytics']} analytics tables;\n"
        f"{sum(len(charts_of(name)) for name in CATEGORIES)} charts ({charts}); "
        f"{truths} planted truths and {len(all_oracles())} oracles;\n"
        f"more than {tests // _ROUND * _ROUND} tests in Python, beside dbt's own."
    )
