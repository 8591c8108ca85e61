"""Plugins that dbt finds by their package's name, so that bare ``dbt`` builds as ``bullion`` does.

dbt hands all that is ready to its threads in the order in which it became so: an increment's
longest chain (ledger, openings, snapshot, monthly summary) then waits for facts that nothing waits
for. Here a thread that is free takes the node with the longest chain behind it, which is list
scheduling by critical path (R. L. Graham, Bounds on multiprocessing timing anomalies, SIAM J. Appl.
Math. 17, 1969).

dbt-spark turns ANSI mode off after it has read the profile, whatever that says: a cast that fails
then writes a null, where PostgreSQL and DuckDB stop the build. To a Thrift server it passes the
profile's settings by names that Spark does not heed. It also asks that server only every five
seconds whether a statement has ended, and most of ours take less than one.

dbt-postgres ends an interrupted build's statements by pg_terminate_backend, which the role that
builds may not do to the user who has logged in: they ran on, and dbt died of the refusal.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import networkx as nx
from dbt.graph.queue import GraphQueue
from dbt.graph.thread_pool import DbtThreadPool
from dbt.plugins.manager import dbtPlugin
from dbt.task.runnable import GraphRunnableTask

PROJECT = "bullion"
# dbt's own, whatever has been put in their place since.
_get = GraphQueue.get
_run_queue = GraphRunnableTask.run_queue

ANSI = "spark.sql.ansi.enabled"
# What a Thrift server takes a session's setting by.
THRIFT_PREFIX = "set:hiveconf:"
POLL_SECONDS = 0.05
# Spark's own log at its default level would drown dbt's output.
CONF_DIR = Path(__file__).resolve().parent.parent / "bullion" / "engines" / "spark" / "conf"


class BullionOrder(dbtPlugin):
    """Builds this project's longest chain of waiting nodes first."""

    def initialize(self) -> None:
        """Give dbt's queue other scores, and let it keep what no thread is free for."""
        if self.project_name == PROJECT:
            queue: Any = GraphQueue
            task: Any = GraphRunnableTask
            queue._get_scores = _chains_behind
            queue.get = _get_for_free_thread
            task.run_queue = _run_queue_by_threads


def _chains_behind(_queue: Any, graph: nx.DiGraph) -> dict[str, int]:
    """Each node's score: the less, the more nodes its longest chain of successors has."""
    scores: dict[str, int] = {}
    for node in reversed(list(nx.topological_sort(graph))):
        scores[node] = min((scores[later] for later in graph.successors(node)), default=0) - 1
    return scores


def _run_queue_by_threads(task: Any, pool: DbtThreadPool) -> None:
    task.job_queue.threads = pool.max_threads
    _run_queue(task, pool)


def _get_for_free_thread(queue: Any) -> Any:
    """The next node, once fewer are in progress than there are threads."""
    with queue.lock:
        queue.some_task_done.wait_for(lambda: len(queue.in_progress) < queue.threads)
    return _get(queue)


class BullionPostgres(dbtPlugin):
    """Cancels what an interrupted build has running, as any client may with its own statements."""

    def initialize(self) -> None:
        """Give dbt-postgres another way to cancel, where the profile is PostgreSQL's."""
        connections = sys.modules.get("dbt.adapters.postgres.connections")
        if connections is not None:
            connections.PostgresConnectionManager.cancel = _cancel


def _cancel(_manager: Any, connection: Any) -> None:
    handle = connection.handle
    if not handle.closed:
        handle.cancel()
        # Between two statements there is nothing to cancel: the next one may not begin.
        handle.close()


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


plugins = [BullionOrder, BullionPostgres, BullionSpark]
