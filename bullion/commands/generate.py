"""The verb ``generate``: write a synthetic bank."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this family's verbs to the command line."""
    app.command("generate")(generate)


def generate(
    customers: Annotated[int, typer.Option(help="Number of customers.")] = 5000,
    start: Annotated[str, typer.Option(help="First day, the first of a month.")] = "2022-01-01",
    end: Annotated[
        str, typer.Option(help="Last day, the last of a month; date of the first extract.")
    ] = "2025-12-31",
    seed: Annotated[int, typer.Option(help="Same arguments and seed, same bytes.")] = 42,
    out: Annotated[Path, typer.Option(help="Folder to write; must not hold anything.")] = Path(
        "data/raw"
    ),
    file_format: Annotated[str, typer.Option("--format", help="csv or parquet.")] = "csv",
    deltas: Annotated[int, typer.Option(help="Later daily extracts holding what changed.")] = 0,
    faults: Annotated[
        bool, typer.Option("--faults", help="Plant bad rows of every kind, listed in truth.yml.")
    ] = False,
    null: Annotated[
        bool, typer.Option("--null", help="A bank in which nothing has effect.")
    ] = False,
    without: Annotated[
        list[str] | None,
        typer.Option(help="Leave out one planted truth, e.g. T02 (may be repeated)."),
    ] = None,
    currencies: Annotated[
        list[str] | None,
        typer.Option(
            help="Keep some customers' accounts in another currency, e.g. EUR (may be repeated)."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; the bytes do not depend on it. Default: cores.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what the folder holds.")] = False,
) -> None:
    """Write a synthetic bank with known truths: one folder an extract, truth.yml beside them.

    Example: bullion generate --customers 500 --out data/small --deltas 5 --faults
    """
    import sys
    import time

    from bullion.synth import bank

    began = time.monotonic()
    made = bank.generate(
        out,
        customers=customers,
        start=start,
        end=end,
        seed=seed,
        deltas=deltas,
        faults=faults,
        null=null,
        without=_names(without),
        currencies=_names(currencies),
        file_format=file_format,
        workers=workers,
        force=force,
        show_progress=sys.stderr.isatty(),
    )
    seconds = time.monotonic() - began
    rows = sum(made.rows.values())
    typer.echo(
        f"{rows:,} rows in {len(made.extracts)} extract{'s' if len(made.extracts) > 1 else ''}"
        f" under {made.path} ({seconds:.1f} s, {rows / seconds:,.0f} rows/s)."
    )
    if faults:
        planted = made.truth["faults"]
        counts = ", ".join(f"{number} to be {name}" for name, number in planted["counts"].items())
        typer.echo(f"Bad rows planted: {counts}; listed in {made.path / 'truth.yml'}.")


def _names(texts: list[str] | None) -> list[str]:
    """What an option names that may be repeated, and may name several with commas between."""
    return [name for text in texts or () for name in text.upper().split(",")]
