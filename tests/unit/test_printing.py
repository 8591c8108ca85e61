"""What comes from outside is printed so that no terminal acts on it."""

from __future__ import annotations

import io
import os
import unicodedata

import pytest
from rich.console import Console

from bullion.printing import printable, unmarked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Café 7 % [red] \\N", "Café 7 % [red] \\N"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\r\nFAKE: 0 rejected", "a\\r\\nFAKE: 0 rejected"),
        ("\x07\x00\x7f\x9b", "\\x07\\x00\\x7f\\x9b"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("a\u2028b\u200bc\xa0d", "a\\u2028b\\u200bc\\xa0d"),
        (os.fsdecode(b"tx\xff.csv"), "tx\\xff.csv"),
        ("\ud800", "\\ud800"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


def test_nothing_of_unicode_is_acted_on() -> None:
    shown = printable("".join(map(chr, range(0x110000))))
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    shown.encode("utf-8")


def test_rich_takes_nothing_for_markup() -> None:
    written = io.StringIO()
    Console(file=written, width=80).print(unmarked("[bold]tx[/bold] :smile: \x1b[2J"))
    assert written.getvalue() == "[bold]tx[/bold] :smile: \\x1b[2J\n"
