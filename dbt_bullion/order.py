"""The order of the queue: the node with the longest chain behind it first.

dbt hands all that is ready to its threads in the order in which it became so: an increment's
longest chain (ledger, openings, snapshot, monthly summary) then waits for facts that nothing waits
for. Here a thread that is free takes the node with the longest chain behind it, which is list
scheduling by critical path (R. L. Graham, Bounds on multiprocessing timing anomalies, SIAM J. Appl.
Math. 17, 1969). Upstream: dbt-labs/dbt-core issue 10632, which asks for priorities and is open.
"""

from __future__ import annotations

import inspect
import math
import time
from queue import Empty
from typing import Any

import networkx as nx

from dbt_bullion.guard import Known, may_apply, replace

PROJECT = "bullion"
_QUEUE = "dbt.graph.queue:GraphQueue"
KNOWN = (
    Known(
        _QUEUE,
        source=(
            "self._scores = self._get_scores(",
            "self.inner.put((self._scores[",
            "self.some_task_done = threading.Condition(self.lock)",
            "self.in_progress.add(",
        ),
    ),
    Known(f"{_QUEUE}.mark_done", source=("self.in_progress.remove(", "some_task_done.notify_all(")),
    Known(f"{_QUEUE}._get_scores", "(self, graph)"),
    Known(f"{_QUEUE}.get", "(self, block=True, timeout=None)"),
    Known("dbt.task.runnable:GraphRunnableTask.run_queue", "(self, pool)"),
    Known("dbt.graph.thread_pool:DbtThreadPool", source=("self.max_threads = ",)),
)


def apply(project: str) -> None:
    """Give dbt's queue other scores, and let it keep what no thread is free for."""
    if project == PROJECT and may_apply("order", KNOWN):
        from dbt.graph.queue import GraphQueue
        from dbt.task.runnable import GraphRunnableTask

        replace(GraphQueue, "_get_scores", chains_behind)
        replace(GraphQueue, "get", get_for_free_thread)
        replace(GraphRunnableTask, "run_queue", run_queue_by_threads)


def chains_behind(_queue: Any, graph: nx.DiGraph) -> dict[str, int]:
    """Each node's score: the less, the more nodes its longest chain of successors has."""
    scores: dict[str, int] = {}
    for node in reversed(list(nx.topological_sort(graph))):
        scores[node] = min((scores[later] for later in graph.successors(node)), default=0) - 1
    return scores


def get_for_free_thread(queue: Any, block: bool = True, timeout: float | None = None) -> Any:
    """The next node, once fewer are in progress than there are threads.

    Raises ``queue.Empty``, as dbt's own does, when there is none in time.
    """
    end = None if timeout is None else time.monotonic() + timeout
    with queue.lock:
        is_free = queue.some_task_done.wait_for(
            # A queue that no task has told of its threads keeps nothing back.
            lambda: len(queue.in_progress) < getattr(queue, "threads", math.inf),
            timeout if block else 0,
        )
    if not is_free:
        raise Empty
    left = None if end is None else max(0.0, end - time.monotonic())
    return inspect.unwrap(get_for_free_thread)(queue, block, left)


def run_queue_by_threads(task: Any, pool: Any) -> None:
    """Tell the queue how many threads there are, and go on as dbt does."""
    if task.job_queue is not None:
        task.job_queue.threads = pool.max_threads
    inspect.unwrap(run_queue_by_threads)(task, pool)
