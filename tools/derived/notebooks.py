"""The notebooks of ``visualizations/`` from the registry, so that they say what it says.

They are committed without outputs: no customer's rows, and no difference but a chart's own.
"""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from bullion.charts.registry import CATEGORIES, Category, Chart, charts_of
from bullion.paths import PROJECT_DIR

FOLDER = PROJECT_DIR / "visualizations"
_FIRST_CELL = """
import plotly.io as pio

from bullion.charts.config import CONFIG
from bullion.charts.data import read
from bullion.charts.framed import framed
from bullion.charts.registry import find_chart
from bullion.db import connect

# Draws without a network, and sends nothing anywhere; your notebook may have another renderer.
pio.renderers.default = "notebook"
pio.renderers["notebook"].config = CONFIG
connection = connect(autocommit=True)
"""
_SCRIPT = '''"""{title} charts as pages: outputs/{id}/ of the report."""

from bullion.cli import main

if __name__ == "__main__":
    main(["report", "{id}", "--no-docs"])
'''


def notebook(category: Category) -> dict[str, Any]:
    """The notebook of a category, in nbformat 4.5, without outputs."""
    cells = [
        _markdown(
            "intro",
            f"# {category.title}\n\n{category.question}\n\nFrom the gold layer of the warehouse "
            "that `bullion env` leads to; run it with the kernel of `.venv`. Made by "
            "`python -m tools.derived` from the charts' registry.",
        ),
        _code("connection", _FIRST_CELL),
    ]
    for chart in charts_of(category.id):
        cells += _chart_cells(chart)
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def script(category: Category) -> str:
    """The script of the notebook's name."""
    return _SCRIPT.format(title=category.title, id=category.id)


def files() -> dict[Path, str]:
    """Every file of the folder and what stands in it."""
    found = {}
    for category in CATEGORIES.values():
        path = FOLDER / f"{category.folder}.ipynb"
        found[path] = json.dumps(notebook(category), indent=1, ensure_ascii=False) + "\n"
        found[path.with_suffix(".py")] = script(category)
    return found


def _chart_cells(chart: Chart) -> list[dict[str, Any]]:
    query = chart.source.compiled()
    arguments = [f'"""\n{textwrap.indent(query.text, "    ")}\n    """']
    if query.parameters:
        arguments.append(json.dumps(query.parameters))
    given = "".join(f"    {argument},\n" for argument in ("connection", *arguments))
    return [
        _markdown(chart.id, f"## {chart.title}\n\n{chart.question}"),
        _code(f"{chart.id}-rows", f"rows = read(\n{given})\nrows.head()"),
        _code(f"{chart.id}-draw", f'framed(find_chart("{chart.id}").draw(rows), rows)'),
        _markdown(f"{chart.id}-reading", f"**How to read it.** {chart.reading}"),
    ]


def _markdown(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": _cell_id(name), "metadata": {}, "source": _lines(text)}


def _code(name: str, text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": _cell_id(name),
        "metadata": {},
        "outputs": [],
        "source": _lines(text),
    }


def _cell_id(name: str) -> str:
    """nbformat's ids: letters, digits, hyphen and underscore, 64 at most."""
    return name[:64]


def _lines(text: str) -> list[str]:
    return text.strip().splitlines(keepends=True)
