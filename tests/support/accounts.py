"""What the stages of a run cost, and its failure when one costs too much."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator
from typing import Any

import psutil
import pytest

from tests.support.stages import over_budget, stage_of

COLLECTION = "collection"
SHARED = "shared fixtures"


class Meter:
    """CPU seconds of this process, of the processes that it has waited for, and of the server."""

    def __init__(self) -> None:
        self._server: psutil.Process | None = None
        self._of_server = 0.0
        self._noted = self._total()

    def follow(self, postmaster: int) -> None:
        """Count the server as well: it waits for its sessions as they end."""
        self._server = psutil.Process(postmaster)
        self._of_server = sum(self._server.cpu_times()[:4])
        self._noted += self._of_server

    def lap(self) -> float:
        """What was spent since the last time."""
        before, self._noted = self._noted, self._total()
        return self._noted - before

    def _total(self) -> float:
        if self._server is not None:
            try:
                self._of_server = sum(self._server.cpu_times()[:4])
            except psutil.Error:
                # It has ended.
                self._server = None
        return sum(os.times()[:4]) + self._of_server


class Accounts:
    """A plugin of pytest: each process of a run notes what it spends, and one adds it up.

    Seconds of CPU are judged, since those of the clock depend on what else the machine does.
    """

    NAME = "bullion-accounts"

    def __init__(self) -> None:
        self.meter = Meter()
        self._wall: defaultdict[str, float] = defaultdict(float)
        self._cpu: defaultdict[str, float] = defaultdict(float)
        # Since the last report.
        self._own = 0.0
        self._shared = 0.0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Reading the tests is a stage."""
        spent = self.meter.lap()
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[COLLECTION] = spent
        else:
            self._cpu[COLLECTION] += spent

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """One of xdist's processes has ended."""
        self._cpu[COLLECTION] += getattr(node, "workeroutput", {}).get(COLLECTION, 0.0)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Fixtures of the session are a stage: which test is the first to use them is chance."""
        if fixturedef.scope != "session":
            return (yield)
        self._own += self.meter.lap()
        try:
            return (yield)
        finally:
            self._shared += self.meter.lap()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, Any]:
        """A report says what was spent since the last one."""
        report = yield
        report.cpu_seconds = self._own + self.meter.lap()
        report.shared_cpu_seconds = self._shared
        self._own = self._shared = 0.0
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up what each folder of tests takes."""
        stage = stage_of(report.fspath)
        self._wall[stage] += report.duration
        self._cpu[stage] += getattr(report, "cpu_seconds", 0.0)
        self._cpu[SHARED] += getattr(report, "shared_cpu_seconds", 0.0)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Of a run of everything, each stage has to keep to its budget."""
        if not session.exitstatus and self._excesses(session.config):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        """Print what the stages took before pytest's closing line."""
        terminalreporter.section("stages")
        rows = [(stage, self._wall[stage], seconds) for stage, seconds in self._cpu.items()]
        total = ("all", sum(self._wall.values()), sum(self._cpu.values()))
        for stage, wall, cpu in [*sorted(rows), total]:
            terminalreporter.write_line(f"stage {stage:<24} {wall:6.0f} s {cpu:6.0f} s of CPU")
        for line in self._excesses(config):
            terminalreporter.write_line(line, red=True)

    def _excesses(self, config: pytest.Config) -> list[str]:
        return over_budget(self._cpu) if is_whole(config) else []


def is_whole(config: pytest.Config) -> bool:
    """Whether a run is of everything, or of a part: nothing else was chosen or left out, nor were
    the slow tests added, which have no budget."""
    option = config.option
    chosen = (option.keyword, option.markexpr, option.deselect, option.ignore, option.ignore_glob)
    others = (
        option.slow,
        option.collectonly,
        getattr(option, "lf", False),
        hasattr(config, "workerinput"),
    )
    is_all = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return is_all and not any((*chosen, *others))
