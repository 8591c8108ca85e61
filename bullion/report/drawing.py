"""Each chart read and drawn once, each for itself: one that fails leaves the others alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio
import psycopg
from plotly.utils import PlotlyJSONEncoder

from bullion.charts.data import rows_of
from bullion.charts.framed import framed, subtitle
from bullion.charts.registry import Chart
from bullion.charts.twins import twin
from bullion.charts.view import View
from bullion.errors import BullionError
from bullion.report.texts import as_text, csv_cell, file_json

Say = Callable[[str], None]
Read = Callable[[Chart], pd.DataFrame]
# Rows of the table beneath a chart; its CSV has them all.
SHOWN_ROWS = 100
# The line of a saved picture that says where it is from.
_SOURCE_HEIGHT = 20
# Traces that take one of the browser's few WebGL contexts.
_WEBGL = ("gl", "3d", "surface", "cone", "volume", "splom", "parcoords")


@dataclass(frozen=True)
class Drawn:
    """A chart with its rows and what was drawn of them."""

    chart: Chart
    data: pd.DataFrame
    view: View
    dark: dict[str, Any]

    @cached_property
    def subtitle(self) -> str:
        """What stands beneath the finding: of how many, of when, in what money."""
        return subtitle(self.view, self.data)

    @property
    def columns(self) -> list[str]:
        """Names of the columns that a reader may want; as_of is said in the subtitle."""
        return [str(name) for name in self.data.columns if name != "as_of"]

    @property
    def has_webgl(self) -> bool:
        """Whether its picture should be given up when it is out of sight."""
        return any(trace.type.endswith(_WEBGL) for trace in self.view.figure.data)

    def picture(self, source: str) -> go.Figure:
        """The figure as it stands alone: with title, and a line that says where it is from."""
        figure = framed(self.view, self.data)
        said = figure.layout.title.subtitle.text or ""
        figure.layout.title.subtitle.text = f"{said}<br>{source}" if said else source
        figure.update_layout(
            height=int(figure.layout.height) + _SOURCE_HEIGHT,
            margin_t=int(figure.layout.margin.t or 0) + _SOURCE_HEIGHT,
        )
        return figure

    def script(self, source: str, described: dict[str, str]) -> str:
        """``charts/<id>.js``: what the pages draw, save and tabulate.

        Args:
            source: the line for saved pictures.
            described: what the dictionary says of the model's columns.
        """
        layout = self.picture(source).layout
        alone = {
            "title": layout.title.to_plotly_json(),
            "height": layout.height,
            "margin": {"t": layout.margin.t},
        }
        rows = self.data[self.columns].head(SHOWN_ROWS).itertuples(index=False)
        table = {
            "columns": [[name, described.get(name, "")] for name in self.columns],
            "rows": [[as_text(value) for value in row] for row in rows],
            "count": len(self.data),
        }
        figure = self._figure_json()
        rest = {"dark": self.dark, "alone": alone, "table": table, "webgl": self.has_webgl}
        parts = ",".join(f'"{name}":{file_json(value)}' for name, value in rest.items())
        return f'bullion.add({file_json(self.chart.id)},{{"figure":{figure},{parts}}});\n'

    def _figure_json(self) -> str:
        """Without what all figures share, the height, which is the place's, and digits that no
        screen shows."""
        figure = json.loads(pio.to_json(self.view.figure, validate=False), parse_float=_shown)
        for name in ("template", "height"):
            figure["layout"].pop(name, None)
        return file_json(figure)

    def csv(self) -> str:
        """All rows, exact, with a mark that spreadsheets take as "this is UTF-8"."""
        lines = [self.columns, *self.data[self.columns].itertuples(index=False)]
        return "\ufeff" + "".join(_csv_line(line) for line in lines)


@dataclass(frozen=True)
class Failed:
    """A chart that could not be read or drawn."""

    chart: Chart
    error: Exception

    @property
    def reason(self) -> str:
        """What went wrong, in one line, without the rows that an error may quote."""
        known = isinstance(self.error, BullionError)
        return str(self.error) if known else type(self.error).__name__


def draw_charts(
    connection: psycopg.Connection[Any], charts: Sequence[Chart], say: Say = lambda _: None
) -> list[Drawn | Failed]:
    """Read and draw each chart once. Raises BullionError when none of them can be drawn."""
    found = list(draw_each(lambda chart: rows_of(connection, chart), charts, say))
    failed = [each for each in found if isinstance(each, Failed)]
    if failed and len(failed) == len(found) and isinstance(failed[0].error, BullionError):
        raise failed[0].error
    return found


def draw_each(read: Read, charts: Sequence[Chart], say: Say) -> Iterator[Drawn | Failed]:
    """What became of each chart."""
    for number, chart in enumerate(charts, 1):
        say(f"{number} of {len(charts)}: {chart.title}")
        try:
            data = read(chart)
            view = chart.draw(data)
            yield Drawn(chart, data, view, twin(chart, data, view))
        except Exception as error:  # noqa: BLE001 - whatever one chart meets, the others are drawn
            yield Failed(chart, error)


def _shown(number: str) -> float:
    return float(f"{float(number):.7g}")


def _csv_line(values: Any) -> str:
    return ",".join(_quoted(csv_cell(value)) for value in values) + "\n"


def _quoted(text: str) -> str:
    if any(letter in text for letter in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text


def template_script(templates: dict[str, go.layout.Template], config: dict[str, Any]) -> str:
    """``assets/plot.js``: what all figures share."""
    plain = {
        name: json.loads(json.dumps(each.to_plotly_json(), cls=PlotlyJSONEncoder))
        for name, each in templates.items()
    }
    return f"bullion.templates = {file_json(plain)};\nbullion.config = {file_json(config)};\n"
