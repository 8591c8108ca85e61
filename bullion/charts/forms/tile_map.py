"""A map of square tiles, one a state, each roughly in its place."""

from __future__ import annotations

from collections.abc import Sequence

from bullion.charts.contrast import at, ink_for
from bullion.charts.formats import is_missing
from bullion.charts.forms.parts import Keys, Picture, blank, hover, most_of, words_of
from bullion.charts.themes import now


def tile_map(
    columns: Sequence[float],
    rows: Sequence[float],
    values: Sequence[float],
    texts: Sequence[str],
    hovers: Sequence[str],
    keys: Keys,
    *,
    axis: str,
    words: Sequence[tuple[str, str]],
) -> Picture:
    """Tiles shaded by ``values``; where it is null or 0 the tile is an empty frame."""
    theme = now()
    most = most_of(values) or 1.0
    parts = [
        max(0.0, float(value) / most) if not is_missing(value) and value else 0.0
        for value in values
    ]
    fills = [at(0.06 + 0.94 * part) if part else theme.paper for part in parts]
    figure = blank()
    figure.add_scatter(
        x=list(columns),
        y=list(rows),
        mode="text",
        text=list(texts),
        textfont={"size": 10, "color": [ink_for(fill) for fill in fills]},
        name=axis,
        showlegend=False,
        **hover(keys, hovers),
    )
    # All at once: each by itself takes as long as the whole figure.
    figure.update_layout(
        shapes=[
            {
                "type": "rect",
                "x0": column - 0.47,
                "x1": column + 0.47,
                "y0": row - 0.47,
                "y1": row + 0.47,
                "fillcolor": fill,
                "line": {"width": 0 if part else 1, "color": theme.grid},
                "layer": "below",
            }
            for column, row, fill, part in zip(columns, rows, fills, parts, strict=True)
        ]
    )
    figure.update_xaxes(
        title={"text": axis, "font": {"size": 12}},
        showticklabels=False,
        showgrid=False,
        range=[min(columns) - 0.6, max(columns) + 0.6],
    )
    # Tiles are square whatever the width is.
    figure.update_yaxes(
        visible=False,
        range=[max(rows) + 0.6, min(rows) - 0.6],
        scaleanchor="x",
        scaleratio=1,
        constrain="domain",
    )
    return Picture(figure, 520, words_of(words))
