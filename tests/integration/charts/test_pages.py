"""The report in a browser: what a person sees and does at a desk and on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from plotly.offline import get_plotlyjs_version

from bullion.charts.registry import CATEGORIES, all_charts
from bullion.report.plotly_js import PART_TYPES
from tests.support.pages import draw_all, faults_of, opened, pale_texts, unusable

# Colours do not depend on the width, nor places on the scheme: dark on a phone repeats both.
VIEWS = [
    ("desk", "light"),
    ("phone", "light"),
    ("desk", "dark"),
    pytest.param("phone", "dark", marks=pytest.mark.slow),
]
WITH_CHARTS = [name for name in CATEGORIES if any(c.category == name for c in all_charts())]
FIRST = all_charts()[0]


def chart_page(folder: Path, shown: bool = True) -> Path:
    """The page of a chart with a figure of its own."""
    charts = [c for c in all_charts() if (folder / c.category / f"{c.id}.html").exists()]
    pages = [folder / each.category / f"{each.id}.html" for each in charts]
    return next(p for p in pages if 'class="figure"' in p.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("place", "scheme"), VIEWS)
@pytest.mark.parametrize("category", WITH_CHARTS)
def test_every_chart_is_whole(
    browser: Browser, report_folder: Path, category: str, place: str, scheme: str
) -> None:
    """Marks are there; texts are inside their frame, apart from each other, and can be read; no
    button leads out of the machine; at a desk in light, everyone can use it."""
    with opened(browser, report_folder / category / "index.html", place, scheme) as page:
        faults = faults_of(page)
        assert not page.locator(".modebar-btn").count()
        buttons = page.locator("button, a, [role=button]").all_text_contents()
        assert not [said for said in buttons if said.strip().startswith("Share")]
        if (place, scheme) == ("desk", "light"):
            faults += unusable(page)
        faults += pale_texts(page)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("place", "scheme"), VIEWS)
def test_front_page(browser: Browser, report_folder: Path, place: str, scheme: str) -> None:
    with opened(browser, report_folder / "index.html", place, scheme) as page:
        assert page.locator(".index [data-chart]").count() == len(all_charts())
        assert page.locator(".headlines li").count() >= 4
        assert 1 <= page.locator(".findings li").count() <= 10
        faults = faults_of(page)
        if scheme == "light":
            faults += unusable(page)
        faults += pale_texts(page)
    assert not faults, "\n".join(faults)


def test_a_chart_has_a_page_with_neighbours(browser: Browser, report_folder: Path) -> None:
    for place in ("desk", "phone"):
        with opened(browser, chart_page(report_folder), place) as page:
            faults = [*faults_of(page), *unusable(page)]
            assert page.locator("a[rel=next]").count() == 1
            assert not faults, "\n".join(faults)
    with opened(browser, chart_page(report_folder)) as page:
        page.goto(f"{page.url}?embed=1")
        draw_all(page)
        assert not page.locator("header.top, #pages, footer").filter(visible=True).count()
        assert page.locator(".card").is_visible()


def test_what_is_out_of_sight_is_not_drawn(browser: Browser, report_folder: Path) -> None:
    """What a phone with a slow processor does at first: the front page loads no plotly at all."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto((report_folder / WITH_CHARTS[0] / "index.html").as_uri())
    page.locator(".figure").first.scroll_into_view_if_needed()
    page.locator(".figure .main-svg").first.wait_for(timeout=60_000)
    total = page.locator(".figure").count()
    assert page.locator(".figure:has(.main-svg)").count() < total / 2
    page.locator(".figure").last.scroll_into_view_if_needed()
    page.locator(".figure").last.locator(".main-svg").first.wait_for(timeout=60_000)
    page.goto((report_folder / "index.html").as_uri())
    assert not page.evaluate("'Plotly' in window")
    context.close()


def test_plotly_is_the_part_that_the_charts_need(browser: Browser, report_folder: Path) -> None:
    """It draws what it is said to draw, and is of the version that made the figures."""
    with opened(browser, chart_page(report_folder)) as page:
        has = page.evaluate("Object.keys(Plotly.PlotSchema.get().traces).sort()")
        assert has == sorted(PART_TYPES)
        assert page.evaluate("Plotly.version") == get_plotlyjs_version()


def test_search(browser: Browser, report_folder: Path) -> None:
    """All words; columns and other names too; the slip of a letter; its state in the address."""
    index = report_folder / "index.html"
    found = ".index [data-chart]:visible"
    with opened(browser, index) as page:
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "search"
        page.keyboard.type(f"{FIRST.title.upper()} nonsense")
        assert page.locator(found).count() == 0
        assert "No chart" in page.inner_text("#found")
        page.fill("#search", FIRST.title.upper())
        assert page.locator(found).count() >= 1
        page.fill("#search", "attrition")
        assert page.locator(found).count() >= 2
        page.fill("#search", "deposit_balance_amount")
        assert page.locator(found).count() >= 1
        page.fill("#search", "custmer")
        page.click("#found button")
        assert page.locator(found).count() >= 2
        page.fill("#search", "churn")
        page.click(".chips [data-category=inferential]")
        assert page.evaluate("location.hash") == "#q=churn&part=inferential"
        several = page.locator(found).count()
        address = page.url
    with opened(browser, index) as page:
        page.goto(address)
        page.reload()
        assert page.input_value("#search") == "churn"
        assert page.locator(found).count() == several


def test_keyboard_reaches_everything(browser: Browser, report_folder: Path) -> None:
    """The skip link first; then the data of a chart, which are made when they are asked for."""
    with opened(browser, chart_page(report_folder)) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        reached = []
        for _ in range(12):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.textContent.trim()"))
        assert {"Show the data", "CSV", "PNG", "SVG", "Copy link"} <= set(reached), reached
        page.focus("details.data summary")
        page.keyboard.press("Enter")
        page.wait_for_selector("details.data td")
        assert page.locator("details.data th[title]").count() > 1


def test_menu_on_a_phone(browser: Browser, report_folder: Path) -> None:
    with opened(browser, report_folder / "index.html", "phone") as page:
        assert not page.is_visible("#pages")
        page.tap("#menu")
        assert page.get_attribute("#menu", "aria-expanded") == "true"
        page.tap("#pages a >> text=Inferential")
        page.wait_for_url("**/inferential/index.html")
        assert page.evaluate("document.querySelector('header').offsetHeight") < 70


def _axes(page: Page) -> list[list[float]]:
    found: list[list[float]] = page.evaluate(
        "[...document.querySelectorAll('.figure')].flatMap(each => Object.entries(each._fullLayout)"
        ".filter(([key]) => /^[xy]axis/.test(key)).map(([, axis]) => [...axis.range].map(String)))"
    )
    return found


def test_a_swipe_over_a_chart_scrolls_the_page(browser: Browser, report_folder: Path) -> None:
    """And leaves its axes where they are."""
    with opened(browser, report_folder / WITH_CHARTS[0] / "index.html", "phone") as page:
        page.add_style_tag(content="html { scroll-behavior: auto !important; }")
        finger = page.context.new_cdp_session(page)
        for number in range(0, page.locator(".figure").count(), 3):
            figure = page.locator(".figure").nth(number)
            figure.evaluate("each => scrollTo(0, each.getBoundingClientRect().top + scrollY - 200)")
            before, axes = page.evaluate("scrollY"), _axes(page)
            for step in range(12):
                kind = "touchStart" if step == 0 else "touchMove"
                points = [{"x": 195, "y": 300 - 15 * step}]
                finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            page.wait_for_timeout(200)
            assert page.evaluate("scrollY") > before + 50, number
            assert _axes(page) == axes, number


def test_theme_stays_when_it_is_chosen(browser: Browser, report_folder: Path) -> None:
    with opened(browser, report_folder / WITH_CHARTS[0] / "index.html") as page:
        page.evaluate("delete document.documentElement.dataset.drawn")
        page.click("#theme")
        draw_all(page)
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.get_attribute("#theme", "aria-pressed") == "true"
        grounds = page.eval_on_selector_all(
            ".figure .main-svg:first-of-type",
            "all => [...new Set(all.map(each => getComputedStyle(each).backgroundColor))]",
        )
        assert grounds == ["rgb(17, 24, 39)"]


def test_csv_and_pictures_can_be_saved(browser: Browser, report_folder: Path) -> None:
    path = chart_page(report_folder)
    with opened(browser, path, accept_downloads=True) as page:
        with page.expect_download() as saved:
            page.click("text=CSV")
        assert saved.value.suggested_filename == f"{path.stem}.csv"
        assert saved.value.path().read_text(encoding="utf-8-sig").count("\n") > 1
        for kind in ("png", "svg"):
            with page.expect_download() as saved:
                page.click(f"[data-save={kind}]")
            assert saved.value.suggested_filename == f"{path.stem}.{kind}"
        drawing = saved.value.path().read_text(encoding="utf-8")
        for word in ("Source", "Synthetic bank", "as of"):
            assert word in drawing


def test_without_javascript(browser: Browser, report_folder: Path) -> None:
    """A still, the finding, how to read it and the data; nothing that does nothing."""
    path = chart_page(report_folder)
    with opened(browser, path, java_script_enabled=False) as page:
        assert page.locator("h1").is_visible()
        assert page.locator(".reading").is_visible()
        assert page.locator("a[download]").is_visible()
        assert not page.locator(".needs-script").filter(visible=True).count()
        assert page.locator(".still").count() or "needs JavaScript" in page.inner_text("main")
    with opened(browser, report_folder / "index.html", java_script_enabled=False) as page:
        assert page.locator("#pages").is_visible()
        assert not page.locator("#search").is_visible()
