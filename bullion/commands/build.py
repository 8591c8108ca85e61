"""The verb ``build``: dbt on the warehouse, with the connection found."""

from __future__ import annotations

import os
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this family's verbs to the command line."""
    app.command(
        "build",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(build)


def build(
    context: typer.Context,
    engine: Annotated[
        str,
        typer.Option(
            help="postgres, or one that reads the lake: duckdb, spark (a Thrift server), "
            "spark_local (a session on this machine).",
        ),
    ] = "postgres",
    no_rebuild: Annotated[
        bool,
        typer.Option(
            "--no-rebuild",
            help="Refuse where a table would be built whole because its definition has changed.",
        ),
    ] = False,
    all_tests: Annotated[
        bool,
        typer.Option(
            "--all-tests", help="Test all rows, also those that the build does not touch."
        ),
    ] = False,
) -> None:
    """Build and test silver and gold: `dbt build` with the connection found.

    Everything else after `build` goes to dbt as it is. Only what has arrived since the last build
    is worked on, and a table of which nothing has changed is left; where a table's definition has
    changed it is built whole. --full-refresh builds everything anew, with the same result.

    Examples:  bullion build  |  bullion build --select tag:silver  |  bullion build --full-refresh

    A test that has passed reads, of the large tables, what the build has touched since, and nothing
    where nothing has changed. One that failed, and each in a build of everything anew, reads all.
    --all-tests has all of them read all: a row that was changed by other hands is found then.

    dbt's unit tests, which no data can break, are left out; `dbt test --select test_type:unit`
    runs them.

    A past instant, in schemas of its own:  bullion build --vars '{as_of: 2025-06-30}'

    In one DuckDB file, from the lake:  bullion load --lake EXTRACTS; bullion build --engine duckdb
    """
    from bullion.engines.build import ALL_TESTS, run_build

    if no_rebuild:
        # Not by --vars, for which dbt would read the project anew.
        os.environ["BULLION_NO_REBUILD"] = "1"
    if all_tests:
        os.environ[ALL_TESTS] = "1"
    run_build(context.args, engine=engine)
