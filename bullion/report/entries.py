"""What the pages say of each chart without drawing it, kept beside the report so that a part of it
can be renewed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bullion.charts.registry import CATEGORIES, Category
from bullion.report.drawing import Drawn, Failed
from bullion.report.search import words_of

_FILE = Path("assets") / "charts.json"


@dataclass(frozen=True)
class Entry:
    """A chart of the report: what its menu, the front page and the search know of it.

    ``missing``: what to load where there was nothing to draw; ``error``: why it could not be drawn.
    ``cards``: its key figures by column (see bullion.charts.view.Card). ``types``: of its traces.
    """

    id: str
    category: str
    title: str
    question: str
    finding: str
    model: str
    subject: str
    weight: int
    strength: str
    missing: str
    error: str
    words: str
    explains: list[str]
    truths: list[str]
    cards: dict[str, dict[str, Any]]
    types: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where its page is, from the report's folder on."""
        return f"{self.category}/{self.id}.html"

    @property
    def is_shown(self) -> bool:
        """Whether there is a picture."""
        return not self.missing and not self.error


def entry_of(result: Drawn | Failed) -> Entry:
    """The entry of a chart."""
    chart = result.chart
    view = result.view if isinstance(result, Drawn) else None
    return Entry(
        id=chart.id,
        category=chart.category,
        title=chart.title,
        question=chart.question,
        finding=view.finding if view else "",
        model=chart.model,
        subject=chart.subject,
        weight=chart.weight,
        strength=str(view.strength) if view else "",
        missing=view.missing if view else "",
        error=result.reason if isinstance(result, Failed) else "",
        words=words_of(chart, result if isinstance(result, Drawn) else None),
        explains=[*chart.explains, *chart.explained_by],
        truths=list(chart.uses_truth),
        cards={card.column: asdict(card) for card in view.cards} if view else {},
        types=sorted({trace.type for trace in view.figure.data}) if view else [],
    )


def standing_entries(folder: Path, without: Sequence[str]) -> list[Entry]:
    """The charts that a written report has, but for some categories; none where there is none."""
    try:
        found = [Entry(**each) for each in json.loads((folder / _FILE).read_text("utf-8"))]
    except (OSError, ValueError, TypeError):
        return []
    return [
        each
        for each in found
        if each.category in CATEGORIES
        and each.category not in without
        and (folder / each.address).exists()
    ]


def write_entries(folder: Path, entries: Sequence[Entry]) -> None:
    """Keep the entries for the next run."""
    text = json.dumps([asdict(each) for each in entries], ensure_ascii=False)
    (folder / _FILE).write_text(text, encoding="utf-8")


def categories_of(entries: Sequence[Entry]) -> list[Category]:
    """The categories that have charts, by number."""
    shown = {each.category for each in entries}
    return [category for category in CATEGORIES.values() if category.id in shown]
