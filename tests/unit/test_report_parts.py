"""Parts of the report's pages: scripts, sparklines, what leads the front page, the dictionary."""

from __future__ import annotations

import json

import plotly.offline as plotly_offline
import pytest

from bullion.report.dictionary import slim
from bullion.report.entries import Entry
from bullion.report.findings import MOST, MOST_OF_A_SUBJECT, by_subject, strongest
from bullion.report.plotly_js import PART_TYPES, plotly_js
from bullion.report.plotly_js import banner as plotly_banner
from bullion.report.sparkline import sparkline
from bullion.report.stills import slim as slim_still
from bullion.report.texts import file_json, script_json


@pytest.mark.parametrize(
    "text", ["</script>", "<!--<script>", "a\u2028b\u2029c", "]]>", 'quote " \\ backslash']
)
def test_json_in_a_script_is_the_same_and_no_markup(text: str) -> None:
    for make, marks in ((script_json, "<>\u2028\u2029"), (file_json, "\u2028\u2029")):
        made = make({text: [text]})
        assert not set(marks) & set(made)
        assert json.loads(made) == {text: [text]}


def test_sparkline() -> None:
    assert sparkline([]) == ""
    assert sparkline([1.0]) == ""
    drawn = str(sparkline([1.0, 3.0, 2.0]))
    assert drawn.count(",") == 3
    assert "nan" not in str(sparkline([5.0, 5.0]))


def _entry(number: int, subject: str, weight: int = 5, **values: object) -> Entry:
    plain = {
        "id": f"c{number}",
        "category": "descriptive",
        "title": "",
        "question": "",
        "finding": "",
        "model": "",
        "subject": subject,
        "weight": weight,
        "strength": "strong",
        "missing": "",
        "error": "",
        "words": "",
        "explains": [],
        "truths": [],
        "cards": {},
    }
    return Entry(**{**plain, **values})  # type: ignore[arg-type]


def test_the_front_page_leads_with_weight_and_several_subjects() -> None:
    entries = [_entry(n, "fraud", 9) for n in range(5)]
    entries += [_entry(n, "lending", 3) for n in range(5, 8)]
    entries += [
        _entry(8, "digital", 10, strength="plain"),
        _entry(9, "digital", 10, missing="needs sessions"),
        _entry(10, "digital", 10, cards={"x": {}}),
    ]
    found = strongest(entries)
    assert [each.subject for each in found[: 2 * MOST_OF_A_SUBJECT]] == [
        *["fraud"] * MOST_OF_A_SUBJECT,
        *["lending"] * MOST_OF_A_SUBJECT,
    ]
    assert len(found) == 8 <= MOST
    assert [subject for subject, _ in by_subject(entries)] == ["lending", "fraud", "digital"]


def test_the_dictionary_loses_what_it_never_shows() -> None:
    manifest = {
        "metadata": {"project_name": "bullion"},
        "nodes": {
            "model.bullion.a": {
                "resource_type": "model",
                "raw_code": "select 1 -- </script>",
                "compiled_code": "select 1",
                "config": {"materialized": "table", "on_error": "stop"},
                "columns": {"x": {"name": "x", "description": "An x.", "meta": {}, "quote": None}},
            }
        },
        "sources": {},
        "macros": {"m": {"package_name": "dbt", "macro_sql": "long"}},
        "child_map": {"a": ["b"]},
    }
    catalog = {
        "nodes": {"a": {"metadata": {"comment": "c"}, "columns": {"x": {"comment": "An x."}}}},
        "sources": {},
    }
    page = f"<script>n={{manifest:{json.dumps(manifest)},catalog:{json.dumps(catalog)}}};</script>"
    smaller = slim(page)
    assert len(smaller) < len(page)
    for kept in ("An x.", "select 1 -- ", "materialized"):
        assert smaller.count(kept) == 1
    for gone in ("compiled_code", "long", "on_error"):
        assert gone not in smaller
    assert smaller.count("</script>") == 1
    assert slim("<p>another page") == "<p>another page"


def test_a_still_loses_no_word() -> None:
    texts = ("AUC 0.928", "Recovered: 21.2k (33 %); rest", "opacity: 1; rgb(1, 2, 3)")
    lines = "".join(
        f'<text class="a" x="1.2345" style="fill: rgb(1, 2, 3); opacity: 1; white-space: pre;">'
        f"{text}</text>"
        for text in texts
    )
    picture = f'<svg class="main-svg" width="9"><g class="x"><g/></g>{lines}</svg>'
    smaller = slim_still(picture)
    assert len(smaller) < 0.75 * len(picture)
    for text in texts:
        assert f'<text x="1.2" style="fill:#010203">{text}</text>' in smaller
    assert "<g" not in smaller


def test_the_part_of_plotly_stands_for_its_own_traces_and_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = plotly_offline.get_plotlyjs()
    part = plotly_js(PART_TYPES)
    assert part.startswith(plotly_banner(plotly_offline.get_plotlyjs_version()))
    assert len(part) < len(whole) / 2
    assert plotly_js(["bar", "scatter3d"]) == whole
    monkeypatch.setattr(plotly_offline, "get_plotlyjs_version", lambda: "3.0.0")
    assert plotly_js(["bar"]) == whole
