"""What dbt_bullion does where dbt is not what its patches were written for."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from dbt.adapters.postgres.connections import PostgresConnectionManager
from dbt.contracts.graph.manifest import Manifest
from dbt.graph.queue import GraphQueue
from dbt.plugins.manager import PluginManager
from dbt.task.runnable import GraphRunnableTask
from dbt_common.exceptions import DbtRuntimeError

from dbt_bullion import guard, order, postgres, spark
from dbt_bullion.guard import Known

REPLACED = (
    (Manifest, "build_flat_graph"),
    (GraphQueue, "_get_scores"),
    (GraphQueue, "get"),
    (GraphRunnableTask, "run_queue"),
    (GraphRunnableTask, "execute_with_hooks"),
    (PostgresConnectionManager, "cancel"),
)


@pytest.fixture(autouse=True)
def _dbts_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in REPLACED:
        monkeypatch.setattr(owner, name, inspect.unwrap(getattr(owner, name)))
    monkeypatch.setattr(guard, "_said", set())
    monkeypatch.delenv("BULLION_DBT_PATCHES", raising=False)


def _start_dbt() -> None:
    """As dbt does, once it knows the project and its profile."""
    PluginManager.from_modules("bullion")


def _is_replaced() -> list[bool]:
    found = (getattr(owner, name) for owner, name in REPLACED)
    return [inspect.unwrap(function) is not function for function in found]


def test_the_patches_fit_the_dbt_that_is_installed(capsys: Any) -> None:
    for _ in range(2):
        _start_dbt()
        assert _is_replaced() == [True] * 6
    assert capsys.readouterr().err == ""


@pytest.mark.spark
def test_the_patch_fits_the_dbt_spark_that_is_installed() -> None:
    assert [each.change() for each in spark.KNOWN] == ["", ""]


def test_a_second_start_wraps_nothing_twice() -> None:
    _start_dbt()
    _start_dbt()
    for owner, name in REPLACED:
        assert not hasattr(getattr(owner, name).__wrapped__, "__wrapped__")


def test_another_signature_leaves_dbt_alone_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(GraphQueue, "get", lambda self, node: node)
    _start_dbt()
    _start_dbt()
    assert _is_replaced() == [True, False, False, False, True, True]
    [line] = capsys.readouterr().err.splitlines()
    assert line == (
        "bullion leaves dbt alone (order): dbt.graph.queue:GraphQueue.get takes (self, node), "
        "not (self, block=True, timeout=None)."
    )


def test_a_name_that_has_gone_leaves_dbt_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.delattr(GraphRunnableTask, "run_queue")
    order.apply("bullion")
    assert inspect.unwrap(GraphQueue.get) is GraphQueue.get
    assert "dbt.task.runnable:GraphRunnableTask.run_queue is not there" in capsys.readouterr().err


def test_a_source_that_works_otherwise_leaves_dbt_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def cancel(self, connection):
        """By the client's own cancel, as we wish it did."""

    monkeypatch.setattr(PostgresConnectionManager, "cancel", cancel)
    postgres.apply()
    assert PostgresConnectionManager.cancel is cancel
    assert "no longer says connection.handle.get_backend_pid()" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("switch", "replaced"),
    [
        ("off", [False] * 6),
        ("order", [False, True, True, True, False, False]),
        ("spark, postgres", [False, False, False, False, False, True]),
        ("foundations", [True, False, False, False, False, False]),
        ("lock", [False, False, False, False, True, False]),
        ("", [True] * 6),
    ],
)
def test_patches_are_switched(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, switch: str, replaced: list[bool]
) -> None:
    monkeypatch.setenv("BULLION_DBT_PATCHES", switch)
    _start_dbt()
    assert _is_replaced() == replaced
    assert capsys.readouterr().err == ""


def test_a_switch_that_names_no_patch_stops_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULLION_DBT_PATCHES", "order,ordre")
    with pytest.raises(
        DbtRuntimeError, match="names 'ordre': write off, or some of foundations, lock, order"
    ):
        _start_dbt()


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (Known("no_such_module:thing"), "is not there"),
        (Known("dbt.graph.queue:NoQueue"), "is not there"),
        (Known("dbt.graph.queue:GraphQueue", source=("no such words",)), "no longer says no such"),
        # Without a source, as compiled modules are.
        (Known("math:sqrt", source=("x",)), "has no source"),
        (Known("dbt.graph.queue:GraphQueue.get", "(self, block=True, timeout=None)"), ""),
    ],
)
def test_what_is_said_of_a_change(known: Known, said: str) -> None:
    change = known.change()
    assert said in change
    assert bool(change) == bool(said)


def test_a_cancel_ends_what_runs_and_the_connection() -> None:
    done: list[str] = []
    handle = SimpleNamespace(
        closed=False, cancel=lambda: done.append("cancel"), close=lambda: done.append("close")
    )
    postgres.cancel(None, SimpleNamespace(handle=handle))
    assert done == ["cancel", "close"]
    postgres.cancel(None, SimpleNamespace(handle=SimpleNamespace(closed=True)))
