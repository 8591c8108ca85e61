"""What the front page says of each chart, kept beside the report so that a part can be renewed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bullion.charts.registry import CATEGORIES, Category
from bullion.report.figures import Drawn

_FILE = Path("assets") / "charts.json"


@dataclass(frozen=True)
class Entry:
    """A chart of the report: its menu title and the finding that it shows."""

    category: str
    id: str
    title: str
    finding: str
    question: str
    model: str

    @property
    def words(self) -> str:
        """What the search looks at."""
        category = CATEGORIES[self.category].title
        parts = (self.title, self.question, self.finding, self.model, category)
        return " ".join(parts).lower()


def entry_of(drawn: Drawn) -> Entry:
    """The entry of a drawn chart."""
    chart = drawn.chart
    return Entry(chart.category, chart.id, chart.title, drawn.title, chart.question, chart.model)


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
        and (folder / each.category / f"{each.id}.html").exists()
    ]


def write_entries(folder: Path, entries: Sequence[Entry]) -> None:
    """Keep the entries for the next run."""
    (folder / _FILE).write_text(json.dumps([asdict(each) for each in entries]), encoding="utf-8")


def categories_of(entries: Sequence[Entry]) -> list[Category]:
    """The categories that have charts, by number."""
    shown = {each.category for each in entries}
    return [category for category in CATEGORIES.values() if category.id in shown]
