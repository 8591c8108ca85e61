"""What a chart gives: a picture, the finding that it shows, and what a page says of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import plotly.graph_objects as go


class Strength(StrEnum):
    """How much a finding says: strong ones may lead the front page, plain ones state a fact."""

    STRONG = "strong"
    WEAK = "weak"
    PLAIN = "plain"


@dataclass(frozen=True)
class Card:
    """A key figure: a value as it is read, its change and what that is against.

    ``judgement``: good, bad or neither; neither also where the change lies within chance. ``past``:
    earlier values, oldest first, for a sparkline; ``target``: as it is read, empty where there is
    none. ``column``: the column of the model that it is.
    """

    label: str
    value: str
    column: str
    change: str = ""
    judgement: str = "neither"
    past: Sequence[float] = ()
    target: str = ""


@dataclass(frozen=True)
class View:
    """A drawn chart.

    Attributes:
        figure: traces and axes, without a title; its theme is the one that it was drawn in.
        finding: a sentence made from the rows; what it names is to be seen in the picture.
        window: the time that the numbers are of, such as "30 days" or "all years"; where a
            chart leaves it empty, its own of the registry.
        n: what they are over, such as "5,000 customers".
        strength: see :class:`Strength`.
        alt: the picture in words, numbers included, for who cannot see it.
        keys: names of what comes first in the customdata of the marks, the rows' natural keys.
        cards: key figures that a page shows in place of the figure, which stands for them in
            notebooks and pictures.
        height: of the picture, in pixels, without title.
        missing: what to load where there is nothing to draw; the chart then leaves the grid.
    """

    figure: go.Figure
    finding: str
    window: str = ""
    n: str = ""
    strength: Strength = Strength.STRONG
    alt: str = ""
    keys: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()
    height: int = 420
    missing: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to draw."""
        return bool(self.missing)
