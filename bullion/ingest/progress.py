"""A load with a progress bar by bytes; silent when the output is not a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from bullion.ingest.discovery import Plan
from bullion.ingest.loader import LoadOptions
from bullion.ingest.run import LoadReport, load_paths, total_bytes
from bullion.printing import printable


def load_with_progress(
    paths: Sequence[Path],
    options: LoadOptions,
    table_name: str | None = None,
    extracted_at: datetime | None = None,
    places: Sequence[Path | None] = (None,),
) -> list[LoadReport]:
    """:func:`bullion.ingest.run.load_paths`, showing how far it is on a terminal.

    ``places``: a lake's folder, or None for PostgreSQL; two of them are loaded side by side, each
    by its own reader (PostgreSQL takes a clean file's bytes as they are, a lake typed columns).
    """
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    is_stopped = Event()
    with progress, ThreadPoolExecutor(len(places)) as pool:
        bar = progress.add_task("load", total=None)

        def on_plan(plan: Plan) -> None:
            progress.update(bar, total=total_bytes(plan.tasks) * len(places))

        def on_bytes(count: int) -> None:
            if is_stopped.is_set():
                raise KeyboardInterrupt
            progress.advance(bar, count)

        def load(place: Path | None) -> LoadReport:
            return load_paths(
                paths,
                options,
                table_name,
                extracted_at,
                on_plan=on_plan,
                on_file=lambda name: progress.update(bar, description=printable(name)),
                on_bytes=on_bytes,
                lake=place,
            )

        if len(places) == 1:
            # In this thread: whatever it waits for, an interrupt ends the wait.
            return [load(places[0])]
        loads = [pool.submit(load, place) for place in places]
        try:
            return [running.result() for running in loads]
        except KeyboardInterrupt:
            is_stopped.set()
            raise
