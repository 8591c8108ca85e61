"""Key figures are written short, and their change is that of the whole numbers."""

from __future__ import annotations

import pandas as pd
import pytest

from bullion.charts.descriptive.indicators import Figure, indicator_grid


@pytest.mark.parametrize(
    ("value", "shown", "letter"),
    [
        (0.0295, 0.0295, ""),
        (9_999, 9_999, ""),
        (26_037, 26.037, "k"),
        (-26_037, -26.037, "k"),
        (6_580_000, 6.58, "m"),
        (2_400_000_000, 2.4, "bn"),
    ],
)
def test_scale(value: float, shown: float, letter: str) -> None:
    now, before = pd.Series({"amount": value}), pd.Series({"amount": value / 2})
    drawn = indicator_grid([Figure("amount", "Amount")], now, before).data[0]
    assert (drawn.value, drawn.number.suffix) == (pytest.approx(shown), letter)
    assert drawn.delta.reference == pytest.approx(shown / 2)
