"""What every figure of a theme has in common, so that no kind of trace is left in Plotly's own."""

from __future__ import annotations

from functools import cache
from typing import Any

import plotly.graph_objects as go

from bullion.charts.themes import Theme

FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
SIZE = 13


@cache
def template(theme: Theme) -> go.layout.Template:
    """The template of a theme: layout, and each kind of trace by its roles."""
    return go.layout.Template(layout=_layout(theme), data=_data(theme))


def _layout(theme: Theme) -> dict[str, Any]:
    axis = {
        "gridcolor": theme.grid,
        "linecolor": theme.grid,
        "zeroline": False,
        "automargin": True,
        "ticks": "",
        "tickfont": {"color": theme.muted, "size": 12},
        # No larger than its ticks: beside long names on a phone there is little room.
        "title": {"font": {"size": SIZE, "color": theme.muted}, "standoff": 8},
    }
    round_axis = {"gridcolor": theme.grid, "linecolor": theme.grid}
    space = {
        "backgroundcolor": theme.paper,
        "gridcolor": theme.grid,
        "zerolinecolor": theme.grid,
        "showbackground": False,
    }
    scale = [list(step) for step in theme.sequential]
    return {
        "font": {"family": FONT, "size": SIZE, "color": theme.ink},
        "paper_bgcolor": theme.paper,
        "plot_bgcolor": theme.paper,
        "colorway": theme.accents,
        "colorscale": {
            "sequential": scale,
            "sequentialminus": scale[::-1],
            "diverging": [list(step) for step in theme.diverging],
        },
        "coloraxis": {
            "colorscale": scale,
            "colorbar": {"outlinewidth": 0, "tickfont": {"color": theme.muted}},
        },
        "title": {
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "pad": {"l": 16, "t": 16},
            "font": {"color": theme.ink},
        },
        "xaxis": {**axis, "tickangle": 0},
        "yaxis": axis,
        "scene": {"bgcolor": theme.paper, "xaxis": space, "yaxis": space, "zaxis": space},
        "polar": {"bgcolor": theme.paper, "radialaxis": round_axis, "angularaxis": round_axis},
        "geo": {
            "visible": False,
            "bgcolor": theme.paper,
            "landcolor": theme.grid,
            "lakecolor": theme.paper,
            "subunitcolor": theme.paper,
            "countrycolor": theme.paper,
        },
        "shapedefaults": {"line": {"color": theme.muted, "width": 1.5}, "layer": "below"},
        "annotationdefaults": {
            "showarrow": False,
            "font": {"color": theme.ink, "size": 12},
            "arrowcolor": theme.muted,
            "arrowwidth": 1,
            "arrowhead": 0,
        },
        # At the very bottom, whose height plotly keeps free: never on an axis' title.
        "legend": {
            "orientation": "h",
            "yref": "container",
            "yanchor": "bottom",
            "y": 0,
            "x": 0,
            "xanchor": "left",
            "bgcolor": theme.paper,
        },
        "margin": {"l": 16, "r": 16, "t": 24, "b": 16, "pad": 4},
        "hoverlabel": {
            "font": {"family": FONT, "color": theme.ink},
            "bgcolor": theme.paper,
            "bordercolor": theme.muted,
            "align": "left",
        },
        "hovermode": "closest",
        "dragmode": False,
        "bargap": 0.25,
    }


def _data(theme: Theme) -> dict[str, Any]:
    first = theme.accents[0]
    scale = [list(step) for step in theme.sequential]
    edge = {"color": theme.paper, "width": 2}
    letters = {"color": theme.ink}
    return {
        "bar": [{"marker": {"color": first, "line": {"width": 0}}, "textfont": letters}],
        "scatter": [{"marker": {"color": first}, "textfont": letters}],
        "waterfall": [
            {
                "increasing": {"marker": {"color": theme.good}},
                "decreasing": {"marker": {"color": theme.bad}},
                "totals": {"marker": {"color": first}},
                "connector": {"line": {"color": theme.muted, "width": 1}},
                "textfont": letters,
            }
        ],
        "funnel": [
            {
                "marker": {"color": first},
                "connector": {"fillcolor": theme.grid, "line": {"color": theme.grid}},
                "textfont": letters,
            }
        ],
        "sankey": [
            {
                "node": {"color": first, "line": edge},
                "link": {"color": theme.grid},
                "textfont": letters,
            }
        ],
        "violin": [{"line": {"color": first}, "fillcolor": theme.grid}],
        "box": [{"line": {"color": first}, "fillcolor": theme.grid}],
        "indicator": [
            {
                "number": {"font": letters},
                "title": {"font": {"color": theme.muted}},
                "gauge": {"bar": {"color": first}, "bgcolor": theme.grid, "borderwidth": 0},
            }
        ],
        "treemap": [
            {"marker": {"colorscale": scale, "line": edge}, "root": {"color": theme.paper}}
        ],
        "sunburst": [{"marker": {"colorscale": scale, "line": edge}}],
        "heatmap": [{"colorscale": scale, "colorbar": {"outlinewidth": 0}}],
        "table": [
            {
                "header": {
                    "fill": {"color": theme.grid},
                    "line": {"color": theme.paper},
                    "font": letters,
                },
                "cells": {
                    "fill": {"color": theme.paper},
                    "line": {"color": theme.grid},
                    "font": letters,
                },
            }
        ],
    }
