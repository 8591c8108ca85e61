"""The verb ``build``: dbt on the warehouse, with the connection found."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add this family's verbs to the command line."""
    app.command(
        "build",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(build)


def build(context: typer.Context) -> None:
    """Build and test silver and gold: `dbt build` with the connection found.

    Everything after `build` goes to dbt as it is. Only what has arrived since the last build is
    worked on; --full-refresh builds everything anew, with the same result.

    Examples:  bullion build  |  bullion build --select tag:silver  |  bullion build --full-refresh

    A past instant, in schemas of its own:  bullion build --vars '{as_of: 2025-06-30}'
    """
    from bullion.build import run_build

    run_build(context.args)
