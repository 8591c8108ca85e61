"""A plugin that dbt finds by its name, so that bare ``dbt`` builds on Spark as ``bullion`` does.

dbt-spark turns ANSI mode off after it has read the profile, whatever that says: a cast that fails
then writes a null, where PostgreSQL and DuckDB stop the build. It also asks a Thrift server only
every five seconds whether a statement has ended, and most of ours take less than one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from dbt.plugins.manager import dbtPlugin

ANSI = "spark.sql.ansi.enabled"
POLL_SECONDS = 0.05
# Spark's own log at its default level would drown dbt's output.
CONF_DIR = Path(__file__).resolve().parent.parent / "bullion" / "spark" / "conf"


class BullionSpark(dbtPlugin):
    """Opens the connections of dbt-spark with ANSI mode on."""

    def initialize(self) -> None:
        """Wrap the opening of connections, once a process, where the profile is Spark's."""
        # dbt has imported the adapter by now, because the profile is read before the plugins are.
        connections = sys.modules.get("dbt.adapters.spark.connections")
        if connections is not None:
            os.environ.setdefault("SPARK_CONF_DIR", str(CONF_DIR))
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
            _open_with_ansi(connections.SparkConnectionManager)


def _open_with_ansi(manager: Any) -> None:
    if hasattr(manager, "open_without_ansi"):
        return
    manager.open_without_ansi = manager.open

    def open_connection(cls: Any, connection: Any) -> Any:
        credentials = connection.credentials
        credentials.server_side_parameters[ANSI] = "true"
        credentials.poll_interval = min(credentials.poll_interval, POLL_SECONDS)
        return cls.open_without_ansi(connection)

    manager.open = classmethod(open_connection)


plugins = [BullionSpark]
