"""dbt's exposures: what a person sees, and the models that it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import yaml

from bullion.charts.registry import CATEGORIES, Category, charts_of
from bullion.paths import PROJECT_DIR
from bullion.verify.registry import all_oracles, all_truths

FILE = PROJECT_DIR / "models" / "gold" / "_exposures.yml"
_HEAD = "# Made by python -m tools.derived from the registries of charts and of verification.\n"
_OWNER = {"name": "analytics"}


class _Plain(yaml.SafeDumper):
    """Writes what is there twice twice, not as an alias."""

    def ignore_aliases(self, _data: object) -> bool:
        """No aliases."""
        return True


def files() -> dict[Path, str]:
    """The file of exposures and what stands in it."""
    exposures = []
    for category in CATEGORIES.values():
        models = _chart_models(category)
        if models:
            exposures += [_page(category, models), _notebook(category, models)]
    exposures.append(
        {
            "name": "verification",
            "label": "Verification",
            "type": "analysis",
            "maturity": "high",
            "url": "docs/verification.md",
            "description": "bullion verify: what the synthetic bank has planted against what these "
            "models estimate, and their statistics by other libraries.",
            "depends_on": _refs(each.model for each in [*all_truths(), *all_oracles()]),
            "owner": _OWNER,
        }
    )
    text = yaml.dump(
        {"version": 2, "exposures": exposures}, Dumper=_Plain, sort_keys=False, width=100
    )
    return {FILE: _HEAD + text}


def _page(category: Category, models: list[str]) -> dict[str, object]:
    titles = "; ".join(chart.title for chart in charts_of(category.id))
    return {
        "name": f"{category.id}_charts",
        "label": f"Charts: {category.title}",
        "type": "dashboard",
        "maturity": "high",
        "url": f"outputs/{category.id}/index.html",
        "description": f"{category.question} The page of bullion report: {titles}.",
        "depends_on": models,
        "owner": _OWNER,
    }


def _notebook(category: Category, models: list[str]) -> dict[str, object]:
    return {
        "name": f"{category.id}_notebook",
        "label": f"Notebook: {category.title}",
        "type": "notebook",
        "maturity": "high",
        "url": f"visualizations/{category.folder}.ipynb",
        "description": f"{category.question} The same charts with their queries, to go on from.",
        "depends_on": models,
        "owner": _OWNER,
    }


def _chart_models(category: Category) -> list[str]:
    named: set[str] = set()
    for chart in charts_of(category.id):
        named |= {chart.model, *re.findall(r"\w+", chart.query)}
    return _refs(named)


def _refs(names: Iterable[str]) -> list[str]:
    """References to those of the names that are models or seeds."""
    found = {path.stem for path in (PROJECT_DIR / "models").rglob("*.sql")}
    found |= {path.stem for path in (PROJECT_DIR / "seeds").glob("*.csv")}
    return [f"ref('{name}')" for name in sorted(found & set(names))]
