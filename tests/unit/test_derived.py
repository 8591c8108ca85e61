"""The files that follow from others are what they follow from."""

from __future__ import annotations

from tools.derived.__main__ import stale_files
from tools.derived.counts import sentence
from tools.derived.exposures import FILE


def test_notebooks_exposures_and_counts_are_as_they_should_be() -> None:
    assert not stale_files(), "run python -m tools.derived"


def test_the_readme_has_its_counts() -> None:
    text = (FILE.parents[2] / "README.md").read_text(encoding="utf-8")
    assert sentence() in text
