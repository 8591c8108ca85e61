"""Connections to Spark: with ANSI mode, with the profile's settings, and asked often.

dbt-spark turns ANSI mode off after it has read the profile, whatever that says: a cast that fails
then writes a null, where PostgreSQL and DuckDB stop the build. To a Thrift server it passes the
profile's settings by names that Spark does not heed. It also asks that server only every five
seconds whether a statement has ended, and most of ours take less than one.
Upstream: dbt-labs/dbt-adapters, SparkCredentials.__post_init__ ("Disable ANSI mode to ensure
compatibility with Spark v3 and v4") and SparkCredentials.poll_interval.
"""

from __future__ import annotations

import inspect
import os
import sys
from functools import wraps
from pathlib import Path
from typing import Any

from dbt_bullion.guard import Known, may_apply

ANSI = "spark.sql.ansi.enabled"
# What a Thrift server takes a session's setting by.
THRIFT_PREFIX = "set:hiveconf:"
POLL_SECONDS = 0.05
# Spark's own log at its default level would drown dbt's output.
CONF_DIR = Path(__file__).resolve().parent.parent / "bullion" / "engines" / "spark" / "conf"
_MODULE = "dbt.adapters.spark.connections"
KNOWN = (
    Known(
        f"{_MODULE}:SparkConnectionManager.open",
        "(cls, connection)",
        ("configuration=creds.server_side_parameters", "poll_interval=creds.poll_interval"),
    ),
    Known(
        f"{_MODULE}:SparkCredentials",
        source=(f'self.server_side_parameters["{ANSI}"] = "false"', "poll_interval: int"),
    ),
)


def apply() -> None:
    """Wrap the opening of connections, where the profile is Spark's."""
    # dbt has imported the adapter by now, because the profile is read before the plugins are.
    connections: Any = sys.modules.get(_MODULE)
    if connections is not None:
        os.environ.setdefault("SPARK_CONF_DIR", str(CONF_DIR))
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        if may_apply("spark", KNOWN):
            open_with_settings(connections.SparkConnectionManager)


def open_with_settings(manager: Any) -> None:
    """Let a connection manager of dbt-spark's open with the settings as they are meant."""
    own = inspect.unwrap(manager.open.__func__)

    @wraps(own)
    def open_connection(cls: Any, connection: Any) -> Any:
        credentials = connection.credentials
        prefix = "" if credentials.method == "session" else THRIFT_PREFIX
        settings = credentials.server_side_parameters | {ANSI: "true"}
        credentials.server_side_parameters = {
            prefix + name.removeprefix(THRIFT_PREFIX): value for name, value in settings.items()
        }
        credentials.poll_interval = min(credentials.poll_interval, POLL_SECONDS)
        return own(cls, connection)

    manager.open = classmethod(open_connection)
