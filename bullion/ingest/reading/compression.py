"""Compressed files, expanded step by step: never more than was asked for, whatever they hold."""

from __future__ import annotations

import bz2
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Protocol

import pyarrow as pa

from bullion.ingest.reading.kinds import Compression
from bullion.ingest.reading.refused import RejectedFileError

# Text shrinks to a tenth, constant text to a hundredth. What grows more than this, and beyond a
# size that a test file has, was made to fill a disk.
MAX_RATIO = 500
RATIO_COUNTS_FROM = 1 << 30
_STEP_BYTES = 1 << 18
_XZ_MEMORY = 1 << 29
# What the libraries raise on bytes that are not theirs.
DAMAGE = (
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    pa.ArrowException,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
    OverflowError,
)
_SIGNS = ("__MACOSX/",)


class Readable(Protocol):
    """Bytes, at most so many at a time; none at the end."""

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes."""
        ...


def expanded(file: IO[bytes], compression: Compression, name: str) -> Readable:
    """What a compressed file holds; ``file`` stands at its start.

    Raises RejectedFileError where it is a zip of several members or of none; reading raises
    :data:`DAMAGE`, EOFError where it ends early.
    """
    if compression == "zip":
        return _zip_member(file, name)
    if compression == "zstd":
        return pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")
    new: dict[str, Callable[[], _Decompressor]] = {
        "gzip": _Inflater,
        "bzip2": bz2.BZ2Decompressor,
        "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
    }
    return _Members(file, new[compression])


def members_of(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of an archive without what operating systems add."""
    return [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and not member.filename.startswith(_SIGNS)
        and not member.filename.rpartition("/")[2].startswith(".")
    ]


def _zip_member(file: IO[bytes], name: str) -> Readable:
    archive = zipfile.ZipFile(file)
    members = members_of(archive)
    if len(members) != 1:
        listed = ", ".join(member.filename for member in members[:5])
        more = f" and {len(members) - 5} more" if len(members) > 5 else ""
        held = f"{len(members)} files ({listed}{more})" if members else "no file"
        raise RejectedFileError(
            "binary", f"{name} holds {held}: a .zip must hold exactly one; unpack it."
        )
    [member] = members
    if member.flag_bits & 1:
        raise RejectedFileError("binary", f"{name} has a password: unpack it first.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # zipfile expands other methods without a bound.
        raise RejectedFileError(
            "binary", f"{name} is packed by a method that few programs read: zip it the usual way."
        )
    return archive.open(member)


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Inflater:
    """zlib's decompressor of gzip with the interface of bz2's and lzma's."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)
        self._is_full = False

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._is_full and not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        found = self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)
        self._is_full = len(found) == max_length
        return found


class _Members:
    """A stream of one or more members, one after another, as gzip, bzip2 and xz have them."""

    def __init__(self, file: Readable, new: Callable[[], _Decompressor]) -> None:
        self._file = file
        self._new = new
        self._member: _Decompressor | None = None
        self._rest = b""
        self._has_ended_one = False

    def read(self, size: int) -> bytes:
        while True:
            if self._member is None and not self._next_member():
                return b""
            assert self._member is not None
            data = self._rest
            self._rest = b""
            if not data and self._member.needs_input:
                data = self._file.read(_STEP_BYTES)
                if not data:
                    raise EOFError
            found = self._member.decompress(data, size)
            if self._member.eof:
                self._rest = self._member.unused_data
                self._member = None
                self._has_ended_one = True
            if found:
                return found

    def _next_member(self) -> bool:
        """Begin the next member; False at the end. Zeros after a member are padding."""
        while True:
            if self._has_ended_one:
                self._rest = self._rest.lstrip(b"\x00")
            if self._rest:
                self._member = self._new()
                return True
            self._rest = self._file.read(_STEP_BYTES)
            if not self._rest:
                return False
