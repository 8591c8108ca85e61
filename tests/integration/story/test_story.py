"""A bank's first extract, the days that follow in disorder, and what is seen at each of them."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from tests.support.parity import assert_none_differ
from tests.support.story import Story

pytestmark = pytest.mark.timeout(1800)


def test_an_interrupt_ends_the_statements_that_run(story: Story) -> None:
    interrupted = story.opening.interrupted
    assert interrupted.code == -signal.SIGINT, interrupted.said
    assert "permission denied" not in interrupted.said
    assert not interrupted.statements_left


def test_every_planted_fault_meets_its_reason(story: Story) -> None:
    """Each is rejected or quarantined for the right reason, and no good row is."""
    found = story.opening.faults
    of_outcome: dict[str, dict[tuple[str, int], dict]] = {"rejected": {}, "quarantined": {}}
    for fault in story.planted:
        of_outcome.setdefault(fault["outcome"], {})[fault["table"], fault["row"]] = fault
    assert found.rejected.keys() == of_outcome["rejected"].keys()
    wrong_column = {
        place: (found.rejected[place], fault["column"])
        for place, fault in of_outcome["rejected"].items()
        if fault["kind"] in ("type", "required") and found.rejected[place] != fault["column"]
    }
    assert not wrong_column
    assert found.quarantined == {
        place: fault["reason"] for place, fault in of_outcome["quarantined"].items()
    }
    kinds = Counter(fault["kind"] for fault in story.planted)
    assert kinds.keys() >= {"type", "required", "value", "range", "orphan", "order", "negative"}
    assert found.accepted
    missing = [fault for fault, count in found.accepted if count != 1]
    assert not missing, "acceptable rows are missing"


def test_engines_agree_on_the_first_extract(story: Story) -> None:
    """PostgreSQL after a build that was interrupted and one that was killed, with dbt's tests."""
    assert_none_differ(story.opening.engines, "the first extract")


def test_each_increment_is_what_a_whole_build_makes(story: Story) -> None:
    """Late, corrected, deleted, moved, revived and duplicate rows, in any order; a killed build
    leaves nothing that the next one does not mend."""
    for step in story.steps:
        assert_none_differ(step.whole, f"{step.name}: increments and a whole build")
    assert any("kill" in step.name for step in story.steps)


def test_engines_agree_on_each_increment(story: Story) -> None:
    for step in story.steps:
        assert_none_differ(step.engines, step.name)


def test_everything_upon_increments_is_everything_anew(story: Story) -> None:
    """All tables, with dbt's tests; then PostgreSQL's full refresh, which is what stood before."""
    assert_none_differ(story.finale.engines, "everything")
    assert_none_differ(story.finale.whole, "DuckDB by increments, PostgreSQL by a full refresh")


def test_another_order_ends_alike(story: Story) -> None:
    assert_none_differ(story.backwards, "a later extract first, the others backwards")


@pytest.mark.slow
def test_the_order_of_days_ends_alike(story: Story) -> None:
    """A third one, after the story's own and the backward."""
    assert_none_differ(story.in_order, "in the order of their days")


@pytest.mark.slow
def test_engines_agree_on_a_past_instant(story: Story) -> None:
    assert_none_differ(story.earlier_engines, "as of May")


@pytest.mark.slow
def test_a_full_refresh_of_duckdb(story: Story) -> None:
    """With dbt's tests, which hold on its first build in every run."""
    assert_none_differ(story.anew, "DuckDB by a full refresh")
