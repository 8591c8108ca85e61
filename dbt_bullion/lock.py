"""One build of a warehouse, whoever starts it: bare dbt takes the lock that `bullion build` takes.

No hook can hold one, for dbt gives each hook and each model another connection, or its turn on one.
So a connection of its own holds it around the whole run of a command that writes, and where that
connection is ended dbt stops before its next model, as it does after an error of its own.
"""

from __future__ import annotations

import inspect
import os
from typing import Any

import psycopg
from dbt_common.exceptions import DbtRuntimeError

from bullion.db import is_other_auth, open_session
from bullion.errors import BullionError
from bullion.sessions.building import PROGRAM, building
from bullion.settings import required_auth
from dbt_bullion.guard import Known, may_apply, replace

PROJECT = "bullion"
WRITING = {"build", "clone", "run", "seed", "snapshot"}
_TASK = "dbt.task.runnable:GraphRunnableTask"
KNOWN = (
    Known(f"{_TASK}.execute_with_hooks", "(self, selected_uids)"),
    Known(f"{_TASK}._raise_set_error", "(self)", ("raise self._raise_next_tick",)),
)


def apply(project: str) -> None:
    """Let dbt hold the lock of the warehouse while a command of this project writes."""
    if project == PROJECT and may_apply("lock", KNOWN):
        from dbt.task.runnable import GraphRunnableTask

        replace(GraphRunnableTask, "execute_with_hooks", execute_alone)


def execute_alone(task: Any, selected_uids: Any) -> Any:
    """Run the command as the one build of a warehouse; DbtRuntimeError where another runs."""
    execute = inspect.unwrap(execute_alone)
    credentials = task.config.credentials
    if task.args.which not in WRITING or credentials.type != "postgres":
        return execute(task, selected_uids)

    def stop(words: str) -> None:
        task._raise_next_tick = DbtRuntimeError(words)

    try:
        suffix = os.environ.get("BULLION_SCHEMA_SUFFIX", "")
        with building(lambda: _connect(credentials), credentials.role or "", suffix) as guard:
            guard.on_loss(stop)
            done = execute(task, selected_uids)
            if guard.lost:
                raise DbtRuntimeError(guard.lost)
            return done
    except BullionError as error:
        raise DbtRuntimeError(str(error)) from error
    except psycopg.OperationalError as error:
        words = " ".join(str(error).split())
        if is_other_auth(error):
            words += "; if it is the right server, set PGREQUIREAUTH to its method"
        raise DbtRuntimeError(words) from error


def _connect(credentials: Any) -> psycopg.Connection[Any]:
    named = {
        name: value
        for name in ("sslmode", "sslcert", "sslkey", "sslrootcert", "password")
        if (value := getattr(credentials, name))
    }
    return open_session(
        host=credentials.host,
        port=credentials.port,
        dbname=credentials.database,
        user=credentials.user,
        connect_timeout=credentials.connect_timeout,
        application_name=f"{PROGRAM} lock",
        require_auth=required_auth(os.environ),
        **named,
    )
