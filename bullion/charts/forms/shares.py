"""Parts of a whole: bars of 100 %, or the parts over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bullion.charts.contrast import ink_for
from bullion.charts.formats import percent
from bullion.charts.forms.parts import (
    AXIS,
    MARGIN,
    ROW,
    Keys,
    Picture,
    blank,
    floats,
    hover,
    names_axis,
    value_axis,
    words_of,
)
from bullion.charts.themes import now

# A part is written into its bar from here on.
WRITTEN = 0.08


def share_bars(
    names: Sequence[str],
    parts: Mapping[str, Sequence[float]],
    hovers: Mapping[str, Sequence[str]],
    keys: Keys,
    *,
    axis: str,
    ends: Sequence[str] = (),
    quiet: str = "",
) -> Picture:
    """A bar of 100 % a name, divided into ``parts`` (fractions by part); ``ends`` stand after
    the bars; the part called ``quiet`` is grey. At most five parts."""
    theme = now()
    figure = blank()
    # To some eyes the fourth accent is the grey of the quiet part.
    accents = iter((*theme.accents[:3], *theme.accents[4:]) if quiet in parts else theme.accents)
    for part, values in parts.items():
        colour = theme.neutral if part == quiet else next(accents)
        figure.add_bar(
            y=list(names),
            x=floats(values),
            orientation="h",
            name=part,
            marker={"color": colour, "line": {"color": theme.paper, "width": 1}},
            text=[percent(value, 0) if value >= WRITTEN else "" for value in values],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": ink_for(colour), "size": 12},
            **hover(keys, hovers[part]),
        )
    for place, text in enumerate(ends):
        figure.add_annotation(
            x=1, y=place, text=text, xanchor="left", xshift=6, font={"color": theme.muted}
        )
    value_axis(figure, "x", 0.0, 1.0, "percent", axis, most=3)
    names_axis(figure, names)
    room = max((len(text) for text in ends), default=0)
    figure.update_layout(
        barmode="stack",
        legend_traceorder="normal",
        margin_b=48,
        margin_r=16 + 7 * room,
        # Hidden on a phone rather than shrunk.
        uniformtext={"minsize": 11, "mode": "hide"},
    )
    pairs = [
        (name, ", ".join(f"{percent(values[place])} {part}" for part, values in parts.items()))
        for place, name in enumerate(names)
    ]
    return Picture(figure, ROW * max(3, len(names)) + AXIS + MARGIN + 32, words_of(pairs))
