"""In which order dbt hands this project's nodes to its threads."""

from __future__ import annotations

import inspect
import threading
import time
from queue import Empty
from types import SimpleNamespace
from typing import Any

import networkx as nx
import pytest
from dbt.graph.queue import GraphQueue
from dbt.task.runnable import GraphRunnableTask

import dbt_bullion
from dbt_bullion.order import chains_behind, get_for_free_thread, run_queue_by_threads

# A short branch that is ready first, and a chain of three behind the other one.
EDGES = [("source", "a_leaf"), ("source", "chain"), ("chain", "middle"), ("middle", "end")]


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> Any:
    # Put back at the end, what a replacement remembers too; and dbt's own until then, whatever ran
    # here before.
    for owner, name, replacement in (
        (GraphQueue, "_get_scores", chains_behind),
        (GraphQueue, "get", get_for_free_thread),
        (GraphRunnableTask, "run_queue", run_queue_by_threads),
    ):
        own = inspect.unwrap(getattr(owner, name))
        monkeypatch.setattr(owner, name, own)
        monkeypatch.setattr(replacement, "__wrapped__", own, raising=False)
    monkeypatch.delenv("BULLION_DBT_PATCHES", raising=False)
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


def test_who_does_not_wait_for_a_thread_is_told_that_none_is_free(order: Any) -> None:
    order(project_name="bullion")
    queue = _queue(1)
    assert queue.get(block=False) == "source"
    with pytest.raises(Empty):
        queue.get(block=False)
    start = time.monotonic()
    with pytest.raises(Empty):
        queue.get(timeout=0.2)
    assert 0.2 <= time.monotonic() - start < 5
    queue.mark_done("source")
    assert queue.get(True, 5) == "chain"


def test_a_time_limit_holds_while_nothing_is_ready(order: Any) -> None:
    order(project_name="bullion")
    queue = _queue(2)
    queue.get()
    # A thread is free, but all that is left waits for the one node that is in progress.
    with pytest.raises(Empty):
        queue.get(timeout=0.05)


def test_a_queue_that_knows_no_threads_keeps_nothing_back(order: Any) -> None:
    order(project_name="bullion")
    queue = _queue(1)
    del queue.threads
    queue.get()
    queue.mark_done("source")
    assert [queue.get(), queue.get()] == ["chain", "a_leaf"]


def test_other_projects_keep_dbts_order(order: Any) -> None:
    order(project_name="another")
    for function in (GraphQueue._get_scores, GraphQueue.get, GraphRunnableTask.run_queue):
        assert inspect.unwrap(function) is function


def test_a_task_tells_its_queue_how_many_threads_there_are(
    order: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[Any] = []
    monkeypatch.setattr(GraphRunnableTask, "run_queue", lambda self, pool: run.append((self, pool)))
    order(project_name="bullion")
    task: Any = SimpleNamespace(job_queue=SimpleNamespace())
    pool: Any = SimpleNamespace(max_threads=3)
    GraphRunnableTask.run_queue(task, pool)
    assert task.job_queue.threads == 3
    assert run == [(task, pool)]
