"""Stills of the charts, for pages that have not drawn them: one run of a browser, which is asked
for once and may be missing."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bullion.errors import BullionError
from bullion.report.policy import with_policy
from bullion.report.texts import script_json

# About a card of the page.
WIDTH = 640
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MOST_SECONDS = 120
_FOUND = re.compile(r'<pre id="stills">(.*?)</pre>', re.DOTALL)
# What a picture does not need: digits of a hundredth of a pixel, names for scripts, what is so
# anyway, groups of nothing.
_LONG = re.compile(r"(\.\d)\d+")
_NAMES = re.compile(r' (?:class|data-[a-z-]+|pointer-events)="[^"]*"')
_USUAL = re.compile(
    r"(?:font-family: (?:[^;\"&]|&quot;)*|(?:fill-|stroke-)?opacity: 1|white-space: pre"
    r"|pointer-events: \w+|stroke-miterlimit: 2|(?:font-style|font-variant|line-height): normal"
    r"|font-weight: (?:normal|400)|text-(?:transform|shadow|decoration-line): none)(?:; ?|(?=\"))"
)
_RGB = re.compile(r"rgb\((\d+), (\d+), (\d+)\)")
_TAG = re.compile(r"<[^>]*>")
_NOTHING = re.compile(r' style=""|<g(?: transform="[^"]*")?(?: style="[^"]*")?/>|<g></g>')
_PAGE = """<!doctype html><html><head><meta charset="utf-8">
<link rel="stylesheet" href="assets/fonts.css"><script src="assets/theme.js"></script></head>
<body style="font-family: Inter"><b>.</b>
<script src="assets/plotly.min.js"></script><script src="assets/plot.js"></script>
{scripts}
<script>
const heights = {heights};
const found = {{}};
async function still(id) {{
  const figure = bullion.charts[id].figure;
  const size = {{ width: {width}, height: heights[id] }};
  const shared = {{ autosize: false, template: bullion.templates.light }};
  const layout = Object.assign({{}}, figure.layout, size, shared);
  // Given the figure, it draws it once; given a place, a second time.
  const drawn = {{ data: figure.data, layout: layout, config: {{ staticPlot: true }} }};
  const wanted = Object.assign({{ format: "svg", imageDataOnly: true }}, size);
  found[id] = await Plotly.toImage(drawn, wanted);
}}
(async function () {{
  for (const id of Object.keys(heights)) {{
    try {{ await still(id); }} catch (error) {{ /* It has none; its page draws it. */ }}
  }}
  const made = document.createElement("pre");
  made.id = "stills";
  made.textContent = JSON.stringify(found);
  document.body.replaceChildren(made);
}})();
</script></body></html>
"""


def find_browser() -> str | None:
    """A Chromium or Chrome of this machine."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def write_stills(folder: Path, heights: Mapping[str, int]) -> int:
    """Draw charts of a report whose files are written; returns how many have got a still.

    Args:
        folder: the report; its ``charts`` get ``<id>.svg``.
        heights: of each chart's picture, in pixels, by its id.

    Raises BullionError when there is no browser, or it gives nothing.
    """
    browser = find_browser()
    if browser is None:
        raise BullionError("Stills need Chromium or Chrome (Debian: apt-get install chromium).")
    page = folder / "stills.html"
    scripts = "".join(f'<script src="charts/{name}.js"></script>\n' for name in heights)
    text = _PAGE.format(scripts=scripts, heights=script_json(dict(heights)), width=WIDTH)
    page.write_text(with_policy(text), encoding="utf-8")
    try:
        said = _run(browser, page)
    finally:
        page.unlink()
    found = _FOUND.search(said)
    if found is None:
        raise BullionError("The browser drew no stills; --no-stills goes without them.")
    drawn = json.loads(html.unescape(found[1]))
    for name, picture in drawn.items():
        path = folder / "charts" / f"{name}.svg"
        path.write_text(slim(picture), encoding="utf-8")
    return len(drawn)


def slim(picture: str) -> str:
    """A drawing of plotly's, in half as many bytes; what is written in it stays."""
    picture = _TAG.sub(lambda tag: _slim_tag(tag[0]), picture)
    before = ""
    while picture != before:
        before, picture = picture, _NOTHING.sub("", picture)
    return picture.replace("<svg ", '<svg font-family="Inter, sans-serif" ', 1)


def _slim_tag(tag: str) -> str:
    tag = _USUAL.sub("", _NAMES.sub("", _LONG.sub(r"\1", tag)))
    tag = _RGB.sub(lambda rgb: "#" + "".join(f"{int(part):02x}" for part in rgb.groups()), tag)
    return tag.replace("; ", ";").replace(": ", ":").replace(';"', '"')


def _run(browser: str, page: Path) -> str:
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser,
            *("--headless=new", "--disable-gpu", "--hide-scrollbars", "--dump-dom"),
            *("--no-first-run", "--disable-extensions", "--disable-background-networking"),
            *("--disable-sync", "--disable-component-update", "--virtual-time-budget=600000"),
            *(f"--user-data-dir={profile}", f"--window-size={WIDTH + 60},900"),
            # Its sandbox is not for root, who alone runs a container.
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            page.as_uri(),
        ]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=_MOST_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BullionError(f"{browser} did not draw the stills: {error}") from error
    return done.stdout
