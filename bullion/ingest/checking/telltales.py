"""Signs in a block of delimited text that something is no plain value: a word for null, a form in
which spreadsheets write. A look at the bytes; whatever shows any is left to the checks.
"""

from __future__ import annotations

import functools

import numpy as np

from bullion.ingest.checking.values import LIKE_NULL

_EDGES = b'\n\r"'
_MARKS = b"'="
_OTHER, _LETTER_E, _EDGE, _FIRST, _POINT, _DIGIT = range(6)
# Before the exponent of a shortened number are no more digits than this.
_LONGEST_FRACTION = 20
_LONGEST_WORD = max(map(len, LIKE_NULL))
_WORDS = {word.encode() for word in LIKE_NULL}


def has_telltales(data: bytes, delimiter: str) -> bool:
    """Whether some field, quoted or not, is written like null, begins with an apostrophe or an
    equals sign, or may be a number with an exponent."""
    kinds = np.frombuffer(data.translate(_kinds(delimiter)), np.uint8)
    return _has_words(data, kinds, delimiter) or _has_exponents(data, kinds)


@functools.cache
def _kinds(delimiter: str) -> bytes:
    """What each byte may be the sign of."""
    kinds = np.full(256, _OTHER, np.uint8)
    kinds[list(b".,")] = _POINT
    kinds[list(b"0123456789")] = _DIGIT
    kinds[list(b"eE")] = _LETTER_E
    kinds[[word[0] for word in _WORDS] + list(_MARKS)] = _FIRST
    kinds[[*_EDGES, ord(delimiter)]] = _EDGE
    return kinds.tobytes()


@functools.cache
def _beginnings(delimiter: str) -> np.ndarray:
    """Which two bytes may begin a field that is looked for."""
    pairs = np.zeros((256, 256), bool)
    pairs[list(_MARKS)] = True
    edges = [*_EDGES, ord(delimiter)]
    for word in _WORDS:
        pairs[word[0], list(word[1:2]) or edges] = True
    return pairs


def _has_words(data: bytes, kinds: np.ndarray, delimiter: str) -> bool:
    starts = np.flatnonzero((kinds[:-1] == _EDGE) & (kinds[1:] == _FIRST)) + 1
    if len(kinds) and kinds[0] == _FIRST:
        starts = np.insert(starts, 0, 0)
    if not len(starts):
        return False
    characters = np.frombuffer(data, np.uint8)
    seconds = characters[np.minimum(starts + 1, len(data) - 1)]
    edges = _EDGES + delimiter.encode()
    for start in starts[_beginnings(delimiter)[characters[starts], seconds]].tolist():
        if data[start] in _MARKS:
            return True
        field = data[start : start + _LONGEST_WORD + 1]
        end = next((at for at, byte in enumerate(field) if byte in edges), len(field))
        if field[:end] in _WORDS:
            return True
    return False


def _has_exponents(data: bytes, kinds: np.ndarray) -> bool:
    """Whether somewhere is 1.5E3, 1E+15, or 1,5E3 where a comma parts no fields."""
    letters = np.flatnonzero((kinds[1:-1] == _LETTER_E) & (kinds[:-2] >= _POINT)) + 1
    characters = np.frombuffer(data, np.uint8)
    after = characters[letters + 1]
    is_exponent = (kinds[letters + 1] == _DIGIT) | (after == ord("+")) | (after == ord("-"))
    letters = letters[is_exponent]
    if not len(letters):
        return False
    if bool((characters[letters + 1] == ord("+")).any()):
        return True
    ways_back = np.maximum(letters[:, None] - np.arange(1, _LONGEST_FRACTION), 0)
    breaks = kinds[ways_back] != _DIGIT
    first_break = ways_back[np.arange(len(letters)), breaks.argmax(axis=1)]
    return bool((kinds[first_break] == _POINT).any())
