"""Files are opened here alone: only regular ones, and known to be the same at the end."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import IO

from bullion.errors import BullionError
from bullion.ingest.reading.refused import RejectedFileError, shown_name

# Opening a FIFO must not wait for its writer.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


@dataclass(frozen=True)
class Stamp:
    """Which file it is and what state its content is in; ``modified`` in nanoseconds."""

    device: int
    inode: int
    size: int
    modified: int


class CountedFile:
    """Bytes of a file on their way, counted and hashed; hashed only where read in their order."""

    def __init__(self, file: IO[bytes], on_bytes: Callable[[int], None] | None) -> None:
        self.hash = hashlib.sha256()
        self.count = 0
        self._file = file
        self._on_bytes = on_bytes

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.hash.update(data)
        self.count += len(data)
        if self._on_bytes is not None and data:
            self._on_bytes(len(data))
        return data

    def as_file(self) -> IO[bytes]:
        """Itself for libraries, which ask for no more than what stands here."""
        return self  # type: ignore[return-value]

    # What zipfile and Arrow ask of a file.
    closed = False

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        """The stream closes the file."""

    def flush(self) -> None:
        """Nothing is written."""


def stamp_of(path: Path) -> Stamp:
    """The stamp of a regular file, links followed; BullionError where there is none."""
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    return _stamp(path, found)


def open_regular(path: Path, expected: Stamp | None = None) -> FileIO:
    """Open a regular file to read its bytes, without a buffer.

    Raises BullionError when it is anything else (a FIFO, a device, a dangling link), and
    RejectedFileError when it no longer is the file of the ``expected`` stamp.
    """
    stamp_of(path)
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        found = _stamp(path, os.fstat(descriptor))
        if expected is not None:
            require_same(path, expected, found)
    except BaseException:
        os.close(descriptor)
        raise
    return FileIO(descriptor, "r")


def require_same(path: Path, expected: Stamp, found: Stamp | None = None) -> None:
    """Raise RejectedFileError when the file has changed, was replaced or removed since."""
    name = shown_name(path)
    if found is None:
        try:
            found = stamp_of(path)
        except BullionError as error:
            raise RejectedFileError(
                "changed", f"{name} was removed while it was read: nothing of it was loaded."
            ) from error
    if found == expected:
        return
    how = "changed"
    if (found.device, found.inode) != (expected.device, expected.inode):
        how = "was replaced"
    elif found.size != expected.size:
        how = f"went from {expected.size:,} to {found.size:,} bytes"
    raise RejectedFileError(
        "changed",
        f"{name} {how} while it was read: nothing of it was loaded; load it when it is complete.",
    )


def file_hash(path: Path) -> str:
    """Hex SHA-256 of a file's bytes as they lie on disk."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_of_name(path: Path) -> str:
    """A file's name as valid text: bytes that are not UTF-8 stand in it as ``\\xff``."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def _stamp(path: Path, found: os.stat_result) -> Stamp:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "something else")
        raise BullionError(f"{shown_name(path)} is {kind}, not a file: it was not opened.")
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _unreadable(path: Path, error: OSError) -> BullionError:
    name = shown_name(path)
    if path.is_symlink() and isinstance(error, FileNotFoundError):
        return BullionError(f"{name} is a link to a file that is not there.")
    return BullionError(f"{name} cannot be read: {error.strerror}.")
