"""What a file is, told by its first bytes: how it is compressed, or why it is not read."""

from __future__ import annotations

import re
from typing import Literal

Compression = Literal["gzip", "bzip2", "xz", "zstd", "zip"]

COMPRESSED_ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".zip")
_COMPRESSIONS: tuple[tuple[re.Pattern[bytes], Compression], ...] = (
    (re.compile(rb"\x1f\x8b"), "gzip"),
    (re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)", re.DOTALL), "bzip2"),
    (re.compile(rb"\xfd7zXZ\x00"), "xz"),
    (re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL), "zstd"),
    (re.compile(rb"PK(\x03\x04|\x05\x06)"), "zip"),
)
_SAVE_AS = "save it as .xlsx or CSV"
_EXPORT_AS = "export CSV, JSON or Parquet"
_UNPACK = "unpack it"
# Of binary files: what stands where, what it is, what to do.
_BINARY: tuple[tuple[int, bytes, str, str], ...] = (
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an Excel file of before 2007 (.xls) or one with a password",
        _SAVE_AS,
    ),
    (0, b"%PDF", "a PDF", _EXPORT_AS),
    (0, b"\x89PNG", "a picture (PNG)", _EXPORT_AS),
    (0, b"\xff\xd8\xff", "a picture (JPEG)", _EXPORT_AS),
    (0, b"GIF8", "a picture (GIF)", _EXPORT_AS),
    (0, b"II*\x00", "a picture (TIFF)", _EXPORT_AS),
    (0, b"MM\x00*", "a picture (TIFF)", _EXPORT_AS),
    (8, b"WEBP", "a picture (WebP)", _EXPORT_AS),
    (0, b"SQLite format 3\x00", "a SQLite database", "export its tables as CSV"),
    (8, b"DUCK", "a DuckDB database", "export its tables as Parquet"),
    (0, b"PGDMP", "a dump of PostgreSQL", "restore it and export its tables as CSV"),
    (0, b"Obj\x01", "an Avro file", "convert it to Parquet"),
    (0, b"ORC", "an ORC file", "convert it to Parquet"),
    (0, b"PARE", "an encrypted Parquet file", "decrypt it"),
    (0, b"ARROW1\x00\x00", "an Arrow (Feather) file", "convert it to Parquet"),
    (0, b"FEA1", "a Feather file", "convert it to Parquet"),
    (0, b"\x89HDF", "an HDF5 file", _EXPORT_AS),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (0, b"\x04\x22\x4d\x18", "compressed by LZ4", "unpack it, or use gzip or zstd"),
    (0, b"\x1f\x9d", "compressed by compress (.Z)", "unpack it, or use gzip"),
    (257, b"ustar", "a tar archive", _UNPACK),
    (0, b"\x7fELF", "a program", _EXPORT_AS),
    (0, b"\x80\x04\x95", "a Python pickle", _EXPORT_AS),
    (0, b"\x85\x02", "encrypted by PGP", "decrypt it"),
)
# Of text, lower case and without leading blanks: its beginning, what it is, what to do.
_TEXT: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (
        re.compile(rb"<!doctype html|<html[\s>]"),
        "an HTML page (of a login, or an error?)",
        "download the data itself",
    ),
    (re.compile(rb"<(\?xml|[a-z][\w:.-]*[\s>])"), "XML", _EXPORT_AS),
    (re.compile(rb"-----begin pgp "), "encrypted or signed by PGP", "decrypt it"),
    (re.compile(rb"\{\\rtf"), "a text document (RTF)", _EXPORT_AS),
    (re.compile(rb"ofxheader:"), "an OFX statement", "download the statement as CSV"),
    (re.compile(rb"!type:"), "a QIF statement", "download the statement as CSV"),
    (re.compile(rb":20:|\{1:f01"), "an MT940 statement", "download the statement as CSV"),
    (re.compile(rb"version https://git-lfs"), "a pointer of Git LFS", "run git lfs pull"),
)
_JSON = re.compile(rb'\s*(\{\s*("|\})|\[\s*(\{|\[|\]|$))')


# Of four bytes, which are mostly NUL.
_WIDE_BY_NUL = {
    "x000": "utf-32-le",
    "000x": "utf-32-be",
    "x0x0": "utf-16-le",
    "0x0x": "utf-16-be",
}


def compression_of(head: bytes) -> Compression | None:
    """How a file that begins so is compressed, or None."""
    return next((name for mark, name in _COMPRESSIONS if mark.match(head)), None)


def foreign_binary(head: bytes) -> tuple[str, str] | None:
    """What a binary file of another kind is, and what to do with it."""
    for offset, mark, what, advice in _BINARY:
        # A mark in letters may begin a text as well.
        if head[offset : offset + len(mark)] == mark and (
            looks_binary(head) or not mark.isascii() or mark.startswith(b"%PDF")
        ):
            return what, advice
    return None


def foreign_text(head: bytes) -> tuple[str, str] | None:
    """What text in UTF-8 or alike of another kind is, and what to do with it."""
    start = head[:512].lstrip().lower()
    return next(((what, advice) for mark, what, advice in _TEXT if mark.match(start)), None)


def looks_like_json(head: bytes) -> bool:
    """Whether text begins as JSON objects or an array of them do."""
    return _JSON.match(head) is not None


def looks_binary(head: bytes) -> bool:
    """NUL or many control bytes near the start: no text file has them."""
    start = head[:4096]
    if b"\x00" in start:
        return True
    controls = sum(byte < 32 and byte not in b"\t\n\r\x0c\x1a" for byte in start)
    return controls > len(start) * 0.02


def wide_encoding(head: bytes) -> tuple[str, str] | None:
    """The codec of UTF-16 or UTF-32 text, by its mark or by where its NULs stand, and how known."""
    for mark, codec in (
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if head.startswith(mark):
            return codec, "by its mark"
    start = head[:1024]
    start = start[: len(start) // 4 * 4]
    if b"\x00" not in start:
        return None
    nul = [start[place::4].count(0) * 4 / len(start) for place in range(4)]
    # Letters beyond Latin ones fill some of the upper bytes; a header has few of them.
    places = "".join("0" if share > 0.5 else "x" if share < 0.05 else "?" for share in nul)
    codec_found = _WIDE_BY_NUL.get(places)
    return (codec_found, "by where its NULs are") if codec_found else None
