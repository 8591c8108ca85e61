"""`scripts/bench --against COMMIT`: the same builds by this checkout and by an earlier commit.

Both run with this checkout's packages, on one server, in turns: what else the machine does falls
on both. Seconds of the clock mean little where others work; the seconds of CPU that dbt and the
server have used are the figure to trust.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import psutil

from bullion.db import connect
from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR
from bullion.server import cluster, process
from bullion.settings import Settings, get_settings
from tools.bench import replicate
from tools.bench.base import Bench, Report

FULL = "full build, models only"
FIRST = "first build with tests"
NOTHING = "build with nothing new"
INCREMENT = "increment of 1 %, models only"
_WANTED = {FULL: 0.70, FIRST: 0.65, INCREMENT: 0.50}


@dataclass(frozen=True)
class Cost:
    """Seconds of the clock, and seconds of CPU of a command and of the server meanwhile."""

    wall: float
    client: float
    server: float

    @property
    def cpu(self) -> float:
        """Seconds of CPU altogether."""
        return self.client + self.server


@dataclass
class Side:
    """One of the two projects, the database that it builds in, and what its builds have cost."""

    name: str
    project: Path
    folder: Path
    settings: Settings
    postmaster: psutil.Process
    costs: dict[str, list[Cost]] = field(default_factory=dict)

    def bullion(self, *arguments: str, counts_as: str | None = None) -> None:
        """Run this project's ``bullion``; its cost is kept under ``counts_as``."""
        self._run([sys.executable, "-m", "bullion.cli", *arguments], counts_as)

    def models(self, *arguments: str, counts_as: str) -> None:
        """Run all models of this project, which keeps no test and makes no seed."""
        dbt = str(Path(sys.executable).with_name("dbt"))
        command = [dbt, "run", "--threads", "2", "--project-dir", str(self.project)]
        command += ["--profiles-dir", str(self.project), "--target-path", str(self.folder)]
        self._run([*command, "--log-path", str(self.folder), *arguments], counts_as)

    def _run(self, command: list[str], counts_as: str | None) -> None:
        with _costs(self.postmaster) as costs:
            done = subprocess.run(
                command,
                cwd=self.project,
                env=self._environ(),
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode != 0:
            said = f"{done.stdout[-1500:]} {done.stderr[-500:]}"
            raise BullionError(f"{self.name}: {' '.join(command[:4])} failed: {said}")
        if counts_as:
            self.costs.setdefault(counts_as, []).extend(costs)

    def _environ(self) -> Mapping[str, str]:
        # Found before the checkout that is installed.
        return self.settings.child_environ() | {"PYTHONPATH": str(self.project)}


@contextmanager
def _costs(postmaster: psutil.Process) -> Iterator[list[Cost]]:
    """What happens inside costs: one row in the list, once it has ended."""
    found: list[Cost] = []
    before, server, begun = _cpu_of_children(), _cpu_of_server(postmaster), time.perf_counter()
    yield found
    found.append(
        Cost(
            time.perf_counter() - begun,
            _cpu_of_children() - before,
            _cpu_of_server(postmaster) - server,
        )
    )


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _cpu_of_server(postmaster: psutil.Process) -> float:
    """Seconds of the server's processes: those that run, and those that the first has seen end."""
    own = postmaster.cpu_times()
    seconds = own.user + own.system + own.children_user + own.children_system
    for backend in postmaster.children():
        try:
            times = backend.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds += times.user + times.system
    return float(seconds)


def run_against(bench: Bench, report: Report, extract: Path, commit: str, turns: int) -> None:
    """Build the extract's bank by this checkout and by ``commit``, ``turns`` times each in turn.

    Raises BullionError when there is no such commit or a build fails.
    """
    sides = [
        _side(bench, "then", _export(commit, bench.folder / "then")),
        _side(bench, "now", PROJECT_DIR),
    ]
    for side in sides:
        loaded = bench.database(f"loaded_{side.name}")
        side.settings = loaded
        side.bullion("load", str(extract))
    for turn in range(turns):
        for side in sides if turn % 2 == 0 else reversed(sides):
            _turn(bench, side)
    then, now = sides
    for what in then.costs:
        _compare(report, what, then.costs[what], now.costs[what])


def _turn(bench: Bench, side: Side) -> None:
    name = f"built_{side.name}"
    side.settings = bench.database(name, f"loaded_{side.name}")
    bench.settle(name)
    side.bullion("build", counts_as=FIRST)
    side.bullion("build", counts_as=NOTHING)
    bench.settle(name)
    side.models("--full-refresh", counts_as=FULL)
    with connect(side.settings, autocommit=True) as connection:
        connection.execute("set role archivist")
        replicate.add_increment(connection)
    bench.settle(name)
    side.models(counts_as=INCREMENT)


def _side(bench: Bench, name: str, project: Path) -> Side:
    folder = bench.folder / f"dbt_{name}"
    folder.mkdir()
    layout = cluster.existing_layout(get_settings({"BULLION_HOME": str(bench.home)}).home)
    server = process.find_ready(layout, print) if layout else None
    if server is None:
        raise BullionError("The bench's server is not running.")
    return Side(name, project, folder, bench.settings("postgres"), psutil.Process(server.pid))


def _export(commit: str, folder: Path) -> Path:
    """The project's files at ``commit``, in a folder of their own."""
    git = shutil.which("git")
    if git is None:
        raise BullionError("--against needs git, which is not on PATH.")
    packed = subprocess.run(
        [git, "-C", str(PROJECT_DIR), "archive", commit], capture_output=True, check=False
    )
    if packed.returncode != 0:
        raise BullionError(
            f"--against {commit}: git has no such commit here: {packed.stderr.decode().strip()}"
        )
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


def _compare(report: Report, what: str, then: list[Cost], now: list[Cost]) -> None:
    wanted = f"<= {_WANTED[what]:.2f}" if what in _WANTED else ""
    for measure in ("wall", "cpu"):
        before, after = (statistics.median(getattr(c, measure) for c in s) for s in (then, now))
        name = "wall" if measure == "wall" else "CPU"
        report.add(
            f"{what}, {name}",
            f"{before:.1f} s then, {after:.1f} s now: {after / before:.2f}",
            wanted,
        )
    client = statistics.median(cost.client for cost in now)
    report.add(f"{what}, of it dbt's own CPU now", f"{client:.1f} s")
