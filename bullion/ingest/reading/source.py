"""A file as it lies on disk: its format, compression, encoding, hash and bytes."""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Literal

from bullion.errors import BullionError
from bullion.ingest.reading.compression import (
    DAMAGE,
    MAX_RATIO,
    RATIO_COUNTS_FROM,
    Readable,
    expanded,
)
from bullion.ingest.reading.files import (
    CountedFile,
    Stamp,
    file_hash,
    open_regular,
    require_same,
    stamp_of,
)
from bullion.ingest.reading.kinds import (
    COMPRESSED_ENDINGS,
    Compression,
    compression_of,
    foreign_binary,
    foreign_text,
    looks_binary,
    looks_like_json,
    wide_encoding,
)
from bullion.ingest.reading.refused import RejectedFileError, shown_name

Format = Literal["csv", "json", "parquet", "xlsx"]

EXTENSIONS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".asc": "csv",
    ".psv": "csv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 1 << 16
# Letters beyond ASCII (not the mark), bytes that are not UTF-8, and those of them that Latin-1 has
# no letter for but Windows-1252 has.
_LETTER = re.compile("[\x80-\ud7ff\ue000-\ufefe\uff00-\U0010ffff]")
_ESCAPED = re.compile("[\udc80-\udcff]")
_ESCAPED_C1 = re.compile("[\udc80-\udc9f]")
_WIDE_NAMES = {"utf-16": "UTF-16", "utf-32": "UTF-32"}


def _mark_as_broken(error: UnicodeError) -> tuple[str, int]:
    """What a wide encoding does not know becomes a surrogate, which no UTF-8 is."""
    assert isinstance(error, UnicodeDecodeError)
    return "\udcff", error.end


codecs.register_error("bullion-broken", _mark_as_broken)


@dataclass(frozen=True)
class Source:
    """A file and how its bytes are to be read. ``encoding`` is a Python codec's name.

    ``stamp`` says which file it was when it was first looked at: a file that has changed since is
    refused.
    """

    path: Path
    format: Format
    compression: Compression | None
    stamp: Stamp
    encoding: str = "utf-8"
    note: str | None = None
    is_encoding_given: bool = False

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.stamp.size

    @property
    def name(self) -> str:
        """The file's name as it may stand in a message."""
        return shown_name(self.path)

    def open(self) -> IO[bytes]:
        """The file's bytes on disk; RejectedFileError when it has changed."""
        return open_regular(self.path, self.stamp)

    def require_unchanged(self) -> None:
        """Raise RejectedFileError when the file is not what it was at the first look."""
        require_same(self.path, self.stamp)

    def content_hash(self) -> str:
        """Hex SHA-256 of the file's bytes as they lie on disk."""
        self.require_unchanged()
        return file_hash(self.path)


def open_source(path: Path, encoding: str | None = None) -> Source:
    """Look at a file's first bytes and say how to read it.

    ``encoding`` overrides detection (UTF-8, UTF-16 and UTF-32 by their marks or NULs, else
    Latin-1, said in ``note``). Raises RejectedFileError for a file that is empty or of a kind that
    is not read, naming it; BullionError when it cannot be opened.
    """
    codec = "utf-8" if encoding is None else _codec_name(encoding)
    stamp = stamp_of(path)
    name = shown_name(path)
    with open_regular(path, stamp) as file:
        magic = file.read(_HEAD_BYTES)
    if not magic:
        raise RejectedFileError("empty", f"{name} is empty (0 bytes): ask for the file again.")
    if magic.startswith(b"PAR1"):
        return Source(path, "parquet", None, stamp)
    compression = compression_of(magic)
    if compression == "zip" and _is_workbook(path, stamp):
        return Source(path, "xlsx", None, stamp)
    source = Source(path, format_by_name(path.name), compression, stamp, codec)
    head = magic if compression is None else _head(source)
    if not head:
        raise RejectedFileError("empty", f"{name} holds 0 bytes: ask for the file again.")
    return _by_content(source, head, encoding is not None)


def _by_content(source: Source, head: bytes, is_given: bool) -> Source:
    """The source, its format and encoding told by its first bytes, or why it is not read."""
    name = source.name
    _refuse_nested(source, head)
    foreign = foreign_binary(head)
    if foreign is not None:
        raise _foreign(name, *foreign)
    if source.format in ("parquet", "xlsx"):
        named = "Parquet" if source.format == "parquet" else "an Excel workbook"
        mark = "no PAR1 mark" if source.format == "parquet" else "no zip inside"
        raise RejectedFileError("binary", f"{name} is named {named} but is not ({mark}).")
    wide = None if is_given else wide_encoding(head)
    if wide is not None:
        codec, how = wide
        note = f"read as {_WIDE_NAMES[codec[:6]]} ({how})"
        source = replace(source, encoding=codec, note=note)
        head = head.decode(codec, "ignore").encode("utf-8", "ignore")
    elif not source.encoding.startswith(("utf-16", "utf-32")) and looks_binary(head):
        raise RejectedFileError(
            "binary",
            f"{name} is not text (it holds NUL or control bytes): "
            "give a CSV, JSON, Parquet or .xlsx file.",
        )
    head = head.removeprefix(codecs.BOM_UTF8)
    foreign = foreign_text(head)
    if foreign is not None:
        raise _foreign(name, *foreign)
    if source.format == "csv" and looks_like_json(head):
        source = replace(source, format="json")
    return replace(source, is_encoding_given=is_given)


def _refuse_nested(source: Source, head: bytes) -> None:
    """Refuse what is packed twice: only text is read from a compressed file."""
    if source.compression is None:
        return
    inside = "Parquet" if head.startswith(b"PAR1") else compression_of(head)
    if inside is not None:
        raise RejectedFileError(
            "binary",
            f"{source.name} is a {source.compression} file with a {inside} file inside: "
            "unpack the outer one.",
        )


def detect_encoding(source: Source) -> Source:
    """The same source, with Latin-1 (said in ``note``) where its bytes are not UTF-8 at all.

    A file with some valid UTF-8 letters stays UTF-8: its broken records are then rejected one by
    one. Reads the whole file.
    """
    is_text = source.format in ("csv", "json")
    if source.encoding != "utf-8" or source.is_encoding_given or not is_text:
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
        self._file = source.open()
        self._counted = CountedFile(self._file, on_bytes)
        self._decoder = (
            None
            if source.encoding == "utf-8"
            else codecs.getincrementaldecoder(source.encoding)(
                "bullion-broken"
                if source.encoding.startswith(("utf-16", "utf-32"))
                else "surrogateescape"
            )
        )
        self._at_start = True
        self._ended = False
        self._expanded_bytes = 0
        try:
            self._bytes = self._open()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> ByteStream:
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """About ``size`` more bytes of UTF-8 text; empty at the end."""
        while not self._ended:
            chunk = self._expand(size)
            self._ended = not chunk
            data = self._decode(chunk)
            if data:
                return data
        return b""

    def content_hash(self) -> str:
        """Hex SHA-256 of the file on disk; only valid once it has been read to its end."""
        if self._source.compression == "zip":
            # Its bytes are not read in their order.
            return self._source.content_hash()
        return self._counted.hash.hexdigest()

    def _open(self) -> Readable:
        compression = self._source.compression
        if compression is None:
            return self._counted
        try:
            return expanded(self._counted.as_file(), compression, self._source.name)
        except DAMAGE as error:
            raise self._damaged() from error

    def _expand(self, size: int) -> bytes:
        if self._source.compression is None:
            return self._bytes.read(size)
        try:
            chunk = self._bytes.read(size)
        except EOFError as error:
            raise self._damaged("ends early") from error
        except DAMAGE as error:
            raise self._damaged() from error
        self._expanded_bytes += len(chunk)
        size_read = max(self._counted.count, 1)
        if (
            self._expanded_bytes > RATIO_COUNTS_FROM
            and self._expanded_bytes > MAX_RATIO * size_read
        ):
            raise RejectedFileError(
                "binary",
                f"{self._source.name} grows more than {MAX_RATIO} times when it is unpacked: no "
                "real data does; unpack it yourself if it is right.",
            )
        return chunk

    def _damaged(self, how: str = "is damaged") -> RejectedFileError:
        what = self._source.compression
        verb = (
            f"is a {what} file that {how}" if how != "is damaged" else f"is a damaged {what} file"
        )
        return RejectedFileError("binary", f"{self._source.name} {verb}: send it again.")

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


def format_by_name(name: str) -> Format:
    """The format that a file's ending means, endings of compression aside; CSV where none does."""
    return EXTENSIONS.get(Path(uncompressed_name(name)).suffix, "csv")


def uncompressed_name(name: str) -> str:
    """The name in lower case, without the ending that says how the file is compressed."""
    name = name.lower()
    ending = Path(name).suffix
    return name.removesuffix(ending) if ending in COMPRESSED_ENDINGS else name


def _is_workbook(path: Path, stamp: Stamp) -> bool:
    """Whether a zip is an Excel workbook; other office files are refused by their names."""
    name = shown_name(path)
    with open_regular(path, stamp) as file:
        try:
            members = set(zipfile.ZipFile(file).namelist())
        except DAMAGE as error:
            raise RejectedFileError(
                "binary", f"{name} is a damaged zip file: send it again."
            ) from error
    if "xl/workbook.xml" in members:
        return True
    for member, what in (
        ("xl/workbook.bin", "a binary Excel workbook (.xlsb)"),
        ("word/document.xml", "a Word document"),
        ("ppt/presentation.xml", "a presentation"),
        ("content.xml", "an OpenDocument file (.ods)"),
        ("Index/Document.iwa", "a Numbers or Pages file"),
    ):
        if member in members:
            raise _foreign(name, what, "save it as .xlsx or CSV")
    return False


def _foreign(name: str, what: str, advice: str) -> RejectedFileError:
    return RejectedFileError("binary", f"{name} is {what}: {advice}.")


def _head(source: Source) -> bytes:
    """The first bytes of what a compressed file holds."""
    parts: list[bytes] = []
    with ByteStream(replace(source, encoding="utf-8")) as stream:
        while sum(map(len, parts)) < _HEAD_BYTES:
            part = stream.read(_HEAD_BYTES)
            if not part:
                break
            parts.append(part)
    return b"".join(parts)


def _codec_name(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        "a".encode(encoding)
    except (LookupError, UnicodeError) as error:
        raise BullionError(
            f"--encoding {encoding} is not known: use utf-8, latin-1, cp1252, utf-16 …"
        ) from error
    return "utf-8" if name in ("utf-8-sig", "ascii") else name
