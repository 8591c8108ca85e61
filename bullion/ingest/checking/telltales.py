"""Signs in a block of delimited text that something is no plain value: a word for null, a form in
which spreadsheets write. A look at the bytes; whatever shows any is left to the checks.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

_EDGES = b'\n\r"'
_MARKS = b"'="
_OTHER, _LETTER_E, _EDGE, _FIRST, _POINT, _DIGIT = range(6)
# Before the exponent of a shortened number are no more digits than this.
_LONGEST_FRACTION = 20


class Telltales:
    """Looks at blocks whose fields are parted by ``delimiter``; ``words`` are those for null."""

    def __init__(self, words: Iterable[str], delimiter: str) -> None:
        self._words = {word.encode() for word in words}
        self._longest = max(map(len, self._words))
        self._edges = _EDGES + delimiter.encode()
        # What each byte may be the sign of, and which two bytes may begin a field looked for.
        kinds = np.full(256, _OTHER, np.uint8)
        kinds[list(b".,")] = _POINT
        kinds[list(b"0123456789")] = _DIGIT
        kinds[list(b"eE")] = _LETTER_E
        kinds[[word[0] for word in self._words] + list(_MARKS)] = _FIRST
        kinds[list(self._edges)] = _EDGE
        self._kinds = kinds.tobytes()
        self._beginnings = np.zeros((256, 256), bool)
        self._beginnings[list(_MARKS)] = True
        for word in self._words:
            self._beginnings[word[0], list(word[1:2] or self._edges)] = True

    def are_in(self, data: bytes) -> bool:
        """Whether some field, quoted or not, is written like null, begins with an apostrophe or an
        equals sign, or may be a number with an exponent."""
        kinds = np.frombuffer(data.translate(self._kinds), np.uint8)
        return self._has_words(data, kinds) or _has_exponents(data, kinds)

    def _has_words(self, data: bytes, kinds: np.ndarray) -> bool:
        starts = np.flatnonzero((kinds[:-1] == _EDGE) & (kinds[1:] == _FIRST)) + 1
        if len(kinds) and kinds[0] == _FIRST:
            starts = np.insert(starts, 0, 0)
        if not len(starts):
            return False
        characters = np.frombuffer(data, np.uint8)
        seconds = characters[np.minimum(starts + 1, len(data) - 1)]
        for start in starts[self._beginnings[characters[starts], seconds]].tolist():
            if data[start] in _MARKS:
                return True
            field = data[start : start + self._longest + 1]
            end = next((at for at, byte in enumerate(field) if byte in self._edges), len(field))
            if field[:end] in self._words:
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
