"""How Plotly behaves wherever a chart is shown: in pages, notebooks and the dashboard."""

from __future__ import annotations

from typing import Any

# Nothing leaves the machine: plotly.js has a button that hands figure and data to a cloud.
CONFIG: dict[str, Any] = {
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displayModeBar": False,
    "displaylogo": False,
    "showTips": False,
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": "reset",
}
