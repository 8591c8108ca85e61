"""The bench of the analytics layer: its build, its models, its report, a reader's queries."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from bullion.charts.data import rows_of
from bullion.charts.registry import all_charts
from bullion.db import connect
from bullion.errors import BullionError
from bullion.settings import Settings
from tools.bench.base import Bench, Report
from tools.bench.builds import ANALYTICS, replay, slowest_models, timed_build


def run_analytics(bench: Bench, report: Report, state: Path, built: Settings) -> None:
    """Measure on ``built``, a database whose star schema is built: the analytics build against its
    own statements bare, its slowest models, the queries of the charts, the report."""
    star = bench.database("bench_star", built.database)
    whole = timed_build(star.child_environ(), state, select=ANALYTICS)
    report.add(
        "analytics, full build",
        f"{whole.models} models in {whole.run_seconds:.1f} s, "
        f"with dbt's start {whole.wall_seconds:.1f} s",
    )
    for name, seconds in slowest_models(state):
        report.add(f"  slowest: {name}", f"{seconds:.2f} s")
    capture = bench.folder / "analytics.json"
    again = bench.database("bench_analytics", built.database)
    by_dbt = timed_build(
        again.child_environ(), state, select=ANALYTICS, threads=1, capture=capture
    ).run_seconds
    bare = replay(bench.database("bench_analytics", built.database), capture)
    report.add("analytics, one thread / its statements bare", f"{by_dbt:.1f} s / {bare:.1f} s")
    report.add(
        "fixed cost of dbt for an analytics model",
        f"{(by_dbt - bare) / max(whole.models, 1):.3f} s",
    )
    _charts(report, star)
    _report(bench, report, star)


def time_after_increment(report: Report, state: Path, settings: Settings, what: str) -> None:
    """Bring the analytics of a database up to what its star schema holds, against building them
    anew."""
    environ = settings.child_environ()
    after = timed_build(environ, state, select=ANALYTICS).run_seconds
    whole = timed_build(environ, state, "--full-refresh", select=ANALYTICS).run_seconds
    report.add(f"analytics after {what}", f"{after:.1f} s, anew {whole:.1f} s")
    report.add(f"analytics after {what} against anew", f"{after / whole:.0%}", "<= 50 %")


def _charts(report: Report, settings: Settings) -> None:
    """The slowest of the charts' queries, which are what a dashboard asks."""
    with connect(settings) as connection:
        seconds = {}
        for chart in all_charts():
            begun = time.perf_counter()
            rows_of(connection, chart)
            seconds[chart.id] = time.perf_counter() - begun
    slowest = max(seconds, key=lambda name: seconds[name])
    report.add(
        f"slowest of {len(seconds)} chart queries ({slowest})",
        f"{1000 * seconds[slowest]:.0f} ms",
        "< 100 ms",
    )


def _report(bench: Bench, report: Report, settings: Settings) -> None:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "bullion.cli", "report", "--out", str(bench.folder / "outputs")],
        env=settings.child_environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BullionError(f"The bench's report failed: {done.stderr[-800:].strip()}")
    report.add("report", f"{time.perf_counter() - begun:.1f} s", "< 30 s for 92 charts")
