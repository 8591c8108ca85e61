"""The whole synthetic bank: from arguments to a folder of extracts and its truth.

Used by ``bullion generate`` and by every test that wants raw data::

    from bullion.synth.bank import generate

    bank = generate(
        out,                      # Path: the folder to make (it must not exist, or be empty)
        customers=60,             # number of customers
        start="2025-01-01",       # first day of a month (ISO text or datetime.date)
        end="2025-06-30",         # last day of a month: the first extract's date, inclusive
        seed=42,
        deltas=4,                 # later daily extracts: end + 1 day .. end + 4 days
        faults=True,              # plant bad rows, listed in truth.yml
        null=False,               # every causal effect zero
        without=("T02",),         # single truths switched off
        currencies=("EUR",),      # accounts of some customers in these, with exchange_rates
        file_format="csv",        # or "parquet"
        workers=1,                # processes; the bytes written do not depend on it
    )
    bank.extracts                 # [Path of <out>/2025-06-30, <out>/2025-07-01, ...]
    bank.rows                     # {"transactions": 12345, ...} over all extracts
    bank.truth                    # truth.yml as a dict

The files: ``<out>/<YYYY-MM-DD>/<table>.csv`` (22 tables in the first extract, with other
currencies 23, only tables that changed in later ones), ``<out>/truth.yml`` and
``<out>/truth/*.parquet``. The folder appears whole or not at all.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import shutil
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bullion import contract
from bullion.errors import BullionError
from bullion.synth import faults as planted_faults
from bullion.synth.blocks import make_block
from bullion.synth.context import SEED, BankPlan
from bullion.synth.deltas.split import ECHO_DAYS
from bullion.synth.files import writer
from bullion.synth.files.parts import FOLDER, BlockJob, BlockReport
from bullion.synth.files.progress import Progress
from bullion.synth.truth import file as truth_file

FORMATS = ("csv", "parquet")
_PARTS = ".parts"


@dataclass(frozen=True)
class Bank:
    """What ``generate`` made: its folder, extract folders in date order, rows by table, truth."""

    path: Path
    extracts: list[Path]
    rows: dict[str, int]
    truth: dict[str, Any]


@dataclass
class _Assembly:
    """Joins the workers' parts, block after block, into the files of the bank."""

    folder: Path
    file_format: str
    rows: dict[str, int] = field(default_factory=dict)
    parquet: dict[Path, list[Path]] = field(default_factory=dict)

    def file(self, extract: str, table: str) -> Path:
        return self.folder / extract / f"{table}.{self.file_format}"

    def add(self, report: BlockReport) -> None:
        for part in report.parts:
            if part.extract != FOLDER:
                self.rows[part.table] = self.rows.get(part.table, 0) + part.rows
            if part.extract == FOLDER or self.file_format == "parquet":
                target = self.folder / part.extract / f"{part.table}.parquet"
                self.parquet.setdefault(target, []).append(part.path)
                continue
            target = self.file(part.extract, part.table)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(writer.header(part.columns))
            writer.append_csv(target, part.path)

    def end_files(self, extract: str, last_lines: dict[str, bytes]) -> None:
        """Put last lines, cut off as they are, behind everything else of their files."""
        for table, line in last_lines.items():
            with self.file(extract, table).open("ab") as sink:
                sink.write(line)
            self.rows[table] += 1

    def finish(self) -> None:
        """Close all files and drop the empty folders of parts."""
        for target, parts in self.parquet.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            writer.join_parquet(target, parts)
        shutil.rmtree(self.folder / _PARTS, ignore_errors=True)


def _date(value: str | dt.date, option: str) -> dt.date:
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise BullionError(f"{option}: '{value}' is not a date; write it as 2025-12-31.") from None


def _check_target(out: Path, force: bool) -> None:
    if out.exists() and not out.is_dir():
        raise BullionError(f"--out: {out} is a file; name a folder.")
    if out.exists() and any(out.iterdir()) and not force:
        raise BullionError(f"--out: {out} is not empty; choose another folder or add --force.")


def _clear_abandoned(out: Path) -> None:
    """Remove what a killed run left beside the folder."""
    for path in out.parent.glob(f".{out.name}.making-*"):
        pid = path.name.rpartition("-")[2]
        if pid.isdigit() and int(pid) != os.getpid():
            try:
                os.kill(int(pid), 0)
            except ProcessLookupError:
                shutil.rmtree(path, ignore_errors=True)
            except PermissionError:
                continue


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _reports(jobs: Sequence[BlockJob], workers: int) -> Iterator[BlockReport]:
    """The reports of all blocks in block order, whatever order the workers finish in."""
    if workers == 1 or len(jobs) == 1:
        yield from map(make_block, jobs)
        return
    # A server process imports everything once, before any thread exists, and forks the workers.
    start = multiprocessing.get_context("forkserver")
    start.set_forkserver_preload(["bullion.synth.blocks"])
    with ProcessPoolExecutor(
        min(workers, len(jobs)), mp_context=start, initializer=_leave_interrupts_to_the_parent
    ) as pool:
        waiting: deque[Future[BlockReport]] = deque()
        try:
            for job in jobs:
                waiting.append(pool.submit(make_block, job))
                if len(waiting) > workers + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def generate(
    out: Path | str,
    *,
    customers: int = 5000,
    start: str | dt.date = "2022-01-01",
    end: str | dt.date = "2025-12-31",
    seed: int = SEED,
    deltas: int = 0,
    faults: bool = False,
    null: bool = False,
    without: Sequence[str] = (),
    currencies: Sequence[str] = (),
    file_format: str = "csv",
    workers: int | None = None,
    force: bool = False,
    show_progress: bool = False,
) -> Bank:
    """Write one bank (see the module's description); same arguments, same bytes.

    Raises BullionError for arguments that make no bank and for a folder that is not empty
    (``force`` replaces it). On any error, and on an interrupt, nothing of the bank stays.
    """
    out = Path(out).absolute()
    context = BankPlan(
        seed=seed,
        customers=customers,
        start=_date(start, "--start"),
        end=_date(end, "--end"),
        null=null,
        without=frozenset(without),
        currencies=tuple(currencies),
    )
    if file_format not in FORMATS:
        raise BullionError(f"--format: '{file_format}' is not one of {', '.join(FORMATS)}.")
    if not 0 <= deltas <= 366:
        raise BullionError(f"--deltas must be between 0 and 366, not {deltas}.")
    if deltas and context.end_day - context.start_day < ECHO_DAYS:
        raise BullionError(f"--deltas needs a bank of more than {ECHO_DAYS} days.")
    _check_target(out, force)
    out.parent.mkdir(parents=True, exist_ok=True)
    _clear_abandoned(out)
    folder = out.with_name(f".{out.name}.making-{os.getpid()}")
    (folder / _PARTS).mkdir(parents=True)
    try:
        bank = _make(context, folder, deltas, faults, file_format, workers, show_progress)
        if out.exists() and not any(out.iterdir()):
            out.rmdir()
        writer.replace_folder(folder, out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Bank(
        path=out,
        extracts=[out / extract for extract in bank.extracts],
        rows=bank.rows,
        truth=bank.truth,
    )


@dataclass(frozen=True)
class _Made:
    extracts: list[str]
    rows: dict[str, int]
    truth: dict[str, Any]


def _make(
    context: BankPlan,
    folder: Path,
    deltas: int,
    faults: bool,
    file_format: str,
    workers: int | None,
    show_progress: bool,
) -> _Made:
    jobs = [
        BlockJob(
            seed=context.seed,
            customers=context.customers,
            start=context.start,
            end=context.end,
            null=context.null,
            without=context.without,
            currencies=context.currencies,
            deltas=deltas,
            faults=faults,
            file_format=file_format,
            number=number,
            parts=folder / _PARTS,
        )
        for number in range(context.blocks)
    ]
    assembly = _Assembly(folder, file_format)
    truth = truth_file.TruthFile(context, deltas, faults)
    last_lines: dict[str, bytes] = {}
    with Progress(len(jobs), list(contract.load_contract()), show_progress) as progress:
        for report in _reports(jobs, workers or os.cpu_count() or 1):
            assembly.add(report)
            truth.add(report)
            last_lines |= report.last_lines
            progress.advance(report.rows_by_table())
        assembly.finish()
    first = context.end.isoformat()
    truth.end_files(first)
    assembly.end_files(first, last_lines)
    broken = _write_broken(folder, first) if faults else {}
    written = truth.write(folder, broken)
    days = [context.end + dt.timedelta(days=day) for day in range(deltas + 1)]
    return _Made(extracts=[day.isoformat() for day in days], rows=assembly.rows, truth=written)


def _write_broken(folder: Path, extract: str) -> dict[str, str]:
    """Files that must be turned down whole, apart from the good ones; their faults by file."""
    listed = {}
    for table, (content, kind) in planted_faults.broken_files().items():
        file = f"{truth_file.BROKEN}/{extract}/{table}.csv"
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        listed[file] = kind
    return listed
