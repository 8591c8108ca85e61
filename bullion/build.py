"""Runs dbt on the warehouse, inside this process: who kills the one has killed the other."""

from __future__ import annotations

import os
from collections.abc import Sequence

import psycopg

from bullion.db import connect
from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR
from bullion.settings import get_settings

BUILD_LOCK = 7_205_759_403_792_795


def dbt_arguments(verb: str) -> list[str]:
    """The first words of a dbt command on this project: the verb and where the project is."""
    return [verb, "--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]


def run_build(arguments: Sequence[str], verb: str = "build") -> None:
    """Run ``dbt build`` with ``arguments`` on the configured server.

    Raises BullionError when another build holds the warehouse or dbt fails; dbt has then said
    on its own output which models and tests failed.
    """
    from dbt.cli.main import dbtRunner

    settings = get_settings()
    with connect(autocommit=True) as guard:
        _take_lock(guard, settings.where)
        environment = settings.child_environ()
        os.environ.clear()
        os.environ.update(environment)
        result = dbtRunner().invoke([*dbt_arguments(verb), *arguments])
    if result.exception is not None:
        raise BullionError(f"dbt {verb} could not run: {result.exception}") from result.exception
    if not result.success:
        raise BullionError(
            f"dbt {verb} failed on {settings.where}; its messages above name the models and tests, "
            "and logs/dbt.log has the statements."
        )


def _take_lock(guard: psycopg.Connection, where: str) -> None:
    """One build a warehouse: the lock goes with the connection, however the build ends."""
    row = guard.execute("select pg_try_advisory_lock(%s)", (BUILD_LOCK,)).fetchone()
    if row is None or not row[0]:
        raise BullionError(f"Another build is running on {where}; wait until it has ended.")
