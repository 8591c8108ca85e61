"""How every chart looks: one palette, one frame, one empty state, one way to say what and how many.

Colours are Okabe and Ito's (https://jfly.uni-koeln.de/color/), darkened where text or thin lines
need 4.5:1 or 3:1 on white. The page switches to dark by the template's twin, see ``DARK``.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio

# Told apart by the colour-blind, and 3:1 against white: marks and lines.
BLUE = "#0072B2"
ORANGE = "#C65102"
GREEN = "#00805C"
PURPLE = "#A0508A"
YELLOW = "#8F7A00"
SKY = "#2B84B8"
GREY = "#6B7280"
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, YELLOW, SKY, GREY)
# What went well, what did not, what to look at.
GOOD, BAD, NOTICE = GREEN, "#B3261E", ORANGE
# One hue from little to much; and from below through none to above.
SEQUENTIAL = ((0.0, "#E8F1F8"), (0.5, "#5BA0CC"), (1.0, "#00466E"))
DIVERGING = ((0.0, ORANGE), (0.5, "#F3F4F6"), (1.0, BLUE))

TEXT = "#1F2937"
MUTED = "#4B5563"
GRID = "#E5E7EB"
PAPER = "#FFFFFF"
# What the page puts in place of these when it is dark. The palette's marks serve both, being 3:1
# against either paper and 4.5:1 under white letters; as letters on paper they have lighter twins.
# White letters stand on marks, and stay.
DARK = {TEXT: "#E5E7EB", MUTED: "#AAB2C0", GRID: "#374151", PAPER: "#111827", BAD: "#D0453C"}
DARK_LETTERS = {
    TEXT: "#E5E7EB",
    MUTED: "#AAB2C0",
    BLUE: "#6DB8E8",
    ORANGE: "#F2A065",
    GREEN: "#5FD3AA",
    PURPLE: "#D9A3CE",
    YELLOW: "#D9C54F",
    SKY: "#8CC8EC",
    GREY: "#AAB2C0",
    BAD: "#FF9D94",
}

FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
# Characters of a title's line at the width of a phone; longer ones break.
TITLE_WIDTH = 62
MAX_CATEGORIES = 12
# ISO 4217's code for none.
NO_CURRENCY = "XXX"

_AXIS = {
    "gridcolor": GRID,
    "linecolor": GRID,
    "zerolinecolor": GRID,
    "automargin": True,
    # No larger than its ticks: beside long names on a phone there is little room.
    "title": {"font": {"size": 13}},
}
pio.templates["bullion"] = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": 13, "color": TEXT},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "colorway": PALETTE,
        "title": {"x": 0, "xref": "container", "xanchor": "left", "pad": {"l": 16, "t": 16}},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        # At the very bottom, whose height plotly keeps free: never on an axis' title.
        "legend": {
            "orientation": "h",
            "yref": "container",
            "yanchor": "bottom",
            "y": 0,
            "x": 0,
            "xanchor": "left",
        },
        "margin": {"l": 16, "r": 16, "t": 96, "b": 16, "pad": 4},
        "hoverlabel": {"font": {"family": FONT}, "align": "left"},
        "hovermode": "closest",
        "bargap": 0.25,
    }
)
TEMPLATE = pio.templates["bullion"]


def present(
    figure: go.Figure, title: str, data: pd.DataFrame, n: str, height: int = 460
) -> go.Figure:
    """Frame a figure: the finding as its title, beneath it as_of, of how many and of what money.

    Args:
        figure: traces and axes; axis titles name their units.
        title: the finding, a sentence made from the data.
        data: the chart's rows; as_of and the currency come from its columns, where it has them.
        n: what the numbers are over, such as "5,000 customers".
        height: of the picture, in pixels.
    """
    subtitle = " · ".join(part for part in (n, as_of_text(data), money_text(data)) if part)
    figure.update_layout(
        template=TEMPLATE,
        height=height,
        title={
            "text": f"<b>{'<br>'.join(textwrap.wrap(title, TITLE_WIDTH)) or title}</b>",
            "font": {"size": 17, "color": TEXT},
            "subtitle": {"text": subtitle, "font": {"size": 13, "color": MUTED}},
            "yref": "container",
            "y": 1,
            "yanchor": "top",
        },
        margin_t=84 + 22 * max(1, len(textwrap.wrap(title, TITLE_WIDTH))),
    )
    return figure


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
    lacking = data["without_rate_count"].max() if "without_rate_count" in data.columns else 0
    return f"{text}, {lacking:,.0f} of the bank's rows without rate left out" if lacking else text


def empty_figure(title: str, why: str) -> go.Figure:
    """The state of a chart with nothing to draw: it says why, in place of a blank canvas."""
    figure = go.Figure()
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(
        text=f"Nothing to draw: {why}.",
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        showarrow=False,
        font={"size": 14, "color": MUTED},
    )
    return present(figure, title, pd.DataFrame(), "")


def top_and_other(
    data: pd.DataFrame,
    label: str,
    size: str,
    summed: Sequence[str] = (),
    most: int = MAX_CATEGORIES,
) -> pd.DataFrame:
    """The ``most`` largest rows by ``size``, the others as one last row "Other (k)".

    ``size`` and the columns ``summed`` are added up in that row; every other column is null there,
    since a rate or a mean of the others cannot be had by adding. Rows without a label are called
    "Unknown". Returns a new frame, largest first.
    """
    rows = data.assign(
        **{label: data[label].astype("object").where(data[label].notna(), "Unknown")}
    )
    rows = rows.sort_values(size, ascending=False, na_position="last", kind="stable")
    if len(rows) <= most:
        return rows.reset_index(drop=True)
    kept, rest = rows.head(most - 1), rows.iloc[most - 1 :]
    other: dict[str, Any] = {label: f"Other ({len(rest):,})"}
    for column in {size, *summed}:
        other[column] = pd.to_numeric(rest[column]).sum()
    return pd.concat([kept, pd.DataFrame([other])], ignore_index=True)


def error_bars(
    data: pd.DataFrame, estimate: str, low: str = "ci_low", high: str = "ci_high"
) -> dict[str, Any]:
    """Plotly's error_x or error_y for an estimate with an interval; none where a bound is null."""
    middle = pd.to_numeric(data[estimate])
    return {
        "type": "data",
        "symmetric": False,
        "array": (pd.to_numeric(data[high]) - middle).clip(lower=0),
        "arrayminus": (middle - pd.to_numeric(data[low])).clip(lower=0),
        "thickness": 1.6,
        "width": 4,
        "color": MUTED,
    }
