"""The lock that a server holds as long as it lives, from which containers know of each other.

The postmaster inherits the locked descriptor, and its backends from it: the kernel frees the lock
when the last of them is gone, however that came. It holds between containers, whose process
numbers mean nothing to one another, on one machine's own file system; NFS does not keep it so.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bullion.errors import BullionError
from bullion.files import open_own
from bullion.server.identity import Identity, acting_as
from bullion.server.layout import ServerFiles
from bullion.server.processes import end_all

# Backends notice at once that their postmaster was killed, and leave.
_LEAVING_SECONDS = 5.0
_POLL_SECONDS = 0.05


@contextmanager
def held(layout: ServerFiles, identity: Identity) -> Iterator[int]:
    """The locked descriptor, for the server that is started meanwhile to inherit.

    What a killed server has left is ended first. Raises BullionError where a server that cannot
    be seen from here holds the lock; nothing has been touched then.
    """
    with acting_as(identity):
        descriptor = open_own(layout.lock, os.O_RDWR | os.O_CREAT)
    try:
        if not _taken(descriptor, 0):
            end_all(layout.data)
            if not _taken(descriptor, _LEAVING_SECONDS):
                raise ElsewhereError(layout)
        yield descriptor
    finally:
        os.close(descriptor)


def check_none_elsewhere(layout: ServerFiles) -> None:
    """Raise BullionError where a server that cannot be seen from here holds the lock."""
    try:
        descriptor = open_own(layout.lock, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        if not _taken(descriptor, _LEAVING_SECONDS):
            raise ElsewhereError(layout)
    finally:
        os.close(descriptor)


class ElsewhereError(BullionError):
    """The server of a home runs where its processes cannot be seen."""

    def __init__(self, layout: ServerFiles) -> None:
        super().__init__(
            f"The server of {layout.home} runs in another container or on another machine, which "
            f"holds {layout.lock}: use or stop it there, or set BULLION_HOME to another folder."
        )


def _taken(descriptor: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_SECONDS)
        else:
            return True
