"""The ``load`` verb: raw files into bronze."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

_HELP = """Load raw bank files into bronze: CSV, JSON, Parquet, Excel workbooks, compressed or not.

PATH is a file, a folder of table files or a folder of dated extracts (YYYY-MM-DD), loaded in date
order. Tables are recognised by file name (transactions.csv, customers_2024-01.csv.gz). Bad records
go to bronze.rejected_rows with a reason; the same file again adds nothing.

With --lake the rows go to a Parquet lake, which DuckDB and Spark read, and not to PostgreSQL (no
server is needed); with --lake and --postgres to both at the same time.

Examples: bullion load data/raw

bullion load data/raw --lake

bullion load export.txt --table transactions --delimiter ';' --decimal , --date-format DD.MM.YYYY

bullion load --from berka downloads/berka
"""


class _LoadCommand(TyperCommand):
    """Lets ``--lake`` stand without a folder, last or before another option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Fill in the configured lake where no folder is named."""
        from bullion.settings import lake_dir

        given = list(args)
        for position, word in enumerate(args):
            if word == "--lake" and (args[position + 1 :] or ["-"])[0].startswith("-"):
                given[position] = f"--lake={lake_dir()}"
        return super().parse_args(ctx, given)


def register(app: typer.Typer) -> None:
    """Add this family's verbs to the command line."""
    app.command("load", help=_HELP, cls=_LoadCommand)(_load)


def _load(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", show_default=False)],
    table: Annotated[
        str | None, typer.Option(help="Table of the files, where their names do not say it.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Delimiter (, ; | tab); found by itself otherwise.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Text encoding, as latin-1; found by itself otherwise.")
    ] = None,
    decimal: Annotated[str, typer.Option(help="Decimal sign: . (1,234.56) or , (1.234,56).")] = ".",
    date_format: Annotated[
        str | None,
        typer.Option(help="How all dates are written, as DD.MM.YYYY or YYMMDD; else YYYY-MM-DD."),
    ] = None,
    null: Annotated[
        list[str] | None,
        typer.Option(
            help="A word that stands for no value, as NA or '\\N' (may be repeated).",
            metavar="WORD",
            show_default=False,
        ),
    ] = None,
    round_money: Annotated[
        bool,
        typer.Option(
            "--round-money", help="Round amounts with more decimals than their currency has."
        ),
    ] = False,
    extracted_at: Annotated[
        str | None,
        typer.Option(help="Extract time of files outside dated folders; else their newest event."),
    ] = None,
    full_extract: Annotated[
        bool, typer.Option("--full-extract", help="Keys that the files do not hold are deleted.")
    ] = False,
    max_rejected: Annotated[
        float, typer.Option(min=0, max=100, help="Percent of a file's records that may be bad.")
    ] = 1.0,
    source: Annotated[
        str | None,
        typer.Option("--from", help="Adapter of a known source, or a mapping file (.yml)."),
    ] = None,
    lake: Annotated[
        Path | None,
        typer.Option(
            help="Load into this lake's folder instead of PostgreSQL; alone: BULLION_LAKE, else "
            "lake in BULLION_HOME."
        ),
    ] = None,
    postgres: Annotated[
        bool, typer.Option("--postgres", help="With --lake: load into PostgreSQL as well.")
    ] = False,
) -> None:
    from rich.console import Console

    from bullion.errors import BullionError
    from bullion.ingest.checking.values import value_format
    from bullion.ingest.discovery import parse_extracted_at
    from bullion.ingest.loader import LoadOptions
    from bullion.ingest.progress import load_with_progress
    from bullion.ingest.report import print_report

    moment = parse_extracted_at(extracted_at) if extracted_at else None
    options = LoadOptions(
        delimiter=delimiter,
        encoding=encoding,
        style=value_format(decimal, date_format, null or (), rounds_money=round_money),
        is_full_extract=full_extract,
        max_rejected_pct=max_rejected,
    )
    console = Console()
    places = [lake] if lake is None or not postgres else [None, lake]
    if source is not None:
        if table or delimiter or encoding or date_format or decimal != ".":
            raise BullionError(
                "--from takes tables and formats from the mapping: leave out --table, and say "
                "delimiter, encoding, decimal and date_format at the mapping's sources."
            )
        if len(paths) != 1:
            raise BullionError("--from takes one PATH: the folder (or file) of the source.")
        from bullion.ingest.adapters import load_adapter
        from bullion.printing import unmarked

        with Console(stderr=True).status(unmarked(f"loading {paths[0]} by the mapping {source}")):
            reports = [load_adapter(source, paths[0], options, moment, to) for to in places]
    else:
        reports = load_with_progress(paths, options, table, moment, places)
    for place, report in zip(places, reports, strict=True):
        if len(places) > 1:
            title = "PostgreSQL" if place is None else f"lake {place}"
            console.print(f"{title}:", highlight=False, markup=False, style="bold")
        print_report(report, console)
    if not all(report.is_good for report in reports):
        raise typer.Exit(1)
