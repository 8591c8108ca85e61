"""A bank whose names are written against the report: each stays text wherever it comes to stand."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from playwright.sync_api import Browser

from bullion.charts.registry import Chart, all_charts
from bullion.report import drawing
from bullion.report.write import Options, Written, write_report
from tests.support.bank_warehouse import BankWarehouse
from tests.support.pages import faults_of, opened

Frames = dict[str, pd.DataFrame]
SLIP = "document.documentElement.dataset.taken = 1"
NAMES = (
    f"</script><script>{SLIP}</script>",
    f"<!--<script>{SLIP}//",
    f'<img src=x onerror="{SLIP}">',
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "A" * 200,
    "حساب التوفير \u202e المحلي",
    "line\u2028separated\u2029name",
    "{{ 7 * 7 }} %{y} <b>bold</b>",
    'quote " and \\u003c/script>',
)
# Names that people outside give: of products, merchants' kinds, branches.
GIVEN = re.compile(r"(product_name|product|category|merchant_category|state_name|campaign_name)$")


@pytest.fixture(scope="module")
def hostile(
    bank_warehouse: BankWarehouse, frames: Frames, tmp_path_factory: pytest.TempPathFactory
) -> Written:
    """The report of such a bank."""
    folder = tmp_path_factory.mktemp("hostile") / "outputs"

    def rows_of(_: object, chart: Chart) -> pd.DataFrame:
        data = frames[chart.id].copy()
        for column in data.columns:
            if GIVEN.search(str(column)) and not pd.api.types.is_numeric_dtype(data[column]):
                known = list(data[column].dropna().unique())
                data[column] = (
                    data[column].map(dict(zip(known, NAMES, strict=False))).fillna(data[column])
                )
        return data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "rows_of", rows_of)
        with bank_warehouse.connect(autocommit=True) as connection:
            return write_report(
                connection, folder, options=Options(bank=f"Bank </title>{NAMES[0]}")
            )


def test_no_name_is_more_than_text(browser: Browser, hostile: Written) -> None:
    assert not hostile.failed
    met = 0
    for page_path in [*sorted(hostile.folder.glob("*/index.html")), hostile.front_page]:
        with opened(browser, page_path) as page:
            for details in page.locator("details.data").all():
                details.locator("summary").click()
            page.wait_for_timeout(200)
            assert not page.evaluate("'taken' in document.documentElement.dataset")
            assert not page.locator("img[src=x], .figure svg [onerror]").count()
            assert "<title>" not in page.inner_text("body")
            assert page.locator("footer").count() == 1
            met += page.inner_text("body").count("</script>")
    assert met


def test_long_names_break_no_page(browser: Browser, hostile: Written) -> None:
    for category in {each.category for each in all_charts()}:
        with opened(browser, hostile.folder / category / "index.html", "phone") as page:
            wide = [each for each in faults_of(page) if "wider than" in each]
        assert not wide


def test_a_spreadsheet_meets_no_formula(hostile: Written) -> None:
    cells = 0
    for path in (hostile.folder / "charts").glob("*.csv"):
        data = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        for column in data.select_dtypes("object" if pd.__version__ < "3" else "str").columns:
            for value in data[column]:
                is_number = re.fullmatch(r"[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?%?", value)
                assert is_number or not value.strip().startswith(("=", "+", "-", "@", "|")), value
                cells += value.startswith("'=")
    assert cells


def test_pages_hold_no_script_but_their_own(hostile: Written) -> None:
    """A script in a page is one that the page's template names; files hold no line separators."""
    for page in hostile.folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        scripts = re.findall(r"<script([^>]*)>(.*?)</script", text, re.DOTALL)
        assert all("src=" in attributes and not inner for attributes, inner in scripts), page.name
    for path in (hostile.folder / "charts").glob("*.js"):
        assert not set("\u2028\u2029") & set(path.read_text(encoding="utf-8")), path.name
