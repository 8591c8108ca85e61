"""The report on paper: A4, white, nothing covered, cut or left out."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from bullion.charts.registry import CATEGORIES, all_charts, charts_of
from tests.support.pages import opened

WITH_CHARTS = [name for name in CATEGORIES if any(c.category == name for c in all_charts())]


def letters(text: str) -> str:
    """Without what line breaks and kerning do to the blanks of a PDF."""
    return re.sub(r"[\s\u202f\u00ad-]+", "", text)


def printed(page: Page) -> list[str]:
    """The text of each sheet."""
    reader = PdfReader(io.BytesIO(page.pdf(format="A4", print_background=True)))
    return [letters(sheet.extract_text()) for sheet in reader.pages]


@pytest.mark.parametrize("category", WITH_CHARTS)
def test_paper_has_every_reading_and_row_label(
    browser: Browser, report_folder: Path, category: str
) -> None:
    with opened(browser, report_folder / category / "index.html", scheme="dark") as page:
        labels = page.eval_on_selector_all(
            ".figure .ytick text", "all => all.map(each => each.textContent)"
        )
        shown = set(page.eval_on_selector_all(".card", "all => all.map(each => each.id)"))
        sheets = printed(page)
    whole = "".join(sheets)
    assert letters(CATEGORIES[category].title) in sheets[0]
    missing = [
        c.id for c in charts_of(category) if c.id in shown and letters(c.reading) not in whole
    ]
    assert not missing, missing
    lost = [label for label in labels if letters(label) not in whole]
    assert not lost, lost


def test_a_page_of_one_chart_begins_on_the_first_sheet(
    browser: Browser, report_folder: Path
) -> None:
    """The tallest one, which fits no rest of a sheet."""
    pages = {
        chart.id: (report_folder / chart.category / f"{chart.id}.html") for chart in all_charts()
    }
    heights = {
        chart: max(
            map(int, re.findall(r"height: (\d+)px", path.read_text(encoding="utf-8"))), default=0
        )
        for chart, path in pages.items()
    }
    tallest = max(heights, key=lambda chart: heights[chart])
    with opened(browser, pages[tallest]) as page:
        title = page.inner_text("h1")
        sheets = printed(page)
    assert letters(title) in sheets[0]
    assert all(sheets), "a blank sheet"


def test_the_front_page_on_paper(browser: Browser, report_folder: Path) -> None:
    with opened(browser, report_folder / "index.html", scheme="dark") as page:
        findings = page.eval_on_selector_all(".findings b", "all => all.map(e => e.textContent)")
        whole = "".join(printed(page))
    assert all(letters(finding) in whole for finding in findings)
