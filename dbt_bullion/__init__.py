"""A plugin that dbt finds by its name, so that bare ``dbt`` builds on Spark as ``bullion`` does.

dbt-spark turns ANSI mode off after it has read the profile, whatever that says: a cast that fails
then writes a null, where PostgreSQL and DuckDB stop the build. To a Thrift server it passes the
profile's settings by names that Spark does not heed. It also asks that server only every five
seconds whether a statement has ended, and most of ours take less than one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from dbt.plugins.manager import dbtPlugin

ANSI = "spark.sql.ansi.enabled"
# What a Thrift server takes a session's setting by.
THRIFT_PREFIX = "set:hiveconf:"
POLL_SECONDS = 0.05
# Spark's own log at its default level would drown dbt's output.
CONF_DIR = Path(__file__).resolve().parent.parent / "bullion" / "spark" / "conf"


class BullionSpark(dbtPlugin):
    """Opens the connections of dbt-spark with the profile's settings, ANSI mode among them."""

    def initialize(self) -> None:
        """Wrap the opening of connections, once a process, where the profile is Spark's."""
        # dbt has imported the adapter by now, because the profile is read before the plugins are.
        connections = sys.modules.get("dbt.adapters.spark.connections")
        if connections is not None:
            os.environ.setdefault("SPARK_CONF_DIR", str(CONF_DIR))
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
            _open_with_settings(connections.SparkConnectionManager)


def _open_with_settings(manager: Any) -> None:
    if hasattr(manager, "open_without_settings"):
        return
    manager.open_without_settings = manager.open

    def open_connection(cls: Any, connection: Any) -> Any:
        credentials = connection.credentials
        prefix = "" if credentials.method == "session" else THRIFT_PREFIX
        settings = credentials.server_side_parameters | {ANSI: "true"}
        credentials.server_side_parameters = {
            prefix + name.removeprefix(THRIFT_PREFIX): value for name, value in settings.items()
        }
        credentials.poll_interval = min(credentials.poll_interval, POLL_SECONDS)
        return cls.open_without_settings(connection)

    manager.open = classmethod(open_connection)


plugins = [BullionSpark]
