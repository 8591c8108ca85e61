"""The dark twin of a figure, as a patch of the light one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from bullion.charts.registry import Chart
from bullion.charts.template import template
from bullion.charts.themes import DARK, drawn_in
from bullion.charts.view import View

__all__ = ["patch", "template", "twin"]


def twin(chart: Chart, data: pd.DataFrame, view: View) -> dict[str, Any]:
    """What makes the figure of ``view``, drawn in light, dark: values by their path in its JSON.

    A path is keys and indexes joined by dots, as in ``data.0.marker.color``; the template is left
    out. Raises ValueError where the dark figure has other parts than the light one.
    """
    with drawn_in(DARK):
        dark = chart.draw(data)
    return patch(_json(view), _json(dark))


def patch(light: dict[str, Any], dark: dict[str, Any]) -> dict[str, Any]:
    """The values of ``dark`` that are others in ``light``, by path."""
    return dict(_differences(light, dark, ""))


def _json(view: View) -> dict[str, Any]:
    figure: dict[str, Any] = json.loads(view.figure.to_json(validate=False))
    figure["layout"].pop("template", None)
    return figure


def _differences(light: Any, dark: Any, path: str) -> Iterator[tuple[str, Any]]:
    if light == dark:
        return
    if isinstance(light, dict) and isinstance(dark, dict) and light.keys() == dark.keys():
        for key, value in light.items():
            yield from _differences(value, dark[key], f"{path}.{key}" if path else key)
    elif isinstance(light, list) and isinstance(dark, list) and len(light) == len(dark):
        for place, value in enumerate(light):
            yield from _differences(value, dark[place], f"{path}.{place}")
    elif isinstance(light, str) and isinstance(dark, str):
        yield path, dark
    else:
        raise ValueError(f"{path}: the dark figure is another one, not of other colours only")
