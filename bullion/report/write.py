"""Writes the report: beside its place first, then moved into it, so that no half report stands."""

from __future__ import annotations

import base64
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from jinja2 import Environment, PackageLoader, StrictUndefined

from bullion.charts.config import CONFIG
from bullion.charts.registry import CATEGORIES, SUBJECTS, Category, Chart, all_charts
from bullion.charts.template import template
from bullion.charts.themes import THEMES
from bullion.errors import BullionError
from bullion.paths import work_dir
from bullion.report.bank import Bank, bank_in
from bullion.report.dictionary import PLACE, column_texts
from bullion.report.drawing import Drawn, Failed, Say, draw_charts, template_script
from bullion.report.entries import (
    Entry,
    categories_of,
    entry_of,
    standing_entries,
    write_entries,
)
from bullion.report.findings import by_subject, strongest
from bullion.report.headline import headline_figures
from bullion.report.plotly_js import plotly_js
from bullion.report.policy import with_policy
from bullion.report.sparkline import sparkline
from bullion.report.stills import find_browser, write_stills
from bullion.report.texts import file_json
from bullion.report.verification import Verification, latest_verification

ASSETS = Path(__file__).with_name("assets")
CHARTS = "charts"
_NAVIGATION = re.compile(r'<nav id="pages".*?</nav>', re.DOTALL)


@dataclass(frozen=True)
class Written:
    """What a run has written. Sizes in bytes: of all files, of the dictionary among them."""

    folder: Path
    bank: Bank
    figures: list[Drawn]
    failed: list[Failed]
    size: int
    docs_size: int

    @property
    def front_page(self) -> Path:
        """Where a reader begins."""
        return self.folder / "index.html"


@dataclass(frozen=True)
class Options:
    """How a report is written.

    ``dictionary`` makes the data dictionary (one HTML file) once all charts are drawn; where it
    gives none, the report keeps the one that it has. ``has_stills``: draw pictures for pages that
    have not drawn their charts, where this machine has a browser. ``home``: where the synthetic
    banks are. ``bank``: what the bank is called.
    """

    dictionary: Callable[[], Path | None] = lambda: None
    has_stills: bool = False
    home: Path | None = None
    bank: str = ""
    say: Say = field(default=lambda _: None)


@dataclass
class _Pages:
    """The pages of one report, on their way into ``folder``; ``old`` is the one that stands."""

    folder: Path
    old: Path
    entries: list[Entry]
    context: dict[str, Any]
    environment: Environment

    def write(self, template_name: str, place: Path, **values: Any) -> None:
        """Render a page to its place within the folder."""
        root = "../" * (len(place.parts) - 1)
        text = self.environment.get_template(template_name).render(
            **{**self.context, "root": root, **values}
        )
        _write_page(self.folder / place, text)


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


def write_report(
    connection: psycopg.Connection[Any],
    folder: Path,
    categories: Sequence[str] = (),
    options: Options | None = None,
) -> Written:
    """Write the report of all categories, or renew some of them in a report that stands.

    A chart that cannot be drawn is shown as such. Raises BullionError when none can be, as where
    nothing is built, or when the folder cannot be written.
    """
    options = options or Options()
    charts = choose_charts(categories)
    _refuse_other_things(folder)
    results = draw_charts(connection, charts, options.say)
    docs = options.dictionary()
    renewed = {chart.category for chart in charts}
    kept = standing_entries(folder, without=[*renewed]) if categories else []
    entries = sorted(
        [*map(entry_of, results), *kept], key=lambda each: CATEGORIES[each.category].number
    )
    bank = bank_in(connection, options.home, options.bank)
    verification = latest_verification(connection)
    figures = [each for each in results if isinstance(each, Drawn)]
    beside = folder.with_name(f".{folder.name}.new-{os.getpid()}")
    try:
        beside.mkdir(parents=True)
        _write_assets(beside, entries)
        _write_docs(beside, folder, docs)
        _write_chart_files(beside, figures, bank, column_texts(connection), options)
        for entry in kept:
            _keep_chart(beside, folder, entry)
        pages = _Pages(
            beside,
            folder,
            entries,
            _context(beside, entries, bank, verification),
            _environment(),
        )
        for category in categories_of(entries):
            if category.id in renewed:
                _write_category(pages, category, results)
            else:
                _keep_category(pages, category)
        pages.write(
            "index.html.j2",
            Path("index.html"),
            here="",
            page_title=bank.name,
            headlines=headline_figures(connection, entries),
            findings=strongest(entries),
            subjects=by_subject(entries),
        )
        _put_in_place(beside, folder)
    except OSError as error:
        raise BullionError(
            f"The report cannot be written to {folder}: {error.strerror}."
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    failed = [each for each in results if isinstance(each, Failed)]
    size = _size(folder)
    return Written(folder, bank, figures, failed, size, _size(folder / PLACE.parent))


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("bullion.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _context(
    beside: Path, entries: Sequence[Entry], bank: Bank, verification: Verification | None
) -> dict[str, Any]:
    """What the pages know of the whole report."""
    stills = {path.name for path in (beside / CHARTS).glob("*.svg")}
    return {
        "bank": bank,
        "entries": entries,
        "by_id": {entry.id: entry for entry in entries},
        "categories": categories_of(entries),
        "has_docs": (beside / PLACE).exists(),
        "stills": stills,
        "verification": verification,
        "sparkline": sparkline,
        "subject_titles": SUBJECTS,
        "truths_of": lambda entry: _truths_of(entry, verification),
        "chart_of": lambda mark: next(
            (e for e in entries if mark.truth_id in _truths_of(e, verification)), None
        ),
        "size_of": lambda drawn: drawn.chart.size,
    }


def _truths_of(entry: Entry, verification: Verification | None) -> list[str]:
    """The planted truths that a chart shows estimates of: those it names, else its model's."""
    if verification is None:
        return []
    known = {mark.truth_id for mark in verification.marks}
    named = [truth for truth in entry.truths if truth in known]
    return named or verification.truths_of(entry.model)


def _write_chart_files(
    folder: Path,
    figures: Sequence[Drawn],
    bank: Bank,
    described: dict[str, dict[str, str]],
    options: Options,
) -> None:
    place = folder / CHARTS
    place.mkdir()
    for drawn in figures:
        chart = drawn.chart
        source = f"Source: {bank.source} · {chart.model}"
        script = drawn.script(source, described.get(chart.model, {}))
        (place / f"{chart.id}.js").write_text(script, encoding="utf-8")
        (place / f"{chart.id}.csv").write_text(drawn.csv(), encoding="utf-8", newline="")
    shown = {each.chart.id: each.view.height for each in figures if not each.view.is_empty}
    if options.has_stills and shown and find_browser():
        options.say("stills of the charts")
        write_stills(folder, shown)


def _write_category(pages: _Pages, category: Category, results: Sequence[Drawn | Failed]) -> None:
    (pages.folder / category.id).mkdir()
    own = [each for each in results if each.chart.category == category.id]
    figures = [each for each in own if isinstance(each, Drawn) and not each.view.is_empty]
    pages.write(
        "category.html.j2",
        Path(category.id, "index.html"),
        here=category.id,
        category=category,
        page_title=category.title,
        figures=figures,
        missing=[pages.context["by_id"][each.chart.id] for each in own if each not in figures],
    )
    for place, each in enumerate(own):
        before = own[place - 1].chart if place else None
        after = own[place + 1].chart if place + 1 < len(own) else None
        pages.write(
            "chart.html.j2",
            Path(category.id, f"{each.chart.id}.html"),
            here=category.id,
            category=category,
            page_title=each.chart.title,
            drawn=each if each in figures else None,
            entry=pages.context["by_id"][each.chart.id],
            related=_related(each.chart.id, pages.entries),
            before=before,
            after=after,
        )


def _related(chart_id: str, entries: Sequence[Entry]) -> list[Entry]:
    """The charts that explain one or are explained by it; else those of its own model."""
    mine = next(entry for entry in entries if entry.id == chart_id)
    named = [e for e in entries if e.id in mine.explains or mine.id in e.explains]
    close = [e for e in entries if e.model.startswith(mine.model) or mine.model.startswith(e.model)]
    return [each for each in (named or close) if each.id != chart_id]


def _keep_category(pages: _Pages, category: Category) -> None:
    """Take a category over as it stands: its own stamp, the new navigation."""
    shutil.copytree(pages.old / category.id, pages.folder / category.id)
    navigation = pages.environment.get_template("_pages.html.j2").render(
        **pages.context, root="../", here=category.id
    )
    for page in (pages.folder / category.id).glob("*.html"):
        text = page.read_text(encoding="utf-8")
        _write_page(page, _NAVIGATION.sub(lambda _: navigation, text, count=1))


def _keep_chart(beside: Path, old: Path, entry: Entry) -> None:
    for kind in ("js", "csv", "svg"):
        name = f"{entry.id}.{kind}"
        if (old / CHARTS / name).exists():
            shutil.copy(old / CHARTS / name, beside / CHARTS / name)


def _write_page(path: Path, text: str) -> None:
    path.write_text(with_policy(text), encoding="utf-8")


def _write_assets(folder: Path, entries: Sequence[Entry]) -> None:
    assets = folder / "assets"
    assets.mkdir(exist_ok=True)
    for file in ASSETS.iterdir():
        if file.suffix != ".woff2":
            shutil.copy(file, assets / file.name)
    (assets / "fonts.css").write_text(_fonts(), encoding="utf-8")
    (assets / "plotly.min.js").write_text(
        plotly_js(each for entry in entries for each in entry.types), encoding="utf-8"
    )
    templates = {theme.name: template(theme) for theme in THEMES}
    (assets / "plot.js").write_text(template_script(templates, CONFIG), encoding="utf-8")
    words = file_json({entry.id: entry.words for entry in entries})
    (assets / "words.js").write_text(f"bullion.words = {words};\n", encoding="utf-8")
    write_entries(folder, entries)


def _fonts() -> str:
    """The font as a style sheet that holds it: browsers refuse fonts from files beside a page."""
    faces = []
    for name, weight in (("regular", 400), ("bold", 700)):
        held = base64.b64encode((ASSETS / f"inter-{name}.woff2").read_bytes()).decode("ascii")
        faces.append(
            f'@font-face {{ font-family: "Inter"; font-weight: {weight}; font-display: swap; '
            f'src: url("data:font/woff2;base64,{held}") format("woff2"); }}\n'
        )
    return "".join(faces)


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


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
