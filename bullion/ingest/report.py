"""What a load says to the person who started it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table as Grid

from bullion.contract import table
from bullion.ingest.checking.rejects import Reject
from bullion.ingest.loader import FileOutcome
from bullion.ingest.run import LoadReport
from bullion.printing import printable, unmarked

_STATUS_STYLE = {
    "loaded": "green",
    "already loaded": "cyan",
    "rejected": "red",
    "failed": "red",
}
_GROUPS_SHOWN = 5


def print_report(report: LoadReport, console: Console) -> None:
    """The summary table, then for each file what is worth knowing and what to do."""
    _print(report.changes, console)
    console.print(_grid(report))
    _print(_extract_times(report), console)
    for outcome in report.outcomes:
        _print(_details(outcome), console)
    _print([f"not loaded: {line}" for line in report.skipped], console)
    _print([_verdict(report)], console)


def _print(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        console.print(printable(line), highlight=False, markup=False, emoji=False, soft_wrap=True)


def _grid(report: LoadReport) -> Grid:
    """A line a file; the table is left out where the files are named for it."""
    names_tables = any(_stem(o.source_file) != o.table_name for o in report.outcomes)
    has_deletes = any(_deletes(o) for o in report.outcomes)
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    grid.add_column("file", no_wrap=True)
    if names_tables:
        grid.add_column("table", no_wrap=True)
    numbers = ["read", "loaded", "rejected", *(["deletes"] if has_deletes else [])]
    for name in numbers:
        grid.add_column(name, justify="right", no_wrap=True)
    grid.add_column("status", no_wrap=True)
    for outcome in report.outcomes:
        counts = outcome.counts
        is_loaded = outcome.status == "loaded"
        style = "yellow" if is_loaded and counts.rows_rejected else _STATUS_STYLE[outcome.status]
        grid.add_row(
            unmarked(outcome.source_file),
            *([outcome.table_name] if names_tables else []),
            f"{counts.rows_read:,}",
            f"{counts.rows_loaded if is_loaded else 0:,}",
            f"{counts.rows_rejected:,}",
            *([f"{_deletes(outcome):,}"] if has_deletes else []),
            f"[{style}]{outcome.status}[/{style}]",
        )
    return grid


def _extract_times(report: LoadReport) -> list[str]:
    """The extract times that no folder's name says, with the number of their files."""
    unsaid = Counter(
        str(outcome.extracted_at)
        for outcome in report.outcomes
        if outcome.extracted_at and str(outcome.extracted_at)[:10] not in outcome.source_file
    )
    return [f"extract time {time} ({count} files)" for time, count in sorted(unsaid.items())]


def _stem(source_file: str) -> str:
    return Path(source_file).name.split(".")[0]


def _deletes(outcome: FileOutcome) -> int:
    counts = outcome.counts
    return counts.deletes + counts.absence_deletes if outcome.status == "loaded" else 0


def _details(outcome: FileOutcome) -> list[str]:
    name = outcome.source_file
    lines = [f"{name}: {note}." for note in outcome.notes]
    if outcome.counts.absence_deletes and outcome.is_good:
        lines.append(
            f"{name}: {outcome.counts.absence_deletes:,} keys are no longer in the full extract "
            "and were marked deleted."
        )
    for group in outcome.rejects[:_GROUPS_SHOWN]:
        where = f"column {group.column_name}" if group.column_name else "whole records"
        lines.append(f"{name}: {group.count:,} rejected ({group.kind}, {where}), for example:")
        lines += [f"    {_example(reject, outcome)}" for reject in group.examples[:2]]
    others = outcome.rejects[_GROUPS_SHOWN:]
    if others:
        count = sum(group.count for group in others)
        lines.append(f"{name}: {count:,} more rejected for {len(others)} other reasons.")
    if outcome.message:
        lines.append(_sentence(outcome.message, name))
    return lines


def _example(reject: Reject, outcome: FileOutcome) -> str:
    place = f"record {reject.source_row}"
    if reject.source_line is not None:
        place += f", line {reject.source_line}"
    name = reject.column_name
    if reject.kind == "type" and name and table(outcome.table_name).column(name).pii:
        # A terminal's log is no store for personal data; rejected_rows is.
        return f"{place}: {name} cannot be read (personal data: see rejected_rows)"
    return f"{place}: {reject.reason}"


def _sentence(message: str, name: str) -> str:
    text = message if message.endswith((".", "…")) else message + "."
    return text if Path(name).name in text else f"{name}: {text}"


def _verdict(report: LoadReport) -> str:
    loaded = [outcome for outcome in report.outcomes if outcome.status == "loaded"]
    same = sum(outcome.status == "already loaded" for outcome in report.outcomes)
    failed = sum(not outcome.is_good for outcome in report.outcomes)
    rows = sum(outcome.counts.rows_loaded for outcome in loaded)
    parts = [f"{rows:,} rows of {len(loaded)} files loaded"]
    if same:
        parts.append(f"{same} files were already there")
    if report.rows_rejected:
        parts.append(
            f"{report.rows_rejected:,} records rejected ({report.rejects_place} has each with its "
            "reason)"
        )
    if failed:
        parts.append(f"{failed} files NOT loaded")
    return "; ".join(parts) + "."
