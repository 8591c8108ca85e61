"""The operating system's view of a data directory: which processes work on it."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import psutil

_POLL_SECONDS = 0.05
# What to try in turn, and how long to wait: a postmaster shuts down fast at SIGINT, a backend
# without one cancels its query and leaves; SIGTERM and SIGKILL are for those that do not.
_ENDING = ((signal.SIGINT, 5.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


def works_in(process: psutil.Process, data: Path) -> bool:
    """Whether that is a living PostgreSQL process of that data directory (its working folder).

    A container's is not: its data directory may be another of the same name, and to stop it is the
    container's own business.
    """
    try:
        return (
            process.name().startswith("postgres")
            and _is_of_this_container(process.pid)
            and process.status() != psutil.STATUS_ZOMBIE
            and os.path.realpath(process.cwd()) == os.path.realpath(data)
        )
    except psutil.Error:
        return False


def is_server_process(pid: int, data: Path) -> bool:
    """Whether the process of that number is one of that data directory's."""
    try:
        return works_in(psutil.Process(pid), data)
    except psutil.NoSuchProcess:
        return False


def processes_of(data: Path) -> list[psutil.Process]:
    """All living PostgreSQL processes of that data directory."""
    return [process for process in psutil.process_iter() if works_in(process, data)]


def end_all(data: Path) -> None:
    """End whatever still works on that data directory, gently first."""
    processes = processes_of(data)
    for number, seconds in _ENDING:
        for process in processes:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        if wait_gone(processes, seconds):
            return


def wait_gone(processes: list[psutil.Process], seconds: float) -> bool:
    """Whether all end in that time; a zombie has ended."""
    deadline = time.monotonic() + seconds
    while any(_lives(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_of_this_container(pid: int) -> bool:
    """Whether a process has no other number in a namespace of its own (known on Linux only)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    numbers = re.search(r"^NSpid:(.*)$", status, re.MULTILINE)
    return numbers is None or len(numbers[1].split()) == 1
