"""Cuts delimited text into blocks of whole records, and says whether their quoting is regular."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bullion.ingest.reading.source import ByteStream

NEWLINE, RETURN, QUOTE, BLANK = 10, 13, 34, 32
# A record longer than this is taken for one whose quote was never closed.
MAX_RECORD_BYTES = 1 << 20
PIECE_BYTES = 1 << 18
_SHOWN_BYTES = 1 << 14
# Not the last one of what has been read, whose line end may be half of one.
_BLANK_LINES = re.compile(rb"(?:[ \t]*+(?:\r\n|\n|\r(?!\n))(?!\Z))++")


@dataclass(frozen=True)
class TextBlock:
    """Bytes of whole records (UTF-8, header excluded).

    ``is_regular``: no NUL, and every quote opens at a field's start or closes at its end, so that
    every CSV parser reads the same fields. An irregular block must be read record by record and
    may end inside a record; ``is_last`` says that nothing follows. ``is_long``: the block is the
    beginning of one line longer than MAX_RECORD_BYTES, whose rest was passed over.
    """

    data: bytes
    is_regular: bool
    is_last: bool
    is_long: bool = False


class BlockCutter:
    """Iterates over the blocks of a stream; a consumer may give back what it could not use."""

    def __init__(self, stream: ByteStream, block_bytes: int) -> None:
        self._stream = stream
        self._delimiter = ord(",")
        self._block_bytes = block_bytes
        self._wanted = block_bytes
        self._rest = b""
        self._ended = False
        self.lines_before_blocks = 0

    def first_line(self) -> bytes:
        """The first line that is not empty, without its line end; read before the blocks.

        A quoted field may go over several lines of the file.
        """
        while True:
            self._pass_blank_lines()
            line = self._line()
            if line.strip() or (self._ended and not self._rest):
                return line

    def _pass_blank_lines(self) -> None:
        """Pass over lines that hold nothing, all that have been read at once."""
        while True:
            found = _BLANK_LINES.match(self._rest)
            end = found.end() if found else 0
            if end:
                self.lines_before_blocks += count_lines(self._rest[:end])
                self._rest = self._rest[end:]
            if self._ended or len(self._rest) > 1:
                return
            self._fill()

    def skip_lines(self, count: int) -> None:
        """Pass over lines of the file before anything else is read."""
        for _ in range(count):
            self._line(within_quotes=True)

    def peek_line(self) -> bytes:
        """The first line that is not empty, which stays to be read."""
        line = self.first_line()
        if line:
            self._rest = line + b"\n" + self._rest
            self.lines_before_blocks -= 1 + count_lines(line)
        return line

    def use_delimiter(self, delimiter: str) -> None:
        """Say what separates the fields, once the first line has told."""
        self._delimiter = ord(delimiter)

    def give_back(self, data: bytes) -> None:
        """Put bytes in front of what is read next (an unfinished record of an irregular block)."""
        self._rest = data + self._rest
        self._wanted = len(self._rest) + self._block_bytes

    def __iter__(self) -> Iterator[TextBlock]:
        while True:
            while len(self._rest) < self._wanted and not self._ended:
                self._fill()
            if not self._rest:
                return
            buffer = self._rest
            end, is_regular = self._cut(buffer)
            if end == 0 and not self._ended:
                # One record fills the buffer: it may be long, or its quote is never closed.
                if len(buffer) < self._block_bytes + MAX_RECORD_BYTES:
                    self._wanted = len(buffer) + self._block_bytes
                    continue
                is_regular = False
                if _after_last_line(buffer) == 0:
                    yield self._long_line(buffer)
                    continue
            if end == 0:
                end = len(buffer) if self._ended else _after_last_line(buffer)
            self._wanted = self._block_bytes
            self._rest = buffer[end:]
            yield TextBlock(buffer[:end], is_regular, self._ended and not self._rest)

    def _long_line(self, buffer: bytes) -> TextBlock:
        """The block of a line without an end in sight; the rest of the line is passed over."""
        while (end := line_end(self._rest)) < 0 and not self._ended:
            # The last byte may be the first half of a line end.
            self._rest = self._rest[-1:]
            self._fill()
        self._rest = b"" if end < 0 else self._rest[_after_line(self._rest, end) :]
        self._wanted = self._block_bytes
        is_last = self._ended and not self._rest
        return TextBlock(buffer[:_SHOWN_BYTES], False, is_last, is_long=True)

    def _line(self, within_quotes: bool = False) -> bytes:
        """The next line without its end; with a quote that is open, the lines up to its close."""
        while True:
            end = line_end(self._rest)
            is_sure = end >= 0 and (self._ended or end + 1 < len(self._rest))
            if is_sure or (end < 0 and self._ended) or len(self._rest) > MAX_RECORD_BYTES:
                break
            self._fill()
        while not within_quotes and end >= 0 and self._rest.count(b'"', 0, end) % 2:
            following = line_end(self._rest, _after_line(self._rest, end))
            if following < 0:
                if self._ended or len(self._rest) > MAX_RECORD_BYTES:
                    # It is never closed: then it is no quote.
                    return self._line(within_quotes=True)
                self._fill()
                continue
            end = following
        if end < 0:
            line, self._rest = self._rest, b""
        else:
            line, self._rest = self._rest[:end], self._rest[_after_line(self._rest, end) :]
        self.lines_before_blocks += 1 + count_lines(line)
        return line

    def _fill(self) -> None:
        chunk = self._stream.read(self._block_bytes)
        if chunk:
            self._rest += chunk
        else:
            self._ended = True

    def _cut(self, buffer: bytes) -> tuple[int, bool]:
        """Where the last whole record of the buffer ends (0: nowhere), and if it is regular."""
        if b"\x00" in buffer:
            return len(buffer) if self._ended else _after_last_line(buffer), False
        if b'"' not in buffer:
            return len(buffer) if self._ended else _after_last_line(buffer), True
        data = np.frombuffer(buffer, np.uint8)
        quotes = np.flatnonzero(data == QUOTE)
        if not self._ended:
            end = _last_outside(np.flatnonzero(data == NEWLINE), quotes)
            if end == 0 and b"\r" in buffer:
                # Returns alone may end lines; the last byte's line feed may be yet to come.
                end = _last_outside(np.flatnonzero(data[:-1] == RETURN), quotes)
        else:
            end = len(buffer)
        quotes = quotes[: int(np.searchsorted(quotes, end))] if end else quotes
        return end, self._quotes_are_regular(data[: end or len(buffer)], quotes, bool(end))

    def _quotes_are_regular(self, data: np.ndarray, quotes: np.ndarray, is_whole: bool) -> bool:
        if is_whole and len(quotes) % 2:
            return False
        opening, closing = quotes[0::2], quotes[1::2]
        before = np.where(opening > 0, data[opening - 1], NEWLINE)
        # A doubled quote inside a field is a closing one directly followed by an opening one.
        doubled_open = np.zeros(len(opening), bool)
        pairs = min(len(opening) - 1, len(closing))
        doubled = opening[1 : pairs + 1] == closing[:pairs] + 1
        doubled_open[1 : pairs + 1] = doubled
        starts_field = (
            (before == self._delimiter) | (before == NEWLINE) | (before == RETURN) | doubled_open
        )
        last = len(data) - 1
        after = np.where(closing < last, data[np.minimum(closing + 1, last)], NEWLINE)
        doubled_close = np.zeros(len(closing), bool)
        doubled_close[:pairs] = doubled
        ends_field = (
            (after == self._delimiter) | (after == NEWLINE) | (after == RETURN) | doubled_close
        )
        return bool(starts_field.all() and ends_field.all())


def line_end(data: bytes, start: int = 0) -> int:
    """Where the first line from ``start`` on ends (at a line feed or a return), or -1."""
    feed = data.find(b"\n", start)
    mark = data.find(b"\r", start, feed if feed >= 0 else len(data))
    return feed if mark < 0 else mark


def count_lines(data: bytes) -> int:
    """How many line ends there are: line feeds, and returns without one."""
    feeds = data.count(b"\n")
    marks = data.count(b"\r")
    # Mostly all of them stand before line feeds, which need not be looked at again.
    return feeds if marks in (0, feeds) else feeds + marks - data.count(b"\r\n")


def _after_line(data: bytes, end: int) -> int:
    return end + (2 if data[end : end + 2] == b"\r\n" else 1)


def _after_last_line(data: bytes) -> int:
    """Where the last line that is whole ends; 0 where none is."""
    return data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, len(data) - 1) + 1


def _last_outside(ends: np.ndarray, quotes: np.ndarray) -> int:
    outside = ends[np.searchsorted(quotes, ends) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else 0


def pieces(data: bytes) -> Iterator[bytes]:
    """The block in parts that a processor's cache holds, each but the last ending with a line's
    end: what is looked for field by field is found twice as fast in them."""
    start = 0
    while start < len(data):
        full = start + PIECE_BYTES
        end = data.rfind(b"\n", start, full) + 1 or data.find(b"\n", full) + 1 or len(data)
        yield data[start:end]
        start = end


def blanks_at_edges(data: bytes, delimiter: str) -> tuple[bool, bool]:
    """Whether some field of the block is exactly one blank, quoted or not; and whether any blank
    may stand at a field's edge (beside a delimiter, a quote or a line end, within quotes too).
    """
    array = np.frombuffer(data, np.uint8)
    blanks = np.flatnonzero(array == BLANK)
    before = np.where(blanks > 0, array[blanks - 1], NEWLINE)
    last = len(array) - 1
    after = np.where(blanks < last, array[np.minimum(blanks + 1, last)], NEWLINE)
    separator = ord(delimiter)
    opens = (before == separator) | (before == NEWLINE) | (before == RETURN)
    ends = (after == separator) | (after == NEWLINE) | (after == RETURN)
    quoted_before, quoted_after = before == QUOTE, after == QUOTE
    is_lone = bool(((opens & ends) | (quoted_before & quoted_after)).any())
    return is_lone, bool((opens | ends | quoted_before | quoted_after).any())


def may_hold_longer(data: bytes, delimiter: str, length: int) -> bool:
    """Whether a field of the block may be longer than so many bytes (16 or more): false is certain.

    Such a field fills one of the stretches of half that length, which is quickly seen eight bytes
    at a time.
    """
    array = np.frombuffer(data, np.uint8)
    ends = (array == ord(delimiter)) | (array == NEWLINE)
    words = length // 16
    stretches = len(ends) // (8 * words)
    seen = ends[: 8 * words * stretches].view(np.uint64).reshape(stretches, words)
    return not seen.any(axis=1).all()
