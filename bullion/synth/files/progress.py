"""A progress bar by table, silent when nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import TracebackType

from rich import progress as rich_progress
from rich.console import Console


class Progress:
    """One bar a table, moved on by each finished block; nothing is drawn unless ``show``."""

    def __init__(self, blocks: int, tables: Sequence[str], show: bool) -> None:
        self._bars = rich_progress.Progress(
            rich_progress.TextColumn("{task.description:28}"),
            rich_progress.BarColumn(),
            rich_progress.TextColumn("{task.fields[rows]:>13,} rows"),
            rich_progress.TimeElapsedColumn(),
            console=Console(file=sys.stderr),
            disable=not (show and sys.stderr.isatty()),
            transient=True,
        )
        self._tasks = {name: self._bars.add_task(name, total=blocks, rows=0) for name in tables}
        self._rows = dict.fromkeys(tables, 0)

    def __enter__(self) -> Progress:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def advance(self, rows: Mapping[str, int]) -> None:
        """One more block is written, with so many rows of each table."""
        for name, task in self._tasks.items():
            self._rows[name] += rows.get(name, 0)
            self._bars.update(task, advance=1, rows=self._rows[name])
