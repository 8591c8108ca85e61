"""A load with a progress bar by bytes; silent when the output is not a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

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


def load_with_progress(
    paths: Sequence[Path],
    options: LoadOptions,
    table_name: str | None = None,
    extracted_at: datetime | None = None,
    lake: Path | None = None,
) -> LoadReport:
    """:func:`bullion.ingest.run.load_paths`, showing how far it is on a terminal."""
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with progress:
        bar = progress.add_task("load", total=None)

        def on_plan(plan: Plan) -> None:
            progress.update(bar, total=total_bytes(plan.tasks))

        return load_paths(
            paths,
            options,
            table_name,
            extracted_at,
            on_plan=on_plan,
            on_file=lambda name: progress.update(bar, description=name),
            on_bytes=lambda count: progress.advance(bar, count),
            lake=lake,
        )
