"""A figure with its frame, for notebooks and saved pictures: the finding, and what it is over."""

from __future__ import annotations

import html
import textwrap

import pandas as pd
import plotly.graph_objects as go

from bullion.charts.formats import NO_CURRENCY, SPACE, count
from bullion.charts.themes import now
from bullion.charts.view import View

# Characters of a title's line at the width of a phone; longer ones break.
TITLE_WIDTH = 62


def framed(view: View, data: pd.DataFrame) -> go.Figure:
    """The view's figure with its finding as title and the :func:`subtitle` beneath it."""
    figure = go.Figure(view.figure)
    lines = _wrapped(view.finding)
    below = _wrapped(subtitle(view, data), 84)
    top = 40 + 22 * len(lines) + 18 * len(below)
    theme = now()
    figure.update_layout(
        title={
            "text": f"<b>{'<br>'.join(lines)}</b>",
            "font": {"size": 17, "color": theme.ink},
            "subtitle": {"text": "<br>".join(below), "font": {"size": 13, "color": theme.muted}},
            "yref": "container",
            "y": 1,
            "yanchor": "top",
        },
        margin_t=top,
        height=view.height + top,
    )
    return figure


def subtitle(view: View, data: pd.DataFrame) -> str:
    """ "30 days · 5,000 customers · as of 2025-12-31 · amounts in USD"; what is not there is left
    out."""
    parts = (view.window, view.n, as_of_text(data), money_text(data))
    return " · ".join(part for part in parts if part)


def as_of_text(data: pd.DataFrame) -> str:
    """ "as of 2025-12-31" from the column as_of; empty where there is none or it is null."""
    if "as_of" not in data.columns or data["as_of"].dropna().empty:
        return ""
    return f"as of {pd.Timestamp(data['as_of'].dropna().iloc[0]):%Y-%m-%d}"


def money_text(data: pd.DataFrame) -> str:
    """ "amounts in USD", of the column reporting_currency, and how many rows are in no sum;
    empty where the rows hold no money."""
    if "reporting_currency" not in data.columns or data["reporting_currency"].dropna().empty:
        return ""
    currency = data["reporting_currency"].dropna().iloc[0]
    text = "no currency named" if currency == NO_CURRENCY else f"amounts in {currency}"
    if "without_rate_count" not in data.columns:
        return text
    lacking = pd.to_numeric(data["without_rate_count"]).max()
    if pd.isna(lacking) or not lacking:
        return text
    return f"{text}, {count(lacking)} of the bank's rows without rate left out"


def _wrapped(text: str, width: int = TITLE_WIDTH) -> list[str]:
    # The narrow space keeps a number and its unit on one line.
    lines = textwrap.wrap(text.replace(SPACE, "\x00"), width)
    return [html.escape(line, quote=False).replace("\x00", SPACE) for line in lines]
