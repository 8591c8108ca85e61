"""``bullion report``: what it writes, renews and refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bullion.charts.registry import all_charts
from bullion.errors import BullionError
from bullion.report.write import write_report
from tests.conftest import Database
from tests.support.bank_warehouse import BankWarehouse
from tools.derived.notebooks import FOLDER


def test_a_page_a_chart_a_page_a_category_and_a_front_page(report_folder: Path) -> None:
    for chart in all_charts():
        assert (report_folder / chart.category / f"{chart.id}.html").exists()
    front = (report_folder / "index.html").read_text(encoding="utf-8")
    for target in re.findall(r'href="([^"#]+?)"', front):
        if not target.startswith("data:"):
            assert (report_folder / target).exists(), target
    assert "://" not in re.sub(r"https?://[^\s\"']*(w3\.org|plotly)[^\s\"']*", "", front)


def test_plotly_is_there_once_and_the_rest_is_small(report_folder: Path) -> None:
    scripts = list(report_folder.rglob("plotly*.js"))
    assert len(scripts) == 1
    others = sum(file.stat().st_size for file in report_folder.rglob("*.html"))
    assert others < 400_000 * len(all_charts())


def test_one_category_is_renewed(bank_warehouse: BankWarehouse, report_folder: Path) -> None:
    chart = all_charts()[0]
    page = report_folder / chart.category / f"{chart.id}.html"
    before = page.read_text(encoding="utf-8")
    page.write_text("old", encoding="utf-8")
    with bank_warehouse.connect(autocommit=True) as connection:
        write_report(connection, report_folder, [chart.category])
    assert page.read_text(encoding="utf-8") == before
    assert not list(report_folder.parent.glob(".*"))


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
