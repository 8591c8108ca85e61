"""The ``bullion`` command: verbs, ``--debug``, and one clear line for every error."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from bullion.commands import adapt, audit, build, generate, load, notebook, report, server, verify
from bullion.errors import BullionError
from bullion.printing import printable

app = typer.Typer(
    name="bullion",
    help="A medallion warehouse for retail finance on PostgreSQL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

server.register(app)
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, by default on the process' own; exit code 0 only on success."""
    try:
        app(arguments)
    except BullionError as error:
        if _debug:
            raise
        typer.echo(f"bullion: {_lines(error)}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("bullion: interrupted.", err=True)
        sys.exit(130)


def _lines(error: BullionError) -> str:
    """The message, in which nothing that came from outside steers the terminal."""
    return "\n".join(map(printable, str(error).split("\n")))


if __name__ == "__main__":
    main()
