"""What is said of a file of which nothing is loaded."""

from __future__ import annotations

from pathlib import Path

from bullion.errors import BullionError
from bullion.printing import printable


class RejectedFileError(BullionError):
    """The whole file cannot be loaded.

    ``kind``: ``empty``, ``binary`` (damaged, or no format that is read), ``header``, ``changed``.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def shown_name(path: Path) -> str:
    """A file's name for a message: no control characters, valid text whatever its bytes are."""
    return printable(path.name)
