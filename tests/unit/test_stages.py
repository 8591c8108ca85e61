"""Stages keep to their budgets, and the parts of the suite make up all of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bullion.paths import PROJECT_DIR
from tests.support.accounts import COLLECTION, SHARED, Meter
from tests.support.stages import BUDGETS, PARTS, over_budget, part_of, stage_of

FILES = sorted(
    path.relative_to(PROJECT_DIR) for path in (PROJECT_DIR / "tests").glob("**/test_*.py")
)
# A run of two tests whose stage has no second of CPU.
RUN = """
[pytest]
testpaths = tests
addopts = -p no:cacheprovider -p tests_accounts
"""
PLUGIN = """
import sys
sys.path.insert(0, {project!r})
from tests.support import accounts, stages
stages.BUDGETS.update({budgets!r})

def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true")

def pytest_configure(config):
    config.pluginmanager.register(accounts.Accounts())
"""
BUSY = """
import time

def test_busy():
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
"""


def test_within_budgets() -> None:
    assert not over_budget({})
    assert not over_budget({stage: float(budget) for stage, budget in BUDGETS.items()})


def test_over_a_budget() -> None:
    spent = {stage: float(budget) for stage, budget in BUDGETS.items()}
    [line] = over_budget(spent | {"unit/synth": BUDGETS["unit/synth"] + 1.0})
    assert line.startswith(f"stage unit/synth took {BUDGETS['unit/synth'] + 1} s of CPU, more than")


def test_a_stage_without_a_budget() -> None:
    [line] = over_budget({"unit/new": 3.0})
    assert line.startswith("stage unit/new took 3 s of CPU, more than its 0:")


@pytest.mark.parametrize(
    ("file", "stage"),
    [
        ("tests/unit/test_a.py", "unit"),
        ("tests/unit/synth/test_a.py", "unit/synth"),
        ("tests/integration/story/test_a.py", "integration/story"),
        ("tests/docker/test_a.py", "docker"),
    ],
)
def test_stage_of_a_file(file: str, stage: str) -> None:
    assert stage_of(file) == stage


def test_every_stage_has_a_budget_and_every_budget_a_stage() -> None:
    assert {stage_of(file) for file in FILES} | {COLLECTION, SHARED} == BUDGETS.keys()


def test_parts_are_a_partition() -> None:
    """Each file is in one of them, and a stage in one only: its budget is the same for a part."""
    parts_of: dict[str, set[str]] = {}
    for file in FILES:
        parts_of.setdefault(stage_of(file), set()).add(part_of(file))
    assert all(len(parts) == 1 for parts in parts_of.values())
    assert set().union(*parts_of.values()) == set(PARTS)


@pytest.mark.parametrize(
    ("budget", "chosen", "code"), [(0, [], 1), (60, [], 0), (0, ["-k", "busy"], 0)]
)
def test_a_run_fails_over_budget(tmp_path: Path, budget: int, chosen: list[str], code: int) -> None:
    """Of everything; where tests were chosen nothing is judged."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_busy.py").write_text(BUSY)
    (tmp_path / "pytest.ini").write_text(RUN)
    budgets = {"": budget, COLLECTION: 60, SHARED: 60}
    (tmp_path / "tests_accounts.py").write_text(
        PLUGIN.format(project=str(PROJECT_DIR), budgets=budgets)
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *chosen],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert ("more than its 0" in done.stdout) == bool(code)


def test_a_meter_counts_this_process_and_its_children() -> None:
    meter = Meter()
    code = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert meter.lap() >= 0.2
    assert meter.lap() < 0.2
