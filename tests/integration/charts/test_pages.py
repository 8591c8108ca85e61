"""The report in a browser whose network is blocked: what a person sees at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from bullion.charts.registry import CATEGORIES, all_charts

WIDTHS = {"desk": 1440, "phone": 390}
MEASURE = (Path(__file__).with_name("measure.js")).read_text(encoding="utf-8")
# Colours do not depend on the width, nor places on the scheme: dark on a phone repeats both.
VIEWS = [
    ("desk", "light"),
    ("phone", "light"),
    ("desk", "dark"),
    pytest.param("phone", "dark", marks=pytest.mark.slow),
]
WITH_CHARTS = [name for name in CATEGORIES if any(c.category == name for c in all_charts())]


@contextmanager
def opened(
    browser: Browser, path: Path, width: int, scheme: Any = "light", **options: Any
) -> Iterator[Page]:
    """The page, drawn; fails on a console error or a request that leaves the file system."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, **options
    )
    page = context.new_page()
    said: list[str] = []
    left: list[str] = []

    def only_files(route: Route) -> None:
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            left.append(route.request.url)
            route.abort()

    page.route("**/*", only_files)
    page.on(
        "console", lambda message: said.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    if page.query_selector(".figure"):
        page.wait_for_function("document.documentElement.dataset.drawn", timeout=30_000)
        # Fonts and automatic margins settle in the next frames.
        page.wait_for_timeout(300)
    yield page
    context.close()
    assert not said, said
    assert not left, left


@pytest.mark.parametrize(("place", "scheme"), VIEWS)
@pytest.mark.parametrize("category", WITH_CHARTS)
def test_every_chart_is_whole(
    browser: Browser, report_folder: Path, category: str, place: str, scheme: str
) -> None:
    """Marks are there; texts are inside their frame, apart from each other, and can be read."""
    path = report_folder / category / "index.html"
    with opened(browser, path, WIDTHS[place], scheme) as page:
        faults = page.evaluate(MEASURE)
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[place]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("place", "scheme"), VIEWS)
def test_front_page(browser: Browser, report_folder: Path, place: str, scheme: str) -> None:
    with opened(browser, report_folder / "index.html", WIDTHS[place], scheme) as page:
        faults = page.evaluate(MEASURE)
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[place]
        assert page.locator(".index li").count() == len(all_charts())
    assert not faults, "\n".join(faults)


def test_search_finds_by_all_words(browser: Browser, report_folder: Path) -> None:
    chart = all_charts()[0]
    with opened(browser, report_folder / "index.html", 1440) as page:
        page.fill("#search", f"{chart.title.upper()} nonsense")
        assert page.locator(".index li:visible").count() == 0
        page.fill("#search", chart.title.upper())
        assert page.locator(".index li:visible").count() >= 1
        assert "of" in page.inner_text("#found")


def test_keyboard_reaches_everything(browser: Browser, report_folder: Path) -> None:
    """The skip link first, then the pages; a figure, its data and its CSV can be reached."""
    path = report_folder / WITH_CHARTS[0] / "index.html"
    with opened(browser, path, 1440) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.add(
                page.evaluate(
                    "document.activeElement.tagName + '.' + document.activeElement.className"
                )
            )
        assert {"SUMMARY.", "DIV.figure js-plotly-plot"} <= reached, reached
        page.focus("details summary")
        page.keyboard.press("Enter")
        assert page.locator("details table").first.is_visible()


def test_theme_stays_when_it_is_chosen(browser: Browser, report_folder: Path) -> None:
    path = report_folder / WITH_CHARTS[0] / "index.html"
    with opened(browser, path, 1440) as page:
        page.click("#theme")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.get_attribute("#theme", "aria-pressed") == "true"
        assert (
            page.evaluate(
                "getComputedStyle(document.querySelector('.figure .main-svg')).backgroundColor"
            )
            == "rgb(17, 24, 39)"
        )


def test_csv_and_pictures_can_be_saved(browser: Browser, report_folder: Path) -> None:
    chart = all_charts()[0]
    path = report_folder / chart.category / f"{chart.id}.html"
    with opened(browser, path, 1440, accept_downloads=True) as page:
        with page.expect_download() as saved:
            page.click("text=Download CSV")
        assert saved.value.suggested_filename == f"{chart.id}.csv"
        assert saved.value.path().read_text(encoding="utf-8-sig").count("\n") > 1
        for kind in ("PNG", "SVG"):
            with page.expect_download() as saved:
                page.evaluate(
                    "kind => document.querySelector(`[data-title='Save as ${kind}']`).click()", kind
                )
            assert saved.value.suggested_filename == f"{chart.id}.{kind.lower()}"


def test_no_button_sends_data_away(browser: Browser, report_folder: Path) -> None:
    """Plotly's share-to-cloud button, which is on unless it is put off."""
    for category in WITH_CHARTS:
        with opened(browser, report_folder / category / "index.html", 1440) as page:
            titles = page.eval_on_selector_all(
                "button, a, [data-title]",
                "all => all.map(each => (each.dataset.title || '') + ' ' + each.textContent)",
            )
        assert not [title for title in titles if "share" in title.lower()]


def test_paper_is_white(browser: Browser, report_folder: Path) -> None:
    path = report_folder / WITH_CHARTS[0] / "index.html"
    with opened(browser, path, 1440, "dark") as page:
        pdf = page.pdf()
        assert pdf.startswith(b"%PDF")
