"""The ``bullion`` command: verbs, ``--debug``, and one clear line for every error."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from bullion.commands import (
    adapt,
    audit,
    build,
    generate,
    load,
    logins,
    notebook,
    report,
    server,
    verify,
)
from bullion.errors import BullionError
from bullion.files import private_umask, said
from bullion.printing import printable
from bullion.server.owner import act_as_owner
from bullion.settings import home_dir

app = typer.Typer(
    name="bullion",
    help="A medallion warehouse for retail finance on PostgreSQL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

server.register(app)
logins.register(app)
generate.register(app)
load.register(app)
adapt.register(app)
build.register(app)
audit.register(app)
verify.register(app)
report.register(app)
notebook.register(app)

_debug = False


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    global _debug
    _debug = debug


# What they write is for others to read, or has modes of its own.
_OPEN = {"report", "notebook", "compose"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, by default on the process' own; exit code 0 only on success."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        _take_care(words)
        app(arguments)
    except (BullionError, OSError) as error:
        if _debug:
            raise
        line = said(error, home_dir()) if isinstance(error, OSError) else str(error)
        typer.echo(f"bullion: {_printable_lines(line)}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("bullion: interrupted.", err=True)
        sys.exit(130)
    except Exception as error:
        line = _server_trouble(error)
        if _debug or not line:
            raise
        typer.echo(f"bullion: {_printable_lines(line)}", err=True)
        sys.exit(1)


def _server_trouble(error: Exception) -> str:
    """One line for what befalls a server at work (a full disk, its end); else nothing."""
    # Not imported for it: without psycopg the error is none of its.
    psycopg: Any = sys.modules.get("psycopg")
    if psycopg is None or not isinstance(error, psycopg.OperationalError):
        return ""
    words = " ".join(str(error).split())
    advice = "make space" if isinstance(error, psycopg.errors.DiskFull) else "see that it runs"
    return f"The server could not go on ({words}): {advice}, and run the command again."


def _printable_lines(text: str) -> str:
    """The message, in which nothing that came from outside steers the terminal."""
    return "\n".join(map(printable, text.split("\n")))


def _take_care(words: Sequence[str]) -> None:
    """Keep what is written from other users, and root from what they have laid for it."""
    verb = next((word for word in words if not word.startswith("-")), "")
    if verb and "--help" not in words:
        if verb not in _OPEN:
            private_umask()
        if verb != "compose":
            act_as_owner(home_dir())


if __name__ == "__main__":
    main()
