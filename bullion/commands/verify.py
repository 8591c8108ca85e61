"""The verb ``verify``: estimates against what the synthetic bank has planted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this family's verbs to the command line."""
    app.command("verify")(verify)


def verify(
    seeds: Annotated[
        int | None,
        typer.Option(min=1, help="Verify this many other banks, each in a scratch database."),
    ] = None,
    null: Annotated[
        bool, typer.Option("--null", help="With --seeds: banks in which nothing has effect.")
    ] = False,
    truth: Annotated[
        Path | None,
        typer.Option(help="truth.yml of the loaded bank, or its folder; else found by its rows."),
    ] = None,
) -> None:
    """Compare the warehouse's estimates with the truths that the synthetic bank has planted.

    Prints each truth with its estimate and 95 % interval and the largest difference of each
    statistic from scipy, statsmodels or scikit-learn, writes gold.analytics_verification, and
    exits with 1 where the rule of docs/verification.md is broken.

    Examples:  bullion verify  |  bullion verify --seeds 20  |  bullion verify --seeds 20 --null
    """
    from bullion.errors import BullionError
    from bullion.verify import run

    if seeds is None:
        if null:
            raise BullionError("--null is for other banks: say how many with --seeds, as 20.")
        passed = run.verify_warehouse(truth)
    else:
        if truth is not None:
            raise BullionError("--truth is for the warehouse at hand: leave out --seeds.")
        passed = run.verify_banks(seeds, null)
    if not passed:
        raise typer.Exit(1)
