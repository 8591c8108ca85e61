"""Writes the report: beside its place first, then moved into it, so that no half report stands."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from jinja2 import Environment, PackageLoader, StrictUndefined

from bullion.charts.data import rows_of
from bullion.charts.registry import CATEGORIES, Category, Chart, all_charts
from bullion.errors import BullionError
from bullion.paths import work_dir
from bullion.report.dictionary import PLACE
from bullion.report.entries import categories_of, entry_of, standing_entries, write_entries
from bullion.report.figures import Drawn, dark_colours, draw, template_json
from bullion.report.headline import headline_figures
from bullion.report.policy import with_policy
from bullion.report.verification import latest_verification

ASSETS = Path(__file__).with_name("assets")
_NAVIGATION = re.compile(r'<nav aria-label="Pages">.*?</nav>', re.DOTALL)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Written:
    """What a run has written."""

    folder: Path
    figures: list[Drawn]
    size: int

    @property
    def front_page(self) -> Path:
        """Where a reader begins."""
        return self.folder / "index.html"


def default_folder() -> Path:
    """``outputs`` of the project, or of the current folder for an installed bullion."""
    return work_dir() / "outputs"


def choose_charts(categories: Sequence[str]) -> list[Chart]:
    """The charts of some categories, or of all; raises BullionError for one that is not known."""
    unknown = [name for name in categories if name not in CATEGORIES]
    if unknown:
        raise BullionError(
            f"There is no category '{unknown[0]}'; there are {', '.join(CATEGORIES)}."
        )
    return [chart for chart in all_charts() if not categories or chart.category in categories]


def draw_charts(
    connection: psycopg.Connection[Any], charts: Sequence[Chart], say: Say = lambda _: None
) -> list[Drawn]:
    """Read and draw each chart once. Raises BullionError when a table is not built."""
    drawn = []
    for number, chart in enumerate(charts, 1):
        say(f"{number} of {len(charts)}: {chart.title}")
        drawn.append(draw(chart, rows_of(connection, chart)))
    return drawn


def write_report(
    connection: psycopg.Connection[Any],
    folder: Path,
    categories: Sequence[str] = (),
    dictionary: Callable[[], Path | None] = lambda: None,
    say: Say = lambda _: None,
) -> Written:
    """Write the report of all categories, or renew some of them in a report that stands.

    ``dictionary`` makes the data dictionary (one HTML file) once all charts are drawn; where it
    gives none, the report keeps the one that it has.
    Raises BullionError when a table is not built or the folder cannot be written.
    """
    charts = choose_charts(categories)
    _refuse_other_things(folder)
    figures = draw_charts(connection, charts, say)
    docs = dictionary()
    renewed = {chart.category for chart in charts}
    kept = standing_entries(folder, without=[*renewed]) if categories else []
    entries = sorted(
        [*map(entry_of, figures), *kept], key=lambda each: CATEGORIES[each.category].number
    )
    shown = categories_of(entries)
    context = {
        "categories": shown,
        "has_docs": docs is not None or (folder / PLACE).exists(),
        "stamp": _stamp(connection),
        "template": template_json(),
        "dark": json.dumps(dark_colours(letters=False)),
        "dark_letters": json.dumps(dark_colours(letters=True)),
    }
    beside = folder.with_name(f".{folder.name}.new-{os.getpid()}")
    try:
        beside.mkdir(parents=True)
        _write_assets(beside)
        write_entries(beside, entries)
        _write_docs(beside, folder, docs)
        pages = _environment()
        for category in shown:
            if category.id in renewed:
                own = [each for each in figures if each.chart.category == category.id]
                _write_category(pages, beside, category, own, context)
            else:
                _keep_category(pages, beside, folder, category, context)
        front = pages.get_template("index.html.j2").render(
            **context,
            root="",
            here="",
            page_title="Report",
            entries=entries,
            headlines=headline_figures(connection),
            verification=latest_verification(connection),
        )
        _write_page(beside / "index.html", front)
        _put_in_place(beside, folder)
    except OSError as error:
        raise BullionError(
            f"The report cannot be written to {folder}: {error.strerror}."
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Written(folder, figures, size)


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("bullion.report"), autoescape=True, undefined=StrictUndefined
    )


def _write_category(
    pages: Environment,
    folder: Path,
    category: Category,
    figures: Sequence[Drawn],
    context: dict[str, Any],
) -> None:
    place = folder / category.id
    place.mkdir()
    shared = {**context, "root": "../", "here": category.id, "category": category}
    page = pages.get_template("category.html.j2")
    text = page.render(**shared, page_title=category.title, figures=figures)
    _write_page(place / "index.html", text)
    page = pages.get_template("chart.html.j2")
    for drawn in figures:
        text = page.render(**shared, page_title=drawn.chart.title, drawn=drawn)
        _write_page(place / f"{drawn.chart.id}.html", text)


def _write_page(path: Path, text: str) -> None:
    path.write_text(with_policy(text), encoding="utf-8")


def _keep_category(
    pages: Environment, folder: Path, old: Path, category: Category, context: dict[str, Any]
) -> None:
    """Take a category over as it stands: its own stamp, the new navigation."""
    shutil.copytree(old / category.id, folder / category.id)
    navigation = pages.get_template("_pages.html.j2").render(
        **context, root="../", here=category.id
    )
    for page in (folder / category.id).glob("*.html"):
        text = page.read_text(encoding="utf-8")
        _write_page(page, _NAVIGATION.sub(lambda _: navigation, text, count=1))


def _write_assets(folder: Path) -> None:
    from plotly.offline import get_plotlyjs

    assets = folder / "assets"
    assets.mkdir(exist_ok=True)
    for file in ASSETS.iterdir():
        shutil.copy(file, assets / file.name)
    (assets / "plotly.min.js").write_text(get_plotlyjs(), encoding="utf-8")


def _write_docs(beside: Path, folder: Path, docs: Path | None) -> None:
    source = docs or folder / PLACE
    if source.exists():
        (beside / PLACE).parent.mkdir(exist_ok=True)
        _write_page(beside / PLACE, source.read_text(encoding="utf-8"))
        # By its time is_current judges it.
        shutil.copystat(source, beside / PLACE)


def _put_in_place(beside: Path, folder: Path) -> None:
    """Swap the new folder in. The old one is moved aside first: a rename cannot replace it."""
    old = beside.with_name(f"{beside.name}.old")
    if folder.exists():
        folder.rename(old)
    try:
        beside.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _refuse_other_things(folder: Path) -> None:
    """A folder that holds something else than a report is not thrown away."""
    if not folder.exists():
        return
    if not folder.is_dir() or (
        any(folder.iterdir()) and not (folder / "assets" / "report.css").exists()
    ):
        raise BullionError(
            f"{folder} holds something else than a report: name another folder with --out."
        )


def _stamp(connection: psycopg.Connection[Any]) -> str:
    """What the report shows: the warehouse's instant and the last batch in it."""
    try:
        with connection.transaction():
            row = connection.execute("select as_of, last_batch_id from silver.int_as_of").fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        row = None
    where = f"database {connection.info.dbname}"
    if row is None or row[0] is None:
        return where
    return f"{where}, as of {row[0]:%Y-%m-%d %H:%M:%S} UTC, built up to batch {row[1]}"
