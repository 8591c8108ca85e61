"""The command line is documented: each verb in words, by example and in the docs, whose commands
are ones that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from bullion.cli import app
from bullion.paths import PROJECT_DIR

DOCS = [
    path
    for path in [
        *sorted(PROJECT_DIR.glob("*.md")),
        *sorted((PROJECT_DIR / "docs").glob("*.md")),
    ]
    if path.name != "CHANGELOG.md"
]
# A command ends at a comment, the end of its code, or where the shell goes on to another one.
COMMAND = re.compile(r"\bbullion(?: --debug)? (?=[a-z])[^`\n|;#&()]*")
SHORT = 20


def commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Each verb of the command line, by its words, with those of hidden groups."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


ROOT: Any = typer.main.get_command(app)
VERBS = dict(commands(ROOT))
# Those of the hidden group compose are called by docker-compose.yml alone.
SHOWN = [verb for verb, command in VERBS.items() if " " not in verb and not command.hidden]


def options(command: Any) -> set[str]:
    """The long options that a command takes."""
    return {
        word
        for parameter in command.params
        for word in (*parameter.opts, *parameter.secondary_opts)
        if word.startswith("--")
    } | {"--help"}


def strange_words(text: str) -> list[str]:
    """Verbs and options in a text's commands that the command line does not know."""
    found = []
    for match in COMMAND.finditer(text):
        words = re.split(r"\s+--\s|\s+--$", match.group().replace("--debug ", ""))[0].split()[1:]
        verb = next((verb for verb in VERBS if verb.split() == words[: len(verb.split())]), None)
        if verb is None:
            found.append(f"bullion {words[0]}")
        elif not VERBS[verb].context_settings.get("ignore_unknown_options"):
            given = {word.split("=")[0].rstrip(".,:)") for word in words if word.startswith("--")}
            found += [f"bullion {verb} {word}" for word in sorted(given - options(VERBS[verb]))]
    return found


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_says_what_it_does_with_an_example(verb: str) -> None:
    text = VERBS[verb].help or ""
    assert len(text.split("\n")[0]) > SHORT
    assert re.search(rf"Examples?:\s.*bullion {re.escape(verb)}\b", text)


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_an_option_says_what_it_is_for(verb: str) -> None:
    command = VERBS[verb] if verb else ROOT
    silent = [
        parameter.name
        for parameter in command.params
        if parameter.param_type_name == "option" and not parameter.hidden and not parameter.help
    ]
    assert not silent


@pytest.mark.parametrize("verb", SHOWN)
def test_a_verb_is_in_the_docs(verb: str) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCS)
    # The README's table names some without the word before them.
    assert re.search(rf"bullion {verb}\b|^\| `bullion [^|]*`{verb}`", text, re.MULTILINE)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_the_docs_name_commands_that_exist(path: Path) -> None:
    assert not strange_words(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("verb", VERBS)
def test_the_examples_are_commands_that_exist(verb: str) -> None:
    assert not strange_words(VERBS[verb].help or "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`bullion lode data`", ["bullion lode"]),
        ("`bullion load --tabel x data`", ["bullion load --tabel"]),
        ("bullion --debug load --table=x data   # --nope", []),
        ("`bullion build --select +x --full-refresh`", []),
        ('bullion psql --admin -- -c "select 1" --nope', []),
        ("bullion compose secrets --nope x", ["bullion compose secrets --nope"]),
        ("bullion up && bullion upp", ["bullion upp"]),
    ],
)
def test_strange_words_are_seen(text: str, found: list[str]) -> None:
    assert strange_words(text) == found
