"""PostgreSQL settings sized to a machine."""

from __future__ import annotations

import pytest

from bullion.server.machine import GB, MB, Machine, render, server_settings, this_machine


def megabytes(text: str) -> int:
    assert text.endswith("MB")
    return int(text.removesuffix("MB"))


@pytest.mark.parametrize("memory", [512 * MB, 2 * GB, 8 * GB, 24 * GB, 512 * GB])
@pytest.mark.parametrize("cpus", [1, 2, 64])
def test_memory_settings_fit_the_machine(memory: int, cpus: int) -> None:
    settings = server_settings(Machine(memory, cpus, shm=None))
    shared = megabytes(settings["shared_buffers"])
    # dbt's four threads, each with two big sorts.
    working = 8 * megabytes(settings["work_mem"])
    assert (shared + working) * MB <= memory * 0.5
    assert megabytes(settings["effective_cache_size"]) * MB < memory
    assert int(settings["max_parallel_workers"]) <= int(settings["max_worker_processes"])


def test_bigger_machine_gets_more() -> None:
    small = server_settings(Machine(2 * GB, 2, None))
    big = server_settings(Machine(16 * GB, 2, None))
    names = ("shared_buffers", "work_mem", "maintenance_work_mem", "effective_cache_size")
    for name in (*names, "max_wal_size"):
        assert megabytes(big[name]) > megabytes(small[name])


@pytest.mark.parametrize(("shm", "kind"), [(64 * MB, "mmap"), (1 * GB, "posix"), (None, "posix")])
def test_small_shared_memory_is_avoided(shm: int | None, kind: str) -> None:
    assert server_settings(Machine(8 * GB, 4, shm))["dynamic_shared_memory_type"] == kind


def test_this_machine_is_plausible() -> None:
    machine = this_machine()
    assert machine.memory > 100 * MB
    assert machine.cpus >= 1


def test_rendered_values_are_quoted() -> None:
    text = render({"datestyle": "ISO, MDY", "log_line_prefix": "it's"}, "why")
    assert text == "# why\ndatestyle = 'ISO, MDY'\nlog_line_prefix = 'it''s'\n"
