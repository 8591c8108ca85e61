"""The suite's stages: what each may cost, which machine runs it when two share the work, and what
begins first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# Seconds of CPU, of the tests' processes and of their PostgreSQL together: about twice what two
# busy cores took on 2026-11-30, so that only what costs more fails and not what has to wait.
BUDGETS = {
    "collection": 120,
    "shared fixtures": 300,
    "docker": 120,
    "integration": 250,
    "integration/charts": 250,
    "integration/engines": 120,
    "integration/history": 300,
    "integration/ingest": 200,
    # With warehouses of three releases, canaries, money and currencies reckoned anew.
    "integration/pipeline": 1200,
    "integration/portable": 120,
    "integration/server": 150,
    "integration/silver": 200,
    "integration/spark": 4500,
    "integration/standing": 1200,
    "integration/statistics": 300,
    "integration/story": 1500,
    "integration/verify": 200,
    "integration/wheel": 100,
    "unit": 100,
    "unit/charts": 40,
    "unit/ingest": 80,
    "unit/synth": 160,
    "unit/verify": 20,
}

# Stages whose tests build with dbt, one model after another; all others are the rest.
PARTS = ("engines", "rest")
_ENGINES = {"engines", "history", "pipeline", "silver", "spark", "standing", "story"}

# Groups of tests in the order in which they begin, the longest first, lest one process wait for
# the other's last.
FIRST = ("spark", "story", "bank_warehouse", "standing", "pipeline", "history", "docker")


def stage_of(path: Path | str) -> str:
    """The stage of a test's file, named from the project's folder: its folder within tests/."""
    return "/".join(Path(path).parts[1:-1][:2])


def part_of(path: Path | str) -> str:
    """The part that runs a test's file."""
    return "engines" if Path(path).parent.name in _ENGINES else "rest"


def over_budget(spent: Mapping[str, float]) -> list[str]:
    """A line for each stage that took more CPU seconds than it may, or that has no budget."""
    lines = []
    for stage, seconds in sorted(spent.items()):
        budget = BUDGETS.get(stage, 0)
        if seconds > budget:
            lines.append(
                f"stage {stage} took {seconds:.0f} s of CPU, more than its {budget}: let it do "
                "less, or give it more in tests/support/stages.py and say why"
            )
    return lines
