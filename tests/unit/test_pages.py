"""What a page of the report and its CSV may do in a browser and in a spreadsheet."""

from __future__ import annotations

import base64
import hashlib
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from bullion.report.policy import with_policy
from bullion.report.texts import csv_cell

PAGE = '<html><head lang="x"><script>a();</script></head><script src="b.js"></script></html>'


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "+cmd",
        "-cmd|x",
        "@SUM(A1)",
        "|x",
        "\tx",
        "\rx",
        "\nx",
        " =1+1",
        "\u00a0=1+1",
        "\ufeff=1+1",
        "\uff1d1+1",
        "\uff0bx",
        "\uff0dx",
        "\uff20x",
        "\u2212x",
        "-1+1",
        "+1=2",
        "--1",
        "-1|x",
    ],
)
def test_text_is_no_formula(text: str) -> None:
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-5, "-5"),
        (-5.25, "-5.25"),
        (Decimal("-0.10"), "-0.10"),
        ("-5.25", "-5.25"),
        ("+1e-3", "+1e-3"),
        (float("nan"), ""),
        (None, ""),
        (pd.NaT, ""),
        (True, "True"),
        (pd.Timestamp("2024-01-02"), "2024-01-02"),
        ("a=b", "a=b"),
        ("", ""),
        ("'x", "'x"),
    ],
)
def test_other_values_stay(value: Any, text: str) -> None:
    assert csv_cell(value) == text


def test_policy_allows_the_pages_own_scripts_alone() -> None:
    page = with_policy(PAGE)
    digest = base64.b64encode(hashlib.sha256(b"a();").digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in page
    assert "default-src 'none'" in page
    assert "connect-src" not in page
    assert "unsafe-eval" not in page
    assert page.index("Content-Security-Policy") < page.index("<script")
    assert with_policy(page) == page


def test_policy_hashes_what_a_browser_reads() -> None:
    assert with_policy(PAGE.replace("a();", "a();\r\n")) == with_policy(
        PAGE.replace("a();", "a();\n")
    )


def test_page_without_a_head_is_refused() -> None:
    with pytest.raises(ValueError, match="without a head"):
        with_policy("<p>")
