"""Stands in for what the charts will bring; goes when they have it.

Where each name comes from then: ``CONFIG`` from bullion.charts.config, ``template`` and ``twin``
from bullion.charts.twins, ``framed`` and ``subtitle`` from bullion.charts.framed;
``view_of(chart, data)`` is ``chart.draw(data)``, and ``about(chart)`` the chart itself.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio

from bullion.charts.registry import Chart
from bullion.charts.theme import DARK, DARK_LETTERS, TEMPLATE
from bullion.charts.themes import Theme
from bullion.charts.view import Strength, View

CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "displaylogo": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
}
_COLOUR = re.compile(r"(color: ?)(#[0-9a-f]{6})", re.IGNORECASE)
_LETTERS = re.compile(r"font$|^(in|de)creasing$")
_SUBJECTS = {
    "customers": "customer_kpis segment_mix age_pyramid customers_by_state segment_forest "
    "segment_box churn_funnel_plot clv_histogram",
    "deposits": "account_gauges accounts_by_product balance_distribution product_portfolio",
    "lending": "loan_payment_waterfall loan_risk loan_vintages odds_ratio_forest",
    "payments": "transaction_kpis channel_mix category_treemap daily_trend monthly_trend qq_plots",
    "fraud": "fraud_funnel roc_curve confusion_by_threshold",
    "digital": "engagement_activity engagement_by_device ab_intervals ab_power_curve",
}


@dataclass(frozen=True)
class About:
    """The registry's fields to come."""

    subject: str
    relation: str = ""
    form: str = ""
    weight: int = 5
    audience: str = "analyst"
    size: str = "half"
    needs: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    explained_by: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    uses_truth: tuple[str, ...] = ()


def about(chart: Chart) -> About:
    """The fields of a chart."""
    found = (subject for subject, ids in _SUBJECTS.items() if chart.id in ids.split())
    return About(next(found, "customers"))


def view_of(chart: Chart, data: pd.DataFrame) -> View:
    """Today's figure as a view: its title is the finding."""
    figure = chart.draw(data)
    layout = figure.layout
    finding = _plain(layout.title.text) or chart.title
    said = _plain(layout.title.subtitle.text if layout.title.subtitle else "")
    n, _, window = said.partition(" · ")
    empty = not any(len(trace.to_plotly_json()) > 1 for trace in figure.data)
    height = int(layout.height or 460) - int(layout.margin.t or 0) + 24
    figure.update_layout(template=None, title=None, height=None, margin_t=24, autosize=True)
    return View(
        figure,
        chart.title if empty else finding,
        window,
        n,
        strength=Strength.PLAIN if empty else Strength.STRONG,
        alt=f"{chart.title}. {finding}.",
        height=height,
        missing=f"needs rows in {chart.model}" if empty else "",
    )


def subtitle(view: View, _data: pd.DataFrame) -> str:
    """What stands beneath the finding."""
    return " · ".join(part for part in (view.n, view.window) if part)


def framed(view: View, data: pd.DataFrame) -> go.Figure:
    """The figure with its title, as a picture stands alone."""
    figure = go.Figure(view.figure)
    figure.update_layout(
        template=TEMPLATE,
        height=view.height + 84,
        margin_t=110,
        title={
            "text": f"<b>{view.finding}</b>",
            "font": {"size": 17},
            "subtitle": {"text": subtitle(view, data), "font": {"size": 13}},
            "yref": "container",
            "y": 1,
            "yanchor": "top",
        },
    )
    return figure


def template(theme: Theme) -> go.layout.Template:
    """The template of all figures."""
    if theme.name == "light":
        return TEMPLATE
    plain: dict[str, Any] = json.loads(json.dumps(TEMPLATE.to_plotly_json()))
    patch: dict[str, Any] = {}
    _darken(plain, (), False, patch)
    for path, value in patch.items():
        at: Any = plain
        *way, last = path.split(".")
        for step in way:
            at = at[int(step)] if isinstance(at, list) else at[step]
        at[int(last) if isinstance(at, list) else last] = value
    return go.layout.Template(plain)


def twin(_chart: Chart, _data: pd.DataFrame, view: View) -> dict[str, Any]:
    """Paths in the figure's JSON and what stands there in dark."""
    patch: dict[str, Any] = {}
    _darken(json.loads(pio.to_json(view.figure, validate=False)), (), False, patch)
    return patch


def _darken(value: Any, path: tuple[str, ...], is_letters: bool, patch: dict[str, Any]) -> None:
    if isinstance(value, str):
        if re.fullmatch("#[0-9a-fA-F]{6}", value):
            dark = (DARK_LETTERS if is_letters else DARK).get(value.upper(), value)
        else:
            dark = _COLOUR.sub(
                lambda found: found[1] + DARK_LETTERS.get(found[2].upper(), found[2]), value
            )
        if dark != value:
            patch[".".join(path)] = dark
    elif isinstance(value, list):
        for place, each in enumerate(value):
            _darken(each, (*path, str(place)), is_letters, patch)
    elif isinstance(value, dict):
        for key, each in value.items():
            letters = (is_letters and key != "marker") or bool(_LETTERS.search(key))
            _darken(each, (*path, key), letters, patch)


def _plain(text: str | None) -> str:
    return (text or "").replace("<br>", " ").replace("<b>", "").replace("</b>", "").strip()
