"""The verb ``report``: every chart as HTML, and as pictures when asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this family's verbs to the command line."""
    app.command("report")(report)


def report(
    categories: Annotated[
        list[str] | None,
        typer.Argument(help="descriptive, inferential; all of them when none is named."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the report (else outputs/ of the project).")
    ] = None,
    images: Annotated[
        bool, typer.Option("--images", help="Also each chart as PNG and SVG (needs a browser).")
    ] = False,
    docs: Annotated[
        bool, typer.Option(help="Generate the data dictionary (dbt's docs) as well.")
    ] = True,
    stills: Annotated[
        bool, typer.Option(help="Pictures for readers without JavaScript, where a browser is here.")
    ] = True,
    bank: Annotated[
        str, typer.Option(help="What the bank is called, on the pages and on saved pictures.")
    ] = "",
) -> None:
    """Draw every chart from the gold layer into pages that open without a server or network.

    outputs/index.html is the front page; a page a category, a page a chart; its data as a table
    and as CSV. A chart that cannot be drawn is shown as such and named here, and the command exits
    with 1.

    Examples:  bullion report  |  bullion report descriptive  |  bullion report --images --no-docs
    """
    from rich.console import Console

    from bullion.db import connect
    from bullion.report.dictionary import is_current, make_dictionary
    from bullion.report.images import check_images, write_images
    from bullion.report.log import keep_traces
    from bullion.report.write import Options, choose_charts, default_folder, write_report
    from bullion.settings import get_settings

    console = Console(highlight=False)
    settings = get_settings()
    folder = (out or default_folder()).absolute()
    choose_charts(categories or [])
    if images:
        check_images()
    # Silent where nobody watches.
    status = Console(stderr=True).status("report")

    def dictionary() -> Path | None:
        if not docs or is_current(folder, settings.home):
            return None
        status.update("the data dictionary")
        return make_dictionary(settings)

    options = Options(
        dictionary=dictionary,
        has_stills=stills,
        home=settings.home,
        bank=bank,
        say=status.update,
    )
    with connect(settings, autocommit=True) as connection, status:
        written = write_report(connection, folder, categories or [], options)
        files = 0
        if images:
            status.update("pictures")
            files = write_images(written.figures, folder, written.bank)
    pictures = f", {files} pictures" if images else ""
    dictionary_size = written.docs_size / 1e6
    beside = f", {dictionary_size:.1f} MB of data dictionary" if dictionary_size else ""
    console.print(
        f"{len(written.figures)} charts{pictures}, {written.size / 1e6 - dictionary_size:.1f} MB"
        f"{beside}: open {written.front_page}",
        soft_wrap=True,
    )
    for failed in written.failed:
        console.print(
            f"Chart {failed.chart.id} could not be drawn: {failed.reason}",
            style="bold red",
            markup=False,
            soft_wrap=True,
        )
    if written.failed:
        log = keep_traces(settings.home, written.failed)
        console.print(f"Where each went wrong is in {log}.", soft_wrap=True)
        raise typer.Exit(1)
