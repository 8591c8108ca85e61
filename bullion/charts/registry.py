"""The registry of charts: what each is called, asks, reads, is for and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from bullion.charts.formats import SPACE, listed
from bullion.charts.source import Source
from bullion.charts.template import template
from bullion.charts.themes import now
from bullion.charts.view import Strength, View

# None: the rows hold nothing that could be drawn.
Draw = Callable[[pd.DataFrame], View | None]

SUBJECTS = {
    "customers": "Customers",
    "deposits": "Deposits",
    "lending": "Lending",
    "payments": "Payments",
    "fraud": "Fraud",
    "digital": "Digital",
    "marketing": "Marketing",
    "branches": "Branches",
    "risk": "Risk",
}
# The Financial Times' visual vocabulary.
Relation = Literal[
    "deviation",
    "correlation",
    "ranking",
    "distribution",
    "change over time",
    "magnitude",
    "part to whole",
    "spatial",
    "flow",
]
Audience = Literal["executive", "analyst", "statistician"]
Size = Literal["half", "full", "tall"]


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
    """One chart.

    Attributes:
        reading: tells a person who does not know the project how to read the picture.
        model: the analytics model that it shows.
        form: the function of ``bullion.charts.forms`` that draws most of it.
        weight: 1 to 10, how much its finding matters to who runs the bank.
        needs: tables of the bronze contract without which it has nothing to draw.
        window: the time that its numbers are of.
        lacks: what to load, in words, where the tables of ``needs`` alone are not enough.
        explains: ids of charts whose figures this one gives a reason for.
        uses_truth: planted truths (T03) that its estimate is verified against.
    """

    id: str
    category: str
    title: str
    question: str
    reading: str
    model: str
    source: Source
    function: Draw
    subject: str
    relation: Relation
    form: str
    weight: int
    audience: Audience
    size: Size
    needs: tuple[str, ...]
    window: str
    lacks: str = ""
    explains: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    uses_truth: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """The statement of all its rows as text."""
        return self.source.compiled().text

    @property
    def explained_by(self) -> tuple[str, ...]:
        """Ids of the charts that give a reason for this one's figures."""
        return tuple(each.id for each in all_charts() if self.id in each.explains)

    def draw(self, data: pd.DataFrame) -> View:
        """The view of ``data`` (the rows of ``source``) in the current theme; where they hold
        nothing to draw, one whose ``missing`` says what to load.

        ``data`` is not changed.
        """
        view = None if data.empty else self.function(data.copy())
        if view is None:
            view = _nothing(self)
        figure = view.figure
        if figure.layout.template.layout.paper_bgcolor != now().paper:
            figure.update_layout(template=template(now()))
        figure.update_layout(height=view.height, uirevision=self.id, autosize=True)
        for place, trace in enumerate(figure.data):
            trace.uid = f"{self.id}-{place}"
        return replace(view, window=view.window or self.window)


def _nothing(chart: Chart) -> View:
    """The state of a chart with nothing to draw: it says what to load."""
    tables = listed([name.replace("_", " ") for name in chart.needs])
    needed = f"needs {chart.lacks or tables}"
    figure = go.Figure()
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(
        text=f"Nothing to draw: {needed}.", x=0.5, y=0.5, xref="paper", yref="paper"
    )
    said = f"{chart.title}: nothing to draw"
    return View(
        figure, said, chart.window, "", Strength.PLAIN, alt=said, height=160, missing=needed
    )


_charts: dict[str, Chart] = {}


def chart(
    *,
    id: str,
    category: str,
    title: str,
    question: str,
    reading: str,
    model: str,
    source: Source,
    subject: str,
    relation: Relation,
    form: str,
    weight: int,
    needs: Sequence[str],
    window: str,
    audience: Audience = "executive",
    size: Size = "half",
    lacks: str = "",
    explains: Sequence[str] = (),
    keywords: Sequence[str] = (),
    uses_truth: Sequence[str] = (),
) -> Callable[[Draw], Draw]:
    """Register the decorated function as a chart; it stays an ordinary function of its rows.

    Raises ValueError when the category or subject is unknown or the id is taken.
    """
    if category not in CATEGORIES:
        raise ValueError(f"chart {id}: there is no category {category}")
    if subject not in SUBJECTS:
        raise ValueError(f"chart {id}: there is no subject {subject}")

    def register(function: Draw) -> Draw:
        if id in _charts and _charts[id].function.__module__ != function.__module__:
            raise ValueError(f"chart {id} is there twice")
        _charts[id] = Chart(
            id=id,
            category=category,
            title=title,
            question=question,
            # Numbers keep their unit on their line.
            reading=reading.replace(" %", f"{SPACE}%"),
            model=model,
            source=source,
            function=function,
            subject=subject,
            relation=relation,
            form=form,
            weight=weight,
            audience=audience,
            size=size,
            needs=tuple(needs),
            window=window,
            lacks=lacks,
            explains=tuple(explains),
            keywords=tuple(keywords),
            uses_truth=tuple(uses_truth),
        )
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
