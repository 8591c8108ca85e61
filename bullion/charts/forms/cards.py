"""Key figures as a grid of indicators, for notebooks and pictures; pages use the cards."""

from __future__ import annotations

import re
from collections.abc import Sequence

import plotly.graph_objects as go

from bullion.charts.formats import MINUS
from bullion.charts.forms.parts import Picture, blank, words_of
from bullion.charts.themes import now
from bullion.charts.view import Card

A_ROW = 2
_CARD = 108
_NUMBER = re.compile(rf"([^\d{MINUS}]*)({MINUS}?[\d,]+)(?:\.(\d+))?(.*)", re.DOTALL)


def cards(figures: Sequence[Card]) -> Picture:
    """One indicator a card, two a row: label, value, change and target as they are read."""
    theme = now()
    figure = blank()
    rows = -(-len(figures) // A_ROW)
    colours = {
        "good": theme.good_letters,
        "bad": theme.bad_letters,
        "neither": theme.muted,
    }
    for place, card in enumerate(figures):
        row, column = divmod(place, A_ROW)
        below = [
            text
            for text in (
                f'<span style="color:{colours[card.judgement]}">{card.change}</span>'
                if card.change
                else "",
                f"target {card.target}" if card.target else "",
            )
            if text
        ]
        figure.add_trace(
            go.Indicator(
                mode="number",
                **_number(card.value),
                title={
                    "text": f"{card.label}<br>{'<br>'.join(below) or ' '}",
                    "font": {"size": 12, "color": theme.muted},
                },
                domain={
                    "x": [column / A_ROW + 0.01, (column + 1) / A_ROW - 0.01],
                    "y": [1 - (row + 0.94) / rows, 1 - (row + 0.52) / rows],
                },
                name=card.column,
            )
        )
    pairs = [
        (card.label, ", ".join(text for text in (card.value, card.change) if text))
        for card in figures
    ]
    return Picture(figure, _CARD * rows + 40, words_of(pairs, len(pairs)))


def _number(text: str) -> dict[str, object]:
    """An indicator that reads as the text: its digits as the value, the rest around it."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return {"value": None}
    before, whole, part, after = found.groups()
    digits = len(part or "")
    value = float(f"{whole.replace(',', '').replace(MINUS, '-')}.{part or 0}")
    return {
        "value": value,
        "number": {
            "valueformat": f",.{digits}f",
            "prefix": before,
            "suffix": after,
            "font": {"size": 22},
        },
    }
