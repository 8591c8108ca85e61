"""The verb ``adapt``: a first mapping from a sample of someone else's files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_HELP = """Write a first mapping for files of another layout, from a sample of them.

Finds delimiter, header, lines to skip, encoding, decimal sign and date format, and guesses by names
and values which columns of the contract the files' columns are. What is doubtful is marked, what
the contract requires and nothing was found for must be said: complete it, then give it to
bullion load --from.

Examples: bullion adapt statement.csv

bullion adapt statement_2024-*.csv -o my_bank.yml

bullion adapt PS_20174392719.csv --table transactions -o paysim.yml
"""


def register(app: typer.Typer) -> None:
    """Add this family's verbs to the command line."""
    app.command("adapt", help=_HELP)(_adapt)


def _adapt(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to; else it is printed.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="With --output: in place of a file that is there.")
    ] = False,
    table: Annotated[
        str | None, typer.Option(help="The table that the files fill; guessed otherwise.")
    ] = None,
) -> None:
    from bullion.contract import table as contract_table
    from bullion.errors import BullionError
    from bullion.ingest.adapters.guess.write import first_mapping

    if output is not None and output.exists() and not force:
        raise BullionError(f"{output} is there already: give another name, or --force.")
    text = first_mapping(files, contract_table(table) if table else None)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BullionError(f"{output} cannot be written: {error.strerror}.") from error
    required = text.count("-- required: ")
    doubtful = text.count("doubtful: ")
    typer.echo(
        f"{output}: {required} columns to say, {doubtful} lines to look at; then "
        f"bullion load --from {output} FOLDER"
    )
