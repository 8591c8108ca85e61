"""Cuts JSON text into the bytes of its records, without reading what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bullion.ingest.reading.blocks import MAX_RECORD_BYTES
from bullion.ingest.reading.refused import RejectedFileError
from bullion.ingest.reading.source import ByteStream

_SHOWN_BYTES = 1 << 14
# A string that is not closed ends with its line, for line ends stand in none.
_STRING = rb'"[^"\\\r\n]*+(?:\\.[^"\\\r\n]*+)*+(?:"|(?=[\r\n]))'
# What lies before the next sign: within a record a bracket, between records a comma as well.
_BEFORE_BRACKET = rb'(?:[^"{}\[\]]++|' + _STRING + rb")*+"
_BEFORE_COMMA = rb'(?:[^"{}\[\],]++|' + _STRING + rb")*+"
_TO_BRACKET = re.compile(_BEFORE_BRACKET + rb"[{}\[\]]", re.DOTALL)
_TO_COMMA = re.compile(_BEFORE_COMMA + rb"[{}\[\],]", re.DOTALL)
_NO_BRACKET = re.compile(_BEFORE_BRACKET, re.DOTALL)
_NO_COMMA = re.compile(_BEFORE_COMMA, re.DOTALL)
_ARRAY = re.compile(rb"\[\s*(\{|\]|\Z)")
_OPENING, _CLOSING = b"{[", b"}]"


@dataclass(frozen=True)
class JsonRecord:
    """The bytes of one record, blanks around it cut off, and the line on which it begins.

    ``is_element``: of an array, or of several lines. ``is_long``: only the beginning of one longer
    than MAX_RECORD_BYTES.
    """

    data: bytes
    line: int
    is_element: bool = False
    is_long: bool = False


def json_records(stream: ByteStream, file_name: str) -> Iterator[JsonRecord]:
    """The records of a file: one a line, or the elements of its arrays and the objects beside them.

    Which of both is told by the first two lines. Raises RejectedFileError where arrays or objects
    over several lines do not close: what follows cannot be told apart.
    """
    head = stream.read()
    while len(head) < MAX_RECORD_BYTES and head.count(b"\n") < 2:
        more = stream.read()
        if not more:
            break
        head += more
    return (
        _Elements(stream, head, file_name).all() if _goes_over_lines(head) else _lines(stream, head)
    )


def _goes_over_lines(head: bytes) -> bool:
    text = head.lstrip()
    if _ARRAY.match(text):
        return True
    if not text.startswith(b"{"):
        return False
    first, _, rest = text.partition(b"\n")
    # Of JSON lines the first may be cut off as any other; the next is a whole one again.
    return not first.rstrip().endswith(b"}") and not rest.lstrip().startswith(b"{")


def _lines(stream: ByteStream, head: bytes) -> Iterator[JsonRecord]:
    number = 0
    rest = b""
    long: bytes | None = None
    chunk = head
    while chunk:
        lines = (rest + chunk).splitlines(keepends=True) if chunk else []
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        for line in lines:
            number += 1
            if long is not None:
                yield JsonRecord(long, number, is_long=True)
                long = None
            elif line.strip():
                yield JsonRecord(line.strip(), number)
        if long is not None or len(rest) > MAX_RECORD_BYTES:
            long = long or rest[:_SHOWN_BYTES]
            rest = rest[-1:]
        chunk = stream.read()
    if long is not None:
        yield JsonRecord(long, number + 1, is_long=True)
    elif rest.strip():
        yield JsonRecord(rest.strip(), number + 1)


class _Elements:
    """Follows brackets and strings: elements of arrays, and objects that stand beside arrays."""

    def __init__(self, stream: ByteStream, head: bytes, file_name: str) -> None:
        self._stream = stream
        self._text = head
        self._file_name = file_name
        self._line = 1
        self._depth = 0
        self._in_array = False
        self._start = 0
        self._long: bytes | None = None
        self._long_line = 0

    def all(self) -> Iterator[JsonRecord]:
        at = 0
        while True:
            is_between = self._depth == 1 and self._in_array
            found = (_TO_COMMA if is_between else _TO_BRACKET).match(self._text, at)
            if found is None:
                more = self._stream.read()
                if not more:
                    break
                passed = (_NO_COMMA if is_between else _NO_BRACKET).match(self._text, at)
                at = self._more(passed.end() if passed else at, more)
                continue
            at = found.end()
            record = self._take(at - 1)
            if record is not None:
                yield record
        if self._depth or self._text[self._start :].strip():
            raise self._broken("ends in the middle of a value")

    def _take(self, at: int) -> JsonRecord | None:
        """Follow the sign at a place; returns the record that ends there."""
        sign = self._text[at : at + 1]
        record = None
        if sign in _OPENING:
            if self._depth == 0:
                self._require_blank(at)
                self._in_array = sign == b"["
                self._start = at + self._in_array
            self._depth += 1
        elif sign == b",":
            record = self._element(at)
            self._start = at + 1
        else:
            self._depth -= 1
            if self._depth < 0:
                raise self._broken("has a bracket that closes nothing")
            if self._depth == 0:
                record = self._element(at if self._in_array else at + 1)
                self._start = at + 1
        return record

    def _element(self, end: int) -> JsonRecord | None:
        whole = self._text[self._start : end]
        data = whole.strip()
        line = self._line_of(whole)
        self._line += whole.count(b"\n")
        if self._long is not None:
            data, line, self._long = self._long, self._long_line, None
            return JsonRecord(data, line, is_element=True, is_long=True)
        if len(data) > MAX_RECORD_BYTES:
            return JsonRecord(data[:_SHOWN_BYTES], line, is_element=True, is_long=True)
        return JsonRecord(data, line, is_element=True) if data else None

    def _line_of(self, whole: bytes) -> int:
        return self._line + whole[: len(whole) - len(whole.lstrip())].count(b"\n")

    def _more(self, at: int, more: bytes) -> int:
        """Append to the text what is left of it, dropping what is done; the new place to search."""
        if self._depth == 0:
            self._require_blank(at)
        kept = self._text[self._start :]
        if len(kept) > 2 * MAX_RECORD_BYTES and at - self._start > MAX_RECORD_BYTES:
            if self._long is None:
                self._long, self._long_line = kept.lstrip()[:_SHOWN_BYTES], self._line_of(kept)
            done = at - self._start
            self._line += kept[:done].count(b"\n")
            kept = kept[done:]
            self._start = at
        if len(kept) - (at - self._start) > 2 * MAX_RECORD_BYTES:
            raise self._broken("has a string of more than a megabyte")
        self._text = kept + more
        at -= self._start
        self._start = 0
        return at

    def _require_blank(self, end: int) -> None:
        between = self._text[self._start : end]
        if between.strip():
            raise self._broken("has text outside of its arrays and objects")
        self._line += between.count(b"\n")
        self._start = end

    def _broken(self, how: str) -> RejectedFileError:
        return RejectedFileError(
            "binary",
            f"{self._file_name} is a JSON array or document that {how} "
            f"(about line {self._line:,}): send it again.",
        )
