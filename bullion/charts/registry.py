"""The registry of charts: what each is called, asks, reads and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import pandas as pd
import plotly.graph_objects as go

from bullion.charts.theme import empty_figure

Draw = Callable[[pd.DataFrame], go.Figure]


@dataclass(frozen=True)
class Category:
    """A family of models and charts, in the order in which a reader meets them."""

    id: str
    number: int
    title: str
    question: str

    @property
    def folder(self) -> str:
        """The name of its notebook, script and model folder, such as 01_descriptive_analytics."""
        return f"{self.number:02d}_{self.id}_analytics"


CATEGORIES = {
    category.id: category
    for category in (
        Category("descriptive", 1, "Descriptive", "What happened?"),
        Category("inferential", 4, "Inferential", "Does it hold beyond the rows that we saw?"),
    )
}


@dataclass(frozen=True)
class Chart:
    """One chart. ``query`` names tables bare (search_path finds gold); ``reading`` tells a person
    who does not know the project how to read the picture."""

    id: str
    category: str
    title: str
    question: str
    reading: str
    model: str
    query: str
    function: Draw

    def draw(self, data: pd.DataFrame) -> go.Figure:
        """The figure of ``data`` (the rows of ``query``), or the empty state when there are none.

        ``data`` is not changed.
        """
        if data.empty:
            return empty_figure(self.title, f"{self.model} has no rows")
        return self.function(data.copy())


_charts: dict[str, Chart] = {}


def chart(
    *,
    id: str,
    category: str,
    title: str,
    question: str,
    reading: str,
    model: str,
    query: str,
) -> Callable[[Draw], Draw]:
    """Register the decorated function as a chart; it stays an ordinary function of its rows.

    Raises ValueError when the category is unknown or the id is taken.
    """
    if category not in CATEGORIES:
        raise ValueError(f"chart {id}: there is no category {category}")

    def register(function: Draw) -> Draw:
        if id in _charts and _charts[id].function.__module__ != function.__module__:
            raise ValueError(f"chart {id} is there twice")
        _charts[id] = Chart(id, category, title, question, reading, model, query, function)
        return function

    return register


def all_charts() -> list[Chart]:
    """Every chart: categories by number, within one in the order of its modules and functions.

    The order is the same whichever of the modules was imported first.
    """
    modules = [
        module
        for category in CATEGORIES.values()
        for module in _modules(f"bullion.charts.{category.id}")
    ]
    for module in modules:
        import_module(module)
    places = {module: place for place, module in enumerate(modules)}
    return sorted(
        _charts.values(),
        key=lambda each: (
            CATEGORIES[each.category].number,
            places.get(each.function.__module__, len(places)),
        ),
    )


def charts_of(category: str) -> list[Chart]:
    """The charts of one category, in order."""
    return [each for each in all_charts() if each.category == category]


def find_chart(chart_id: str) -> Chart:
    """The chart of that id. Raises KeyError when there is none."""
    all_charts()
    return _charts[chart_id]


def _modules(package_name: str) -> Iterator[str]:
    """A package's modules in the order that it lists as ``ORDER``, then the others by name."""
    package: ModuleType = import_module(package_name)
    found = [module.name for module in iter_modules(package.__path__)]
    order = [name for name in getattr(package, "ORDER", ()) if name in found]
    for name in [*order, *sorted(set(found) - set(order))]:
        yield f"{package_name}.{name}"
