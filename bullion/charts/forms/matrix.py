"""A table of cells, each shaded by its value and lettered in what is read best on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bullion.charts.contrast import at, ink_for
from bullion.charts.forms.parts import MARGIN, Picture, blank, floats, words_of
from bullion.charts.themes import now

_ROW, _HEAD = 62, 60


def matrix(
    rows: Sequence[str],
    columns: Sequence[str],
    shares: Sequence[Sequence[float | None]],
    texts: Sequence[Sequence[str]],
    hovers: Sequence[Sequence[str]],
    *,
    keys: Sequence[Sequence[Any]],
    axis: str,
    marked: int | None = None,
) -> Picture:
    """Cells of ``rows`` by ``columns``; a share of 0 to 1 is shaded, none is left blank.

    ``keys`` are the natural keys of each row; the row ``marked`` gets a frame. Darker is more in
    light, and lighter in dark.
    """
    theme = now()
    figure = blank()
    figure.add_heatmap(
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        z=[floats(line) for line in shares],
        zmin=0,
        zmax=1,
        colorscale=[list(step) for step in theme.sequential],
        showscale=False,
        xgap=4,
        ygap=4,
        customdata=[
            [[*key, said] for said in line] for key, line in zip(keys, hovers, strict=True)
        ],
        hovertemplate=f"%{{customdata[{len(keys[0]) if keys else 0}]}}<extra></extra>",
    )
    figure.update_layout(
        annotations=[
            {
                "x": place,
                "y": row,
                "text": text,
                "font": {"size": 11, "color": ink_for(theme.paper if value is None else at(value))},
            }
            for row, (line, values) in enumerate(zip(texts, shares, strict=True))
            for place, (text, value) in enumerate(zip(line, values, strict=True))
        ]
    )
    if marked is not None:
        figure.add_shape(
            type="rect",
            x0=-0.5,
            x1=len(columns) - 0.5,
            y0=marked - 0.5,
            y1=marked + 0.5,
            line={"color": theme.notice, "width": 2.5},
            layer="above",
        )
    figure.update_xaxes(
        side="top",
        tickvals=list(range(len(columns))),
        ticktext=list(columns),
        tickangle=0,
        showgrid=False,
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=list(rows),
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
        title={"text": axis},
    )
    pairs = [
        (name, ", ".join(f"{column} {text}" for column, text in zip(columns, line, strict=True)))
        for name, line in zip(rows, texts, strict=True)
    ]
    plain = [(name, text.replace("<br>", " ")) for name, text in pairs]
    return Picture(figure, _ROW * max(2, len(rows)) + _HEAD + MARGIN, words_of(plain))
