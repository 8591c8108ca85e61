"""Pages of the report in a browser whose network is blocked, and what is wrong with them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Dialog, Page, Route

WIDTHS = {"desk": 1440, "phone": 390}
_SCRIPTS = Path(__file__).parents[1] / "integration" / "charts"
_MEASURE = (_SCRIPTS / "measure.js").read_text(encoding="utf-8")
_TEXTS = (_SCRIPTS / "texts.js").read_text(encoding="utf-8")
_CONTRAST = (_SCRIPTS / "contrast.js").read_text(encoding="utf-8")
_NO_LETTERS = """
*, *::before, *::after {
  color: transparent !important; text-decoration-color: transparent !important;
}
svg text { fill: transparent !important; stroke: transparent !important; }
"""


@contextmanager
def opened(
    browser: Browser, path: Path, place: str = "desk", scheme: Any = "light", **options: Any
) -> Iterator[Page]:
    """The page with all its figures drawn; a phone has touch. Fails on a console error or a
    request that leaves the file system."""
    is_phone = place == "phone"
    options.setdefault("viewport", {"width": WIDTHS[place], "height": 844 if is_phone else 900})
    context = browser.new_context(
        color_scheme=scheme, has_touch=is_phone, is_mobile=is_phone, **options
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

    def refused(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.route("**/*", only_files)
    page.on(
        "console", lambda message: said.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", refused)
    page.goto(path.as_uri())
    if options.get("java_script_enabled", True) and page.query_selector(".figure"):
        draw_all(page)
    yield page
    context.close()
    assert not said, said
    assert not left, left


def draw_all(page: Page) -> None:
    """Draw what is out of sight too, and wait for it."""
    page.evaluate("bullion.drawAll()")
    count = page.locator(".figure").count()
    page.wait_for_selector(f"html[data-drawn='{count}']", state="attached", timeout=60_000)
    # Fonts and automatic margins settle in the next frames.
    page.wait_for_timeout(300)


def faults_of(page: Page) -> list[str]:
    """What is cut, covered, empty or too small, in sentences."""
    found: list[str] = page.evaluate(_MEASURE)
    width, shown = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [*found, *(["the page is wider than its window"] if width > shown else [])]


def pale_texts(page: Page) -> list[str]:
    """Texts whose contrast with the pixels behind them is too low. Their letters are gone then."""
    texts = page.evaluate(_TEXTS)
    page.add_style_tag(content=_NO_LETTERS)
    shot = base64.b64encode(page.screenshot(full_page=True)).decode("ascii")
    judge = page.context.new_page()
    found: list[str] = judge.evaluate(_CONTRAST, [texts, f"data:image/png;base64,{shot}"])
    judge.close()
    return found


def unusable(page: Page) -> list[str]:
    """What axe-core finds: each rule that is broken, where."""
    # It would read style sheets anew over the network, which the page's policy forbids.
    violations = Axe().run(page, options={"preload": False}).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:120]}"
        for each in violations
        for node in each["nodes"][:3]
    ]
