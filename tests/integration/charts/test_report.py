"""``bullion report``: what it writes, renews, shows of what fails, and refuses."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bullion.charts import data
from bullion.charts.registry import Chart, all_charts
from bullion.errors import BullionError
from bullion.report import drawing, write
from bullion.report.log import keep_traces
from bullion.report.write import Options, write_report
from tests.conftest import Database
from tests.support.bank_warehouse import BankWarehouse
from tools.derived.notebooks import FOLDER


def test_a_page_a_chart_a_page_a_category_and_a_front_page(report_folder: Path) -> None:
    for chart in all_charts():
        assert (report_folder / chart.category / f"{chart.id}.html").exists()
    for page in report_folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r'(?:href|src)="([^"#?]+)[^"]*"', text):
            if not target.startswith("data:"):
                assert (page.parent / target).exists(), f"{page}: {target}"
        assert not re.search("https?://", text)


def test_plotly_is_there_once_and_the_rest_is_small(report_folder: Path) -> None:
    """Rows stand once, in the charts' own files; pages hold none."""
    scripts = list(report_folder.rglob("plotly*.js"))
    assert len(scripts) == 1
    files = [path for path in report_folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5_000_000
    pages = sum(path.stat().st_size for path in files if path.suffix == ".html")
    assert pages < 30_000 * len(all_charts())


def test_the_front_page_says_whose_data_they_are(report_folder: Path) -> None:
    front = (report_folder / "index.html").read_text(encoding="utf-8")
    assert "Synthetic bank" in front
    assert re.search(r"As of \d{4}-\d\d-\d\d", front)
    assert "made by bullion generate: 1,500 customers, seed 42" in front


def test_one_category_is_renewed(bank_warehouse: BankWarehouse, report_folder: Path) -> None:
    """Its pages and its charts' files; the other's stay, and what was said of them."""
    chart = all_charts()[0]
    page = report_folder / chart.category / f"{chart.id}.html"
    texts = {
        path.relative_to(report_folder): path.read_bytes()
        for path in report_folder.rglob("*")
        if path.suffix in {".html", ".js", ".csv", ".css"}
    }
    page.write_text("old", encoding="utf-8")
    options = Options(has_stills=True, home=bank_warehouse.folder.parent)
    with bank_warehouse.connect(autocommit=True) as connection:
        write_report(connection, report_folder, [chart.category], options)
    for path, before in texts.items():
        assert (report_folder / path).read_bytes() == before, path
    assert not list(report_folder.parent.glob(".*"))


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> list[Chart]:
    """All charts of one category; the first one fails."""
    charts = [each for each in all_charts() if each.category == "inferential"]

    def fails(_: pd.DataFrame) -> Any:
        raise ValueError("row of Ann Smith")

    charts[0] = replace(charts[0], function=fails)
    monkeypatch.setattr(write, "choose_charts", lambda _: charts)
    return charts


def test_a_chart_that_fails_fails_alone(
    bank_warehouse: BankWarehouse, tmp_path: Path, broken: list[Chart]
) -> None:
    with bank_warehouse.connect(autocommit=True) as connection:
        written = write_report(connection, tmp_path / "outputs")
    assert [each.chart.id for each in written.failed] == [broken[0].id]
    assert len(written.figures) == len(broken) - 1
    for name in ("inferential/index.html", f"inferential/{broken[0].id}.html"):
        text = (written.folder / name).read_text(encoding="utf-8")
        assert "Could not be drawn: ValueError" in text
        assert "Ann Smith" not in text
    log = keep_traces(tmp_path, written.failed).read_text(encoding="utf-8")
    assert f"chart {broken[0].id}: ValueError" in log
    assert "in fails" in log
    assert "Ann Smith" not in log.splitlines()[0]


def test_what_has_no_rows_is_a_list_and_no_box(
    bank_warehouse: BankWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = all_charts()[-1]

    def rows_of(connection: Any, chart: Chart) -> pd.DataFrame:
        rows = data.rows_of(connection, chart)
        return rows.head(0) if chart.id == without.id else rows

    monkeypatch.setattr(drawing, "rows_of", rows_of)
    with bank_warehouse.connect(autocommit=True) as connection:
        written = write_report(connection, tmp_path / "outputs", [without.category])
    text = (written.folder / without.category / "index.html").read_text(encoding="utf-8")
    assert f'<article class="card" id="{without.id}"' not in text
    grid, _, after = text.partition('class="missing"')
    assert f'data-chart="{without.id}"' not in grid
    assert without.title in after
    assert "needs" in after.lower()


def test_unknown_category(bank_warehouse: BankWarehouse, tmp_path: Path) -> None:
    with (
        bank_warehouse.connect(autocommit=True) as connection,
        pytest.raises(BullionError, match="no category 'x'; there are descriptive"),
    ):
        write_report(connection, tmp_path / "outputs", ["x"])


def test_a_folder_of_other_things_is_left_alone(
    bank_warehouse: BankWarehouse, tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with (
        bank_warehouse.connect(autocommit=True) as connection,
        pytest.raises(BullionError, match="something else than a report"),
    ):
        write_report(connection, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_nothing_built(database: Database, tmp_path: Path) -> None:
    with (
        database.connect(autocommit=True) as connection,
        pytest.raises(BullionError, match="is not built: run 'bullion build'"),
    ):
        write_report(connection, tmp_path / "outputs")
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_run(bank_warehouse: BankWarehouse, path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bank_warehouse.warehouse.environ.items():
            patch.setenv(name, value)
        NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    drawn = [cell for cell in notebook.cells if cell.get("id", "").endswith("-draw")]
    assert all(cell.outputs for cell in drawn)
