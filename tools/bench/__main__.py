"""`scripts/bench`: every ratio of the design that this release can reach, in one run.

Everything happens on a server of its own (a temporary BULLION_HOME, the real settings), so that a
warehouse in use is neither slowed nor touched. Absolute times mean little on a shared machine; the
ratios compare two things done in the same run.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bullion.db import connect
from bullion.errors import BullionError
from bullion.server import cluster
from bullion.settings import Settings, get_settings, home_dir
from tools.bench import replicate
from tools.bench.against import run_against
from tools.bench.analytics import run_analytics, time_after_increment
from tools.bench.base import Bench, Report, console
from tools.bench.builds import ANALYTICS, replay, slowest_models, timed_build
from tools.bench.copying import IngestRace, race
from tools.bench.engines import run_engines
from tools.bench.sinks import time_sinks


def main() -> int:
    """Measure, print, and write the figures as JSON beside the bench's files."""
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="bullion-bench-", dir=options.folder))
    folder.chmod(0o755)
    home = home_dir({"BULLION_HOME": str(folder / "home")})
    report = Report()
    try:
        started = cluster.up(get_settings({"BULLION_HOME": str(home)}), 55432, console.print)
        bench = Bench(home, folder, started.port)
        _run(bench, report, options)
        console.print(report.table())
        if options.json:
            Path(options.json).write_text(json.dumps(report.rows, indent=1) + "\n")
    except BullionError as error:
        console.print(f"bench: {error}")
        return 1
    finally:
        cluster.down(get_settings({"BULLION_HOME": str(home)}))
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--customers", type=int, default=5000, help="customers of the first bank")
    parser.add_argument("--quick", action="store_true", help="500 customers, nothing larger")
    parser.add_argument(
        "--history", type=int, default=10, help="how many times larger the second bank is"
    )
    parser.add_argument(
        "--engines",
        action="store_true",
        help="instead: full build and increment on PostgreSQL, DuckDB and Spark, at both sizes",
    )
    parser.add_argument(
        "--increment",
        action="store_true",
        help="instead: only the increments of silver, dimensions and facts, at both sizes",
    )
    parser.add_argument(
        "--against",
        metavar="COMMIT",
        help="instead: builds by this checkout and by an earlier commit, in turns",
    )
    parser.add_argument("--turns", type=int, default=3, help="how often, with --against")
    parser.add_argument("--folder", default=None, help="where the bench may write (needs disk)")
    parser.add_argument("--json", default=None, help="also write the figures to this file")
    options = parser.parse_args()
    if options.quick:
        options.customers, options.history = 500, 1
    return options


def _run(bench: Bench, report: Report, options: argparse.Namespace) -> None:
    console.rule("generate")
    first = _generate(bench, report, options.customers)
    if options.against:
        console.rule(f"this checkout and {options.against}, in turns")
        run_against(bench, report, first, options.against, options.turns)
        return
    if options.engines:
        console.rule("the same models on three engines")
        run_engines(bench, report, first, options.history)
        return
    loaded = bench.database("bench_bank")
    if not options.increment:
        console.rule("ingest")
        _ingest(bench, report, first)
    _load_bank(report, first, loaded)
    console.rule("an empty bank")
    state = bench.folder / "dbt"
    state.mkdir()
    empty = _empty_bank(bench, state, report)
    if not options.increment:
        console.rule("full build against its own statements")
        _full_build(bench, state, report, empty)
        console.rule("analytics")
        run_analytics(bench, report, state, bench.settings("bench_full"))
    console.rule("increment of 1 %")
    has_analytics = not options.increment
    share = _increment(bench, state, report, "bench_bank", 1, empty, has_analytics)
    if options.history > 1:
        console.rule(f"the same, bank {options.history} times as large")
        with connect(bench.settings("bench_bank"), autocommit=True) as connection:
            connection.execute("set role archivist")
            begun = time.perf_counter()
            replicate.multiply(connection, options.history)
        report.add("bank multiplied", f"{time.perf_counter() - begun:.0f} s")
        larger = _increment(
            bench, state, report, "bench_bank", options.history, empty, has_analytics
        )
        report.add(f"increment at x{options.history} against x1", f"{larger / share:.2f}", "<= 1.3")


def _generate(bench: Bench, report: Report, customers: int) -> Path:
    from bullion.synth.bank import generate

    begun = time.perf_counter()
    bank = generate(bench.folder / "bank", customers=customers, workers=2)
    seconds = time.perf_counter() - begun
    rows = sum(bank.rows.values())
    report.add("rows generated", f"{rows:,} in {seconds:.1f} s")
    report.add("generate", f"{rows / seconds:,.0f} rows/s", ">= 300,000")
    return bank.extracts[0]


def _ingest(bench: Bench, report: Report, extract: Path) -> None:
    result: IngestRace = race(
        bench.database("bench_load"), bench.database("bench_copy"), extract / "transactions.csv"
    )
    report.add("bare \\copy of transactions.csv", f"{result.bare_seconds:.2f} s")
    report.add("bullion load of the same file", f"{result.load_seconds:.2f} s")
    report.add("ingest against bare \\copy", f"{result.ratio:.2f}", ">= 0.8")
    lake, both = time_sinks(
        bench.database("bench_copy"), extract / "transactions.csv", bench.folder
    )
    report.add("load into a lake against bare \\copy", f"{result.bare_seconds / lake:.2f}")
    report.add("into both at once", f"{result.bare_seconds / both:.2f}", ">= 0.3")


def _load_bank(report: Report, extract: Path, settings: Settings) -> None:
    begun = time.perf_counter()
    from tools.bench.copying import load_folder

    rows = load_folder(settings, extract)
    seconds = time.perf_counter() - begun
    report.add("load of the whole bank", f"{rows:,} rows in {seconds:.1f} s")


@dataclass(frozen=True)
class Fixed:
    """Seconds of dbt's run phase on an empty bank: the fixed cost of each model."""

    full: float
    increment: float
    bare: float
    one_thread: float


def _empty_bank(bench: Bench, state: Path, report: Report) -> Fixed:
    from tools.bench.copying import make_bronze

    settings = bench.database("bench_empty")
    make_bronze(settings)
    timed_build(settings.child_environ(), state)
    full = timed_build(settings.child_environ(), state, "--full-refresh").run_seconds
    increments = [timed_build(settings.child_environ(), state).run_seconds for _ in range(3)]
    increment = statistics.median(increments)
    settings = bench.database("bench_empty")
    make_bronze(settings)
    capture = bench.folder / "empty.json"
    one_thread = timed_build(
        settings.child_environ(), state, threads=1, capture=capture
    ).run_seconds
    settings = bench.database("bench_empty")
    make_bronze(settings)
    bare = replay(settings, capture)
    report.add("build of an empty bank", f"full {full:.1f} s, increment {increment:.1f} s")
    return Fixed(full, increment, bare, one_thread)


def _full_build(bench: Bench, state: Path, report: Report, fixed: Fixed) -> None:
    capture = bench.folder / "full.json"
    settings = bench.database("bench_full", "bench_bank")
    by_dbt = timed_build(settings.child_environ(), state, threads=1, capture=capture).run_seconds
    for name, seconds in slowest_models(state):
        console.print(f"    {name}: {seconds:.1f} s")
    bare = replay(bench.database("bench_full", "bench_bank"), capture)
    settings = bench.database("bench_full", "bench_bank")
    two = timed_build(settings.child_environ(), state)
    ratio = (by_dbt - fixed.one_thread) / max(bare - fixed.bare, 0.01)
    report.add(
        "full build, two threads",
        f"{two.run_seconds:.1f} s, with dbt's start {two.wall_seconds:.1f} s",
    )
    report.add("full build, one thread / its statements bare", f"{by_dbt:.1f} s / {bare:.1f} s")
    report.add("full build against bare, net of an empty bank", f"{ratio:.2f}", "<= 1.15")


def _increment(
    bench: Bench,
    state: Path,
    report: Report,
    template: str,
    times: int,
    fixed: Fixed,
    has_analytics: bool,
) -> float:
    settings = bench.database("bench_increment", template)
    bench.settle("bench_increment")
    full = timed_build(settings.child_environ(), state).run_seconds - fixed.full
    report.add(f"full build at x{times}, net", f"{full:.1f} s")
    if has_analytics:
        timed_build(settings.child_environ(), state, select=ANALYTICS)
    shares = []
    for day, balances, wanted in _DAYS:
        with connect(settings, autocommit=True) as connection:
            connection.execute("set role archivist")
            rows = replicate.add_increment(connection, balances=balances)
        bench.settle("bench_increment")
        seconds = timed_build(settings.child_environ(), state).run_seconds - fixed.increment
        for name, model_seconds in slowest_models(state, 5):
            console.print(f"    {name}: {model_seconds:.1f} s")
        shares.append(seconds / full)
        report.add(f"increment of {rows:,} transactions on {day}, net", f"{seconds:.1f} s")
        report.add(f"increment on {day} against full at x{times}", f"{shares[-1]:.1%}", wanted)
        if has_analytics:
            time_after_increment(report, state, settings, f"{day} at x{times}")
    return shares[1]


# The bank ends with a month: its next day is a new month's first, which begins a row for every
# customer; the day after that is an ordinary one. A bank delivers the balances that its lines
# move; one that does not shifts whole ledgers of balances, which is measured without a wish.
_DAYS = (
    ("a month's first day", True, "<= 10 %"),
    ("an ordinary day", True, "<= 10 %"),
    ("a day without the accounts' balances", False, ""),
)


if __name__ == "__main__":
    sys.exit(main())
