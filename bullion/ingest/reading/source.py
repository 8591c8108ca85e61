"""A file as it lies on disk: its format, compression, encoding, hash and bytes."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Literal

from bullion.errors import BullionError

Format = Literal["csv", "jsonl", "parquet"]

EXTENSIONS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".asc": "csv",
    ".psv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 1 << 16
# Letters beyond ASCII (not the mark), bytes that are not UTF-8, and those of them that Latin-1 has
# no letter for but Windows-1252 has.
_LETTER = re.compile("[\x80-\ud7ff\ue000-\ufefe\uff00-\U0010ffff]")
_ESCAPED = re.compile("[\udc80-\udcff]")
_ESCAPED_C1 = re.compile("[\udc80-\udc9f]")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class RejectedFileError(BullionError):
    """The whole file cannot be loaded. ``kind``: ``empty``, ``binary``, ``header``."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Source:
    """A file and how its bytes are to be read. ``encoding`` is a Python codec's name."""

    path: Path
    format: Format
    is_gzip: bool
    encoding: str = "utf-8"
    note: str | None = None
    is_encoding_given: bool = False

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.path.stat().st_size


def open_source(path: Path, encoding: str | None = None) -> Source:
    """Look at a file's first bytes and say how to read it.

    ``encoding`` overrides detection (UTF-8, UTF-16 with a mark, else Latin-1, said in ``note``).
    Raises RejectedFileError for an empty or binary file, BullionError when it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise BullionError(f"{path} cannot be read: {error.strerror}.") from error
    if not magic:
        raise RejectedFileError("empty", f"{path.name} is empty (0 bytes): ask for the file again.")
    if magic == b"PAR1":
        return Source(path, "parquet", is_gzip=False)
    is_gzip = magic[:2] == b"\x1f\x8b"
    file_format = _format_by_name(path, is_gzip)
    if file_format == "parquet":
        raise RejectedFileError(
            "binary", f"{path.name} is named Parquet but is not (no PAR1 mark)."
        )
    head = _head(path, is_gzip)
    if not head:
        raise RejectedFileError("empty", f"{path.name} holds 0 bytes: ask for the file again.")
    name = "utf-8" if encoding is None else _codec_name(encoding)
    if encoding is None and head.startswith(_UTF16_MARKS):
        return Source(path, file_format, is_gzip, "utf-16", "read as UTF-16 (by its mark)")
    if not name.startswith(("utf-16", "utf-32")) and _looks_binary(head):
        raise RejectedFileError(
            "binary",
            f"{path.name} is not text (it holds NUL or control bytes): "
            "give a CSV, JSON lines or Parquet file.",
        )
    return Source(path, file_format, is_gzip, name, is_encoding_given=encoding is not None)


def detect_encoding(source: Source) -> Source:
    """The same source, with Latin-1 (said in ``note``) where its bytes are not UTF-8 at all.

    A file with some valid UTF-8 letters stays UTF-8: its broken records are then rejected one by
    one. Reads the whole file.
    """
    if source.encoding != "utf-8" or source.is_encoding_given or source.format == "parquet":
        return source
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    is_broken = has_c1 = False
    with ByteStream(source) as stream:
        while chunk := stream.read():
            if chunk.isascii() and not decoder.getstate()[0]:
                continue
            text = decoder.decode(chunk)
            if _LETTER.search(text):
                return source
            is_broken = is_broken or bool(_ESCAPED.search(text))
            has_c1 = has_c1 or bool(_ESCAPED_C1.search(text))
    if not is_broken and not decoder.getstate()[0]:
        return source
    name = "cp1252" if has_c1 else "latin-1"
    label = "Windows-1252" if has_c1 else "Latin-1"
    note = f"read as {label}, for its bytes are not UTF-8 (--encoding says which it is)"
    return replace(source, encoding=name, note=note)


class ByteStream:
    """The file's text as UTF-8 bytes without mark, whatever compression and encoding it has.

    ``on_bytes`` is told how many bytes of the file on disk have been read (for progress); the
    SHA-256 of those bytes is complete once the stream has been read to its end.
    """

    def __init__(self, source: Source, on_bytes: Callable[[int], None] | None = None) -> None:
        self._source = source
        self._file: IO[bytes] = source.path.open("rb")
        self._on_bytes = on_bytes
        self._hash = hashlib.sha256()
        self._unzip = zlib.decompressobj(wbits=31) if source.is_gzip else None
        self._decoder = (
            None
            if source.encoding == "utf-8"
            else codecs.getincrementaldecoder(source.encoding)(
                "replace" if source.encoding.startswith("utf") else "surrogateescape"
            )
        )
        self._at_start = True
        self._ended = False

    def __enter__(self) -> ByteStream:
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """About ``size`` more bytes of UTF-8 text; empty at the end."""
        while not self._ended:
            chunk = self._file.read(size)
            self._hash.update(chunk)
            if self._on_bytes is not None and chunk:
                self._on_bytes(len(chunk))
            self._ended = not chunk
            data = self._decode(self._decompress(chunk))
            if data:
                return data
        return b""

    def content_hash(self) -> str:
        """Hex SHA-256 of the file on disk; only valid once it has been read to its end."""
        return self._hash.hexdigest()

    def _decompress(self, chunk: bytes) -> bytes:
        if self._unzip is None:
            return chunk
        parts = []
        try:
            while chunk:
                if self._unzip.eof:
                    # gzip files may be concatenated members.
                    self._unzip = zlib.decompressobj(wbits=31)
                parts.append(self._unzip.decompress(chunk))
                chunk = self._unzip.unused_data
        except zlib.error as error:
            raise RejectedFileError(
                "binary", f"{self._source.path.name} is a damaged gzip file: send it again."
            ) from error
        if self._ended and not self._unzip.eof:
            raise RejectedFileError(
                "binary",
                f"{self._source.path.name} is a gzip file that ends early: send it again.",
            )
        return b"".join(parts)

    def _decode(self, data: bytes) -> bytes:
        if self._decoder is not None:
            # What the encoding does not know becomes bytes that are not UTF-8 either: the record
            # is then rejected where it is read.
            text = self._decoder.decode(data, final=self._ended)
            data = text.encode("utf-8", "surrogatepass")
        if self._at_start and data:
            self._at_start = False
            return data.removeprefix(codecs.BOM_UTF8)
        return data


def file_hash(path: Path) -> str:
    """Hex SHA-256 of a file's bytes as they lie on disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _format_by_name(path: Path, is_gzip: bool) -> Format:
    name = path.name.lower()
    if is_gzip or name.endswith(".gz"):
        name = name.removesuffix(".gz")
    return EXTENSIONS.get(Path(name).suffix, "csv")


def _head(path: Path, is_gzip: bool) -> bytes:
    if not is_gzip:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    try:
        with gzip.open(path, "rb") as file:
            return file.read(_HEAD_BYTES)
    except EOFError as error:
        raise RejectedFileError(
            "binary", f"{path.name} is a gzip file that ends early: send it again."
        ) from error
    except (OSError, zlib.error) as error:
        raise RejectedFileError(
            "binary", f"{path.name} is a damaged gzip file: send it again."
        ) from error


def _codec_name(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise BullionError(
            f"--encoding {encoding} is not known: use utf-8, latin-1, cp1252, utf-16 …"
        ) from error
    return "utf-8" if name in ("utf-8-sig", "ascii") else name


def _looks_binary(head: bytes) -> bool:
    """NUL or many control bytes near the start: no text file has them."""
    start = head[:4096]
    if b"\x00" in start:
        return True
    controls = sum(byte < 32 and byte not in b"\t\n\r\x0c\x1a" for byte in start)
    return controls > len(start) * 0.02
