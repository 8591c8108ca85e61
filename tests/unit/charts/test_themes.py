"""Colours by role: told apart by every eye, read on their paper, named in one place only."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from bullion.charts import themes
from bullion.charts.contrast import at, contrast, faded, ink_for, mixed
from bullion.charts.template import template
from bullion.charts.themes import DARK, LIGHT, THEMES, Theme, drawn_in, now
from tests.unit.charts.colour_distance import EYES, ciede2000, distance

FOLDER = Path(themes.__file__).parent
EVERY_THEME = pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
# Of two colours that are told apart by colour.
LEAST_DISTANCE = 15
# Names of colours that Plotly takes; words of our sentences, such as "tan", are not among them.
_NAMED = (
    "white black red green blue orange purple yellow grey gray silver gold brown pink navy teal"
)
_LITERAL = re.compile(r"#[0-9A-Fa-f]{3,8}\b|\b(?:rgba?|hsla?)\s*\(")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
    ],
)
def test_distances_are_those_of_sharma(
    one: tuple[float, ...], other: tuple[float, ...], expected: float
) -> None:
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)


@EVERY_THEME
@pytest.mark.parametrize("eyes", EYES)
def test_accents_are_told_apart(theme: Theme, eyes: str) -> None:
    for one, other in combinations(theme.accents, 2):
        assert distance(one, other, eyes) >= LEAST_DISTANCE, (one, other)
    assert distance(theme.good, theme.bad, eyes) >= LEAST_DISTANCE


@EVERY_THEME
def test_marks_and_letters_are_seen_on_paper(theme: Theme) -> None:
    for mark in (*theme.accents, theme.neutral, theme.good, theme.bad, theme.notice):
        assert contrast(mark, theme.paper) >= 3, mark
    letters = (theme.ink, theme.muted, *theme.accent_letters)
    letters += (theme.good_letters, theme.bad_letters, theme.notice_letters)
    for letter in letters:
        assert contrast(letter, theme.paper) >= 4.5, letter


@EVERY_THEME
def test_letters_are_read_on_every_place_of_a_scale(theme: Theme) -> None:
    with drawn_in(theme):
        for place in np.linspace(0, 1, 21):
            assert contrast(ink_for(at(place)), at(place)) >= 4.5
        assert contrast(now().paper, at(0)) < contrast(now().paper, at(1))


def test_colours_between_two() -> None:
    assert mixed("#000000", "#FFFFFF", 0.5) == "#808080"
    assert ink_for("#FFFFFF") == "#000000"
    assert faded(LIGHT.accents[0], 0) == LIGHT.paper
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_a_theme_is_left_as_it_was_found() -> None:
    with drawn_in(DARK):
        assert now() is DARK
    assert now() is LIGHT


def test_no_other_module_names_a_colour() -> None:
    found = []
    named = re.compile(rf"""["'](?:{"|".join(_NAMED.split())})["']""", re.IGNORECASE)
    for path in FOLDER.rglob("*.py"):
        if path.name == "themes.py":
            continue
        text = path.read_text(encoding="utf-8")
        found += [(path.name, each) for each in (*_LITERAL.findall(text), *named.findall(text))]
    assert not found


@EVERY_THEME
def test_the_template_has_every_kind_of_trace(theme: Theme) -> None:
    made = template(theme)
    assert {"scene", "polar", "geo", "coloraxis", "shapedefaults", "annotationdefaults"} <= set(
        made.layout.to_plotly_json()
    )
    kinds = (
        "bar scatter waterfall funnel sankey violin box indicator treemap sunburst heatmap table"
    )
    assert set(kinds.split()) <= set(made.data.to_plotly_json())
    figure = go.Figure(layout={"template": made})
    assert figure.layout.template.layout.paper_bgcolor == theme.paper
    assert template(theme) is made
