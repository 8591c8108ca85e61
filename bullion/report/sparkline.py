"""A line of a few values without axes, as SVG that stands in the page."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, _MARGIN = 120, 30, 3
_SVG = Markup(
    '<svg class="spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
    'aria-hidden="true" focusable="false"><polyline points="{line}" fill="none" '
    'stroke="currentColor" stroke-width="1.5"/><circle cx="{x}" cy="{y}" r="2.5" '
    'fill="currentColor"/></svg>'
)


def sparkline(values: Sequence[float]) -> Markup:
    """The values from left to right, the last one marked; empty where there are fewer than two.

    It takes the colour of the text around it.
    """
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = (WIDTH - 2 * _MARGIN) / (len(values) - 1)
    points = [
        (
            _MARGIN + place * step,
            HEIGHT - _MARGIN - (value - low) / span * (HEIGHT - 2 * _MARGIN),
        )
        for place, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return _SVG.format(width=WIDTH, height=HEIGHT, line=line, x=f"{x:.1f}", y=f"{y:.1f}")
