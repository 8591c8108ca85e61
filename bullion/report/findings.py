"""Which findings the front page leads with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bullion.charts.registry import SUBJECTS
from bullion.charts.view import Strength
from bullion.report.entries import Entry

MOST = 9
MOST_OF_A_SUBJECT = 2


def strongest(entries: Sequence[Entry]) -> list[Entry]:
    """The findings of most weight that are more than a fact, few of each subject; of what is left
    the next ones where that gives too few. Key figures stand above them already."""
    able = [each for each in entries if each.is_shown and not each.cards]
    strong = sorted(
        (each for each in able if each.strength == Strength.STRONG), key=lambda each: -each.weight
    )
    counts: Counter[str] = Counter()
    chosen: list[Entry] = []
    later: list[Entry] = []
    for each in strong:
        counts[each.subject] += 1
        (chosen if counts[each.subject] <= MOST_OF_A_SUBJECT else later).append(each)
    return [*chosen, *later][:MOST]


def by_subject(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """The charts of each subject, in the registry's order of subjects."""
    found = ((each, [entry for entry in entries if entry.subject == each]) for each in SUBJECTS)
    return [(subject, own) for subject, own in found if own]
