"""One at a time: a lock on a file, which dies with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bullion.errors import BullionError
from bullion.files import open_own


@contextmanager
def locked(path: Path, busy: str | None = None) -> Iterator[None]:
    """Hold the lock of ``path`` (made where missing, with its folder) while the context lasts.

    Waits for whoever has it; with ``busy`` raises BullionError of these words instead.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(open_own(path, os.O_RDWR | os.O_CREAT), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError:
            raise BullionError(busy or "") from None
        yield
