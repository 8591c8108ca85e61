"""In which order dbt hands this project's nodes to its threads."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import networkx as nx
import pytest
from dbt.graph.queue import GraphQueue
from dbt.task.runnable import GraphRunnableTask

import dbt_bullion

# A short branch that is ready first, and a chain of three behind the other one.
EDGES = [("source", "a_leaf"), ("source", "chain"), ("chain", "middle"), ("middle", "end")]


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> Any:
    # Put back at the end; the two that are compared are dbt's own, whatever ran here before.
    monkeypatch.setattr(GraphQueue, "_get_scores", GraphQueue._get_scores)
    monkeypatch.setattr(GraphQueue, "get", dbt_bullion._get)
    monkeypatch.setattr(GraphRunnableTask, "run_queue", dbt_bullion._run_queue)
    return dbt_bullion.BullionOrder


def _queue(threads: int) -> Any:
    manifest: Any = SimpleNamespace(expect=lambda node: node)
    graph = nx.DiGraph(EDGES)
    queue: Any = GraphQueue(graph, manifest, set(graph.nodes))
    queue.threads = threads
    return queue


def test_the_longest_chain_goes_first(order: Any) -> None:
    order(project_name="bullion")
    queue = _queue(1)
    handed = []
    while not queue.empty():
        node = queue.get()
        handed.append(node)
        queue.mark_done(node)
    assert handed == ["source", "chain", "middle", "a_leaf", "end"]


def test_a_node_waits_for_a_free_thread(order: Any) -> None:
    order(project_name="bullion")
    queue = _queue(2)
    assert queue.get() == "source"
    queue.mark_done("source")
    assert {queue.get(), queue.get()} == {"chain", "a_leaf"}
    handed: list[str] = []
    waiting = threading.Thread(target=lambda: handed.append(queue.get()))
    waiting.start()
    waiting.join(0.2)
    assert not handed
    # What becomes ready now goes before what would have waited longer.
    queue.mark_done("chain")
    waiting.join(10)
    assert handed == ["middle"]


def test_other_projects_keep_dbts_order(order: Any) -> None:
    order(project_name="another")
    assert GraphQueue.get is dbt_bullion._get
    assert GraphRunnableTask.run_queue is dbt_bullion._run_queue


def test_a_task_tells_its_queue_how_many_threads_there_are(
    order: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[Any] = []
    monkeypatch.setattr(dbt_bullion, "_run_queue", lambda task, pool: run.append((task, pool)))
    order(project_name="bullion")
    task: Any = SimpleNamespace(job_queue=SimpleNamespace())
    pool: Any = SimpleNamespace(max_threads=3)
    GraphRunnableTask.run_queue(task, pool)
    assert task.job_queue.threads == 3
    assert run == [(task, pool)]
