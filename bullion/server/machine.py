"""What the machine has, and the PostgreSQL settings that follow from it.

The embedded server and compose's both take their configuration from :func:`server_settings`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

MB = 1024 * 1024
GB = 1024 * MB
SMALL_SHM_BYTES = 512 * MB
_CGROUP_MEMORY_FILES = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_CGROUP_CPU_FILE = Path("/sys/fs/cgroup/cpu.max")


@dataclass(frozen=True)
class Machine:
    """Memory in bytes, usable cores, and the size of /dev/shm in bytes (None: not Linux)."""

    memory: int
    cpus: int
    shm: int | None


def this_machine() -> Machine:
    """The machine as this process may use it: container limits count."""
    return Machine(memory=_memory(), cpus=_cpus(), shm=_shm())


def server_settings(machine: Machine) -> dict[str, str]:
    """PostgreSQL settings for a warehouse on that machine, by name.

    Memory: a quarter for shared buffers, and a ``work_mem`` that lets dbt's four threads, each
    with parallel workers and two big hashes or sorts, stay inside another quarter.
    """
    workers = max(1, min(4, machine.cpus))
    # Few cores bring few sorts at a time: what counts is dbt's four threads.
    work_mem = _clamp(machine.memory // 64, 16 * MB, 512 * MB)
    return {
        "shared_buffers": _size(_clamp(machine.memory // 4, 128 * MB, 8 * GB)),
        "effective_cache_size": _size(max(machine.memory * 6 // 10, 256 * MB)),
        "work_mem": _size(work_mem),
        "maintenance_work_mem": _size(_clamp(machine.memory // 16, 64 * MB, 2 * GB)),
        "max_worker_processes": str(max(8, machine.cpus + 4)),
        "max_parallel_workers": str(max(2, machine.cpus)),
        "max_parallel_workers_per_gather": str(workers),
        "max_parallel_maintenance_workers": str(max(1, workers // 2)),
        "max_connections": "120",
        # For who loads and builds: however many readers are connected, there is room.
        "reserved_connections": "15",
        # Those of readers; who loads, builds and administers has none (60_sessions_login.sql).
        "statement_timeout": "15min",
        "idle_in_transaction_session_timeout": "5min",
        "temp_file_limit": "1GB",
        "log_connections": "authorization",
        "log_disconnections": "on",
        # A build touches hundreds of relations in a transaction, a test run creates schemas full.
        "max_locks_per_transaction": "256",
        "random_page_cost": "1.1",
        # Loads and rebuilt tables are written once and synced, not written twice (COPY and
        # CREATE TABLE AS in the transaction that made the table). No replica reads this server.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        # An increment touches a page of most accounts, and each page's first change after a
        # checkpoint is written whole: one checkpoint amid the build would have them written twice.
        # It comes when about half of this has been written.
        "max_wal_size": _size(_clamp(machine.memory // 2, 4 * GB, 32 * GB)),
        "checkpoint_timeout": "15min",
        # dbt's statements are many and short-lived: compiling them costs more than it saves.
        "jit": "off",
        "dynamic_shared_memory_type": (
            "mmap" if machine.shm is not None and machine.shm < SMALL_SHM_BYTES else "posix"
        ),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "datestyle": "ISO, MDY",
        "lc_messages": "C",
        "password_encryption": "scram-sha-256",
        # Nothing of a row comes into the log: an error quotes values in its message, its detail,
        # its context and its statement. Whoever made it is told all of it.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }


def render(settings: Mapping[str, str], reason: str) -> str:
    """Those settings as the text of a PostgreSQL configuration file."""
    lines = [f"# {reason}"]
    lines += [f"{name} = '{_quote(value)}'" for name, value in settings.items()]
    return "\n".join(lines) + "\n"


def _quote(value: str) -> str:
    return value.replace("'", "''")


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))


def _size(size: int) -> str:
    return f"{size // MB}MB"


def _memory() -> int:
    memory = psutil.virtual_memory().total
    for file in _CGROUP_MEMORY_FILES:
        try:
            text = file.read_text(encoding="utf-8").strip()
        except OSError:
            continue
        if text.isdigit() and int(text) > 0:
            memory = min(memory, int(text))
    return memory


def _cpus() -> int:
    try:
        cpus = len(os.sched_getaffinity(0))
    except AttributeError:
        cpus = os.cpu_count() or 1
    try:
        quota, _, period = _CGROUP_CPU_FILE.read_text(encoding="utf-8").partition(" ")
    except OSError:
        return cpus
    if quota.isdigit():
        cpus = min(cpus, max(1, round(int(quota) / int(period))))
    return cpus


def _shm() -> int | None:
    try:
        status = os.statvfs("/dev/shm")
    except OSError:
        return None
    return status.f_blocks * status.f_frsize
