"""Runs dbt on the warehouse, inside this process: who kills the one has killed the other."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import psycopg

from bullion.db import connect
from bullion.engines.registry import POSTGRES, Engine, find_engine
from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR
from bullion.settings import dbt_log_of, get_settings, home_dir, target_dir

BUILD_LOCK = 7_205_759_403_792_795
_TARGET_OPTIONS = ("--target", "-t")
_TYPE_OPTIONS = ("--resource-type", "--exclude-resource-type")


def dbt_arguments(verb: str) -> list[str]:
    """The first words of a dbt command on this project: the verb and where the project is."""
    return [verb, "--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]


def run_build(arguments: Sequence[str], verb: str = "build", engine: str = POSTGRES) -> None:
    """Run ``dbt build`` with ``arguments`` on the configured server, or on another engine.

    A build leaves unit tests out, which no data can break, unless the arguments name types of
    nodes.

    Raises BullionError when the engine cannot be used, when another build holds the warehouse or
    dbt fails; dbt has then said on its own output which models and tests failed.
    """
    for argument in arguments:
        if argument.split("=")[0] in _TARGET_OPTIONS:
            raise BullionError(
                f"'{argument}' is dbt's word for the engine; write --engine before dbt's own "
                "arguments."
            )
    if verb == "build":
        arguments = [*arguments, *_without_unit_tests(arguments)]
    chosen = find_engine(engine)
    if chosen is None:
        _build_on_postgres(verb, arguments)
    else:
        _build_on(chosen, verb, arguments)


def _without_unit_tests(arguments: Sequence[str]) -> list[str]:
    """What to tell dbt beside ``arguments``: nothing where they name types of nodes themselves."""
    names_types = any(argument.startswith(_TYPE_OPTIONS) for argument in arguments)
    return [] if names_types else ["--exclude-resource-type", "unit_test"]


def _build_on_postgres(verb: str, arguments: Sequence[str]) -> None:
    settings = get_settings()
    with connect(autocommit=True) as guard:
        _take_lock(guard, settings.where)
        _run_dbt(verb, arguments, settings.child_environ(), settings.where)


def _build_on(engine: Engine, verb: str, arguments: Sequence[str]) -> None:
    with engine.reserved():
        # A folder of its own, so that builds on two engines do not parse the project anew in turn.
        folder = target_dir(home_dir()) / engine.name
        options = ["--target", engine.name, "--target-path", str(folder)]
        _run_dbt(verb, [*options, *arguments], os.environ | engine.environ(), engine.where())


def _run_dbt(verb: str, arguments: Sequence[str], environ: Mapping[str, str], where: str) -> None:
    from dbt.cli.main import dbtRunner

    log = dbt_log_of(home_dir(environ))
    environ = dict(environ)
    os.environ.clear()
    os.environ.update(environ)
    result = dbtRunner().invoke([*dbt_arguments(verb), *arguments])
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    if result.exception is not None:
        raise BullionError(f"dbt {verb} could not run: {result.exception}") from result.exception
    if not result.success:
        raise BullionError(
            f"dbt {verb} failed on {where}; its messages above name the models and tests, "
            f"and {log} has the statements."
        )


def _take_lock(guard: psycopg.Connection, where: str) -> None:
    """One build a warehouse: the lock goes with the connection, however the build ends."""
    row = guard.execute("select pg_try_advisory_lock(%s)", (BUILD_LOCK,)).fetchone()
    if row is None or not row[0]:
        raise BullionError(f"Another build is running on {where}; wait until it has ended.")
