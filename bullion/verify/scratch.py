"""One bank from nothing to its measurements: generated, loaded and built as far as the truths need,
in a scratch database of its own, which is dropped again."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import sql

from bullion.db import connect
from bullion.engines.build import dbt_arguments
from bullion.errors import BullionError
from bullion.ingest.run import load_paths
from bullion.server.initialize import connect_superuser, init_files, run_files
from bullion.settings import get_settings, passfile_of
from bullion.synth import bank as synth
from bullion.verify.bank import FILE, bank_of
from bullion.verify.measure import Measured, measure
from bullion.verify.registry import all_truths

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


@dataclass(frozen=True)
class SeedJob:
    """A bank to make and the truths to measure on it (id, name). ``slot`` numbers what runs side by
    side; each has a database and a folder that it uses again and again."""

    seed: int
    is_null: bool
    customers: int
    truths: tuple[tuple[str, str], ...]
    generators: int
    parent: int

    @property
    def file(self) -> str:
        """The name of its result's file, but for the extension."""
        kind = "null" if self.is_null else "planted"
        return f"{kind}-{self.customers}-{self.seed}"


def scratch_name(database: str, slot: int) -> str:
    """The scratch database of a slot."""
    return f"{database}_verify_{slot}"


def folder_of(home: Path, slot: int) -> Path:
    """The folder of a slot: its bank, dbt's target and log."""
    return home / "verify" / f"slot-{slot}"


def drop(home: Path, port: int, name: str) -> None:
    """Drop a scratch database if it is there, whoever is still connected to it."""
    with connect_superuser(passfile_of(home).parent, port, "postgres") as admin:
        admin.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        )


def measure_seed(job: SeedJob, database: str, slot: int) -> tuple[Measured, float]:
    """Make the bank, build what its truths need, measure; with the seconds that it took.

    For a process of its own: it sets PGDATABASE. Raises BullionError.
    """
    began = time.monotonic()
    home = get_settings().home
    folder = folder_of(home, slot)
    wanted = set(job.truths)
    truths = [truth for truth in all_truths() if (truth.id, truth.name) in wanted]
    models = sorted({truth.model for truth in truths})
    with _scratch(job, scratch_name(database, slot), folder) as out:
        made = synth.generate(
            out,
            customers=job.customers,
            seed=job.seed,
            null=job.is_null,
            workers=job.generators,
            force=True,
        )
        _require_parent(job)
        _load_and_build(made, folder, models)
        _require_parent(job)
        with connect(autocommit=True) as connection:
            measured = measure(connection, bank_of(made.truth, out / FILE), truths)
    return measured, time.monotonic() - began


def _load_and_build(made: synth.Bank, folder: Path, models: Sequence[str]) -> None:
    from dbt.cli.main import dbtRunner

    manifest = _manifest(folder)
    tables = _tables_behind(manifest, models)
    report = load_paths(
        [made.extracts[0] / f"{table}.csv" for table in sorted(tables & made.rows.keys())]
    )
    if not report.is_good:
        bad = [outcome.message for outcome in report.outcomes if not outcome.is_good]
        raise BullionError(f"The bank of {made.path} did not load: {bad[0]}")
    chosen = ["--select", *(f"+{model}" for model in models)]
    # The seeds among them too, and no tests.
    chosen += ["--resource-type", "seed", "--resource-type", "model"]
    done = dbtRunner(manifest=manifest).invoke(
        [*dbt_arguments("build"), *_dbt_folders(folder), *chosen]
    )
    if not done.success:
        raise BullionError(f"dbt build failed in {connect_name()}: {folder / 'dbt.log'} says why.")


def connect_name() -> str:
    """Where this process's connections go."""
    return get_settings().where


def _dbt_folders(folder: Path) -> list[str]:
    return ["--quiet", "--target-path", str(folder / "target"), "--log-path", str(folder)]


@cache
def _manifest(folder: Path) -> Manifest:
    """The project, parsed once a process: the scratch database of a slot keeps its name."""
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    # Else what the project parsed to last would be taken, with another database's name in it.
    parsed = dbtRunner().invoke(
        [*dbt_arguments("parse"), *_dbt_folders(folder), "--no-partial-parse"]
    )
    if not isinstance(parsed.result, Manifest):
        raise BullionError(f"The project could not be parsed: {parsed.exception}")
    return parsed.result


def _tables_behind(manifest: Manifest, models: Sequence[str]) -> set[str]:
    """The raw tables that the models are made of. Raises BullionError for an unknown model."""
    by_name = {node.name: node.unique_id for node in manifest.nodes.values()}
    unknown = sorted(set(models) - by_name.keys())
    if unknown:
        raise BullionError(f"Truths name models that there are not: {', '.join(unknown)}.")
    waiting = [by_name[model] for model in models]
    seen: set[str] = set()
    tables = set()
    while waiting:
        unique_id = waiting.pop()
        if unique_id in seen:
            continue
        seen.add(unique_id)
        source = manifest.sources.get(unique_id)
        if source is not None:
            tables.add(source.name)
        else:
            waiting += manifest.nodes[unique_id].depends_on_nodes
    return tables


@contextmanager
def _scratch(job: SeedJob, name: str, folder: Path) -> Iterator[Path]:
    """A database with roles and schemas, to which this process's environment points, and the path
    of a folder for its bank; neither is there afterwards."""
    settings = get_settings()
    home, port, secrets = settings.home, settings.port, passfile_of(settings.home).parent
    bank = folder / "bank"
    shutil.rmtree(bank, ignore_errors=True)
    drop(home, port, name)
    with connect_superuser(secrets, port, "postgres") as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        # What a power cut would take is made again from the seed.
        admin.execute(
            sql.SQL("alter database {} set synchronous_commit = off").format(sql.Identifier(name))
        )
    try:
        with connect_superuser(secrets, port, name) as admin:
            run_files(admin, init_files(own_server=True))
        os.environ["PGDATABASE"] = name
        environ = get_settings().child_environ()
        os.environ.clear()
        os.environ.update(environ)
        yield bank
    finally:
        if os.getppid() == job.parent:
            # Else the next run has cleared up, and uses the same names.
            shutil.rmtree(bank, ignore_errors=True)
            drop(home, port, name)


def _require_parent(job: SeedJob) -> None:
    """End here when the one who asked was killed: the result would be lost."""
    if os.getppid() != job.parent:
        raise BullionError("bullion verify has ended; so does its bank.")
