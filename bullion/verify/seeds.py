"""Many banks: which seeds, two at a time, results kept so that an interrupted run goes on."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bullion.db import connect
from bullion.errors import BullionError
from bullion.locks import locked
from bullion.paths import PACKAGE_DIR, PROJECT_DIR
from bullion.settings import Settings
from bullion.synth.context import SEED
from bullion.verify.bank import DEFAULT_CUSTOMERS
from bullion.verify.measure import Measured
from bullion.verify.registry import all_truths
from bullion.verify.rule import MORE_SEEDS, SEEDS
from bullion.verify.scratch import SeedJob, drop, folder_of, measure_seed, scratch_name

Result = tuple[Measured, float]
Keys = Sequence[tuple[str, str]]

# More than two would contend for the memory of a small machine.
MOST_SLOTS = 2
# What a result depends on.
_CODE = (
    (PROJECT_DIR, ("models", "macros", "seeds", "dbt_project.yml")),
    (PACKAGE_DIR.parent, ("bullion/synth", "bullion/ingest", "bullion/verify")),
)


def verify_seeds(
    settings: Settings,
    console: Console,
    seeds: Sequence[int],
    is_null: bool,
    keys: Keys | None = None,
    customers: int = DEFAULT_CUSTOMERS,
) -> list[Result]:
    """Measure the banks of ``seeds``, in their order; ``keys``: only these truths (id, name).

    Raises BullionError when the server is not the embedded one, when another verify is running,
    or when a bank cannot be built.
    """
    if not settings.is_embedded:
        raise BullionError(
            f"--seeds makes scratch databases on the embedded server; {settings.where} is not it: "
            "unset PG* variables and CONNECTION_STRING, and run 'bullion up'."
        )
    # Says in one line that no server runs, if so.
    connect(settings).close()
    if keys is None:
        keys = [(truth.id, truth.name) for truth in all_truths()]
    slots = min(MOST_SLOTS, os.cpu_count() or 1, len(seeds))
    jobs = [
        SeedJob(
            seed,
            is_null,
            customers,
            tuple(keys),
            1 if slots > 1 else os.cpu_count() or 1,
            os.getpid(),
        )
        for seed in seeds
    ]
    with locked(settings.home / "verify" / "lock", _busy(settings.home)):
        for slot in range(1, MOST_SLOTS + 1):
            # A killed run could not.
            drop(settings.home, settings.port, scratch_name(settings.database, slot))
            shutil.rmtree(folder_of(settings.home, slot), ignore_errors=True)
        return _run(settings, console, jobs, slots)


def default_seeds(count: int) -> list[int]:
    """The seeds after the default one, which is verified by itself."""
    return [SEED + 1 + number for number in range(count)]


def further_seeds(count: int) -> list[int]:
    """The seeds by which ``count`` banks become the 100 that settle a doubt."""
    return default_seeds(MORE_SEEDS)[count:] if count >= SEEDS else []


def _run(settings: Settings, console: Console, jobs: Sequence[SeedJob], slots: int) -> list[Result]:
    store = settings.home / "verify" / _code_version()
    store.mkdir(parents=True, exist_ok=True)
    known = {job.seed: found for job in jobs if (found := _stored(store, job)) is not None}
    waiting = [job for job in jobs if job.seed not in known]
    kind = "banks without effects" if jobs and jobs[0].is_null else "banks"
    if not console.is_terminal and waiting:
        console.print(
            f"Making {len(waiting)} {kind}, {slots} at a time; {len(known)} are known from an "
            f"earlier run ({store})."
        )
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[said]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    # Spawned: a fork would share this process's connections.
    context = multiprocessing.get_context("spawn")
    with progress:
        bar = progress.add_task(kind, total=len(jobs), completed=len(known), said="")
        free = context.Queue()
        for slot in range(1, slots + 1):
            free.put(slot)
        with ProcessPoolExecutor(slots, context, _begin, (free,)) as pool:
            running = {pool.submit(_measure, job, settings.database): job for job in waiting}
            try:
                for done in as_completed(running):
                    job = running[done]
                    known[job.seed] = done.result()
                    _store(store, job, known[job.seed])
                    said = f"seed {job.seed}: {known[job.seed][1]:.0f} s"
                    progress.update(bar, advance=1, said=said)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
    return [known[job.seed] for job in jobs]


_own: dict[str, int] = {}


def _begin(free: multiprocessing.Queue[int]) -> None:
    """Each process of the pool takes a slot for good."""
    _own["slot"] = free.get()


def _measure(job: SeedJob, database: str) -> Result:
    return measure_seed(job, database, _own["slot"])


def _stored(store: Path, job: SeedJob) -> Result | None:
    try:
        plain = json.loads(_file(store, job).read_text(encoding="utf-8"))
        return Measured.from_json(plain["measured"]), plain["seconds"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _store(store: Path, job: SeedJob, result: Result) -> None:
    measured, seconds = result
    file = _file(store, job)
    unfinished = file.with_suffix(".new")
    unfinished.write_text(json.dumps({"seconds": seconds, "measured": measured.as_json()}))
    unfinished.rename(file)


def _file(store: Path, job: SeedJob) -> Path:
    truths = hashlib.sha256(json.dumps(job.truths).encode()).hexdigest()[:8]
    return store / f"{job.file}-{truths}.json"


def _code_version() -> str:
    """A hash of the files that a result depends on."""
    digest = hashlib.sha256()
    for folder, names in _CODE:
        for top in (folder / name for name in names):
            for file in sorted(top.rglob("*")) if top.is_dir() else [top]:
                if file.suffix in {".py", ".sql", ".yml", ".csv"}:
                    digest.update(str(file.relative_to(folder)).encode())
                    digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _busy(home: Path) -> str:
    return f"Another 'bullion verify --seeds' is running on {home}: wait until it has ended."
