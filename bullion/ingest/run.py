"""A whole load: bronze made ready, files in order, statistics for the planner at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from bullion.contract import METADATA_COLUMNS, table
from bullion.db import connect
from bullion.ingest.destination import Destination
from bullion.ingest.discovery import FileTask, Plan, plan_load
from bullion.ingest.lake.destination import LakeDestination
from bullion.ingest.lake.folder import Lake
from bullion.ingest.loader import FileOutcome, LoadOptions, load_file
from bullion.ingest.postgres.ddl import as_owner, bronze_schema, ensure_bronze
from bullion.ingest.postgres.destination import PostgresDestination

# Below this a table's statistics are left to autovacuum.
_ROWS_WORTH_ANALYSING = 1_000

OnFile = Callable[[str], None]


@dataclass
class LoadReport:
    """Outcomes of a run in the order of loading, and files of a folder that were left out.

    ``rejects_place``: where a person finds the rejected records; ``changes``: what was done to
    tables that an earlier contract made, a line each.
    """

    rejects_place: str
    changes: list[str] = field(default_factory=list)
    outcomes: list[FileOutcome] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether every file's rows are in bronze."""
        return all(outcome.is_good for outcome in self.outcomes)

    @property
    def rows_rejected(self) -> int:
        """Records rejected in files that were loaded."""
        return sum(o.counts.rows_rejected for o in self.outcomes if o.is_good)


def load_paths(
    paths: Sequence[Path],
    options: LoadOptions | None = None,
    table_name: str | None = None,
    extracted_at: datetime | None = None,
    on_plan: Callable[[Plan], None] | None = None,
    on_file: OnFile | None = None,
    on_bytes: Callable[[int], None] | None = None,
    lake: Path | None = None,
) -> LoadReport:
    """Load files and folders into bronze of the configured warehouse, or into a lake's folder.

    A file that fails does not stop the others. Raises BullionError when nothing can be loaded at
    all (no such path, no server).
    """
    plan = plan_load(paths, table_name, extracted_at)
    if on_plan is not None:
        on_plan(plan)
    with open_destination(lake) as (destination, report):
        report.skipped += plan.skipped
        for task in plan.tasks:
            if on_file is not None:
                on_file(task.source_file)
            outcome = load_file(destination, task, options or LoadOptions(), on_bytes)
            report.outcomes.append(outcome)
    return report


@contextmanager
def open_destination(lake: Path | None = None) -> Iterator[tuple[Destination, LoadReport]]:
    """The configured warehouse's bronze, or a lake's folder; both are made where missing.

    With it comes the report to which the run's outcomes are added.
    """
    if lake is not None:
        of_lake = Lake(lake)
        changes = of_lake.ensure()
        destination = LakeDestination(of_lake)
        yield destination, LoadReport(destination.rejects_place, changes)
        return
    with connect(autocommit=True) as connection:
        changes = ensure_bronze(connection)
        bronze = PostgresDestination(connection)
        report = LoadReport(bronze.rejects_place, changes)
        yield bronze, report
        refresh_statistics(connection, report.outcomes)


def load_one(
    connection: psycopg.Connection[Any], path: Path, options: LoadOptions | None = None
) -> FileOutcome:
    """Load one file on an open autocommit connection; bronze must be there."""
    [task] = plan_load([path]).tasks
    return load_file(PostgresDestination(connection), task, options or LoadOptions())


def total_bytes(tasks: Sequence[FileTask]) -> int:
    """Bytes on disk of all files of a plan (for progress); of what cannot be looked at, none."""
    total = 0
    for task in tasks:
        with suppress(OSError):
            total += task.path.stat().st_size
    return total


def refresh_statistics(
    connection: psycopg.Connection[Any], outcomes: Sequence[FileOutcome]
) -> None:
    """Let the next build's plans and BRIN scans know what has just arrived.

    Only the columns that builds filter and join on; autovacuum does the rest in its own time.
    """
    rows: dict[str, int] = {}
    for outcome in outcomes:
        if outcome.status == "loaded":
            made = outcome.counts.rows_loaded + outcome.counts.absence_deletes
            rows[outcome.table_name] = rows.get(outcome.table_name, 0) + made
    schema = bronze_schema()
    for name, count in rows.items():
        if count < _ROWS_WORTH_ANALYSING:
            continue
        contract_table = table(name)
        keys = [column.name for column in contract_table.columns if column.type == "id"]
        event_time = [contract_table.event_time] if contract_table.event_time else []
        columns = dict.fromkeys([*contract_table.key, *keys, *event_time, *METADATA_COLUMNS])
        # Only the owner may; where this login may not be it, autovacuum does it all.
        with connection.transaction(), as_owner(connection, schema):
            if _owns(connection, f"{schema}.{name}"):
                connection.execute(f"analyze {schema}.{name} ({', '.join(columns)})")
                connection.execute(
                    "select brin_summarize_new_values(%s::regclass)",
                    (f"{schema}.{name}_batch_id_brin",),
                )


def _owns(connection: psycopg.Connection[Any], name: str) -> bool:
    row = connection.execute(
        "select pg_has_role(relowner, 'usage') from pg_class where oid = %s::regclass", (name,)
    ).fetchone()
    return bool(row and row[0])
