"""What comes from outside (values, names of files and columns) as it may stand in a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

# Bytes of a file's name that are no UTF-8, as Python holds them.
_ESCAPED_BYTES = range(0xDC80, 0xDD00)


def printable(text: str) -> str:
    """The text as one line that no terminal acts on.

    Control characters (C0, C1, line ends), bidirectional and other invisible ones, and blanks other
    than the ordinary one are shown as escapes, as ``\\x1b``, ``\\n`` and ``\\u202e``; all else
    is as it was. What is printable already comes back as it is, so it may be guarded twice.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def unmarked(text: str, style: str = "") -> Text:
    """The printable text for rich: brackets in it are no markup and colons no emoji."""
    from rich.text import Text

    return Text(printable(text), style)


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    if ord(character) in _ESCAPED_BYTES:
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
