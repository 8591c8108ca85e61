"""What a page needs of one chart: its figure without what all figures share, and its rows."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
import json
import math
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio

from bullion.charts.framed import framed, subtitle
from bullion.charts.registry import Chart
from bullion.charts.template import template
from bullion.charts.themes import DARK, LIGHT

# What a spreadsheet takes for the beginning of a formula or of a new cell: also in full width, and
# after blanks and other characters that it passes over.
_FORMULA = re.compile(
    r"[\s\x00-\x20\x7f-\xa0\u200b-\u200f\u2060\ufeff]*[=+\-@|\uff1d\uff0b\uff0d\uff20\u2212]|[\t\r\n]"
)
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?%?", re.ASCII)
# Rows of the table beneath a chart; its CSV has them all.
SHOWN_ROWS = 200
# What a figure loses at the top when its title becomes the page's heading.
TOP_MARGIN = 24


@dataclass(frozen=True)
class Drawn:
    """A chart with its figure and rows. ``title`` and ``subtitle`` are plain text."""

    chart: Chart
    figure: go.Figure
    data: pd.DataFrame
    title: str
    subtitle: str

    @property
    def height(self) -> int:
        """Height of the picture on the page, in pixels, without the title."""
        full = int(self.figure.layout.height or 460)
        return full - int(self.figure.layout.margin.t or 0) + TOP_MARGIN

    def figure_json(self) -> str:
        """The figure for the page: without the title, which is its heading, and the template,
        which all figures share. What it needs to stand ``alone``, as a saved picture, is beside."""
        figure = go.Figure(self.figure)
        alone = {
            "title": figure.layout.title.to_plotly_json(),
            "height": int(figure.layout.height or 460),
            "margin": {"t": int(figure.layout.margin.t or 0)},
        }
        figure.layout.template = None
        figure.update_layout(title=None, height=None, margin_t=TOP_MARGIN, autosize=True)
        drawn = pio.to_json(figure, validate=False)
        return _safe_in_script(f'{drawn[:-1]},"alone":{json.dumps(alone)}}}')

    def columns(self) -> list[str]:
        """Names of the columns that a reader may want; as_of is said in the subtitle."""
        return [str(name) for name in self.data.columns if name != "as_of"]

    def shown_rows(self) -> list[list[str]]:
        """The first rows as text."""
        rows = self.data[self.columns()].head(SHOWN_ROWS)
        return [[as_text(value) for value in row] for row in rows.itertuples(index=False)]

    def csv_base64(self) -> str:
        """All rows as UTF-8 CSV, base64, for a link that downloads them without a server."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(map(csv_cell, self.columns()))
        for row in self.data[self.columns()].itertuples(index=False):
            writer.writerow([csv_cell(value) for value in row])
        # A mark that spreadsheets take as "this is UTF-8".
        return base64.b64encode(text.getvalue().encode("utf-8-sig")).decode("ascii")


def draw(chart: Chart, data: pd.DataFrame) -> Drawn:
    """Draw a chart in its frame."""
    view = chart.draw(data)
    return Drawn(chart, framed(view, data), data, view.finding, subtitle(view, data))


def is_missing(value: Any) -> bool:
    """None, NaN, NaT or pandas' NA."""
    return value is None or bool(pd.isna(value))


def exact(value: Any) -> str:
    """A value for CSV, nothing rounded."""
    if isinstance(value, pd.Timestamp | dt.datetime):
        return value.strftime("%Y-%m-%d" if _is_midnight(value) else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def csv_cell(value: Any) -> str:
    """A value for a CSV that may be opened in a spreadsheet: text that it would take for a formula
    gets an apostrophe in front, numbers stay numbers."""
    if is_missing(value):
        return ""
    text = exact(value)
    if isinstance(value, str) and _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def as_text(value: Any) -> str:
    """A value for the table: at most six significant digits."""
    if is_missing(value):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not value.is_integer():
        digits = max(0, 5 - math.floor(math.log10(abs(value)))) if math.isfinite(value) else 0
        return f"{value:,.{min(digits, 2 if abs(value) >= 1000 else 6)}f}"
    if isinstance(value, int | float):
        return f"{int(value):,}"
    return exact(value)


def _is_midnight(value: dt.datetime) -> bool:
    return (value.hour, value.minute, value.second) == (0, 0, 0)


def _safe_in_script(text: str) -> str:
    """JSON that cannot end the script element in which it stands."""
    return text.replace("</", "<\\/")


def template_json() -> str:
    """The template of all figures."""
    return _safe_in_script(json.dumps(template(LIGHT).to_plotly_json()))


def dark_colours(*, letters: bool) -> dict[str, str]:
    """What stands for each of the light theme's colours when the page is dark."""
    roles = ["ink", "muted", "grid", "paper", "neutral", "good", "bad", "notice"]
    pairs = [(getattr(LIGHT, role), getattr(DARK, role)) for role in roles]
    names = ("accents", "accent_letters") if letters else ("accents",)
    for name in names:
        pairs += zip(getattr(LIGHT, name), getattr(DARK, name), strict=True)
    return dict(pairs)
