"""The rows of every chart, a report of the shared warehouse, and a browser to look at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from bullion.charts.data import rows_of
from bullion.charts.registry import all_charts
from bullion.report.write import Options, write_report
from tests.support.bank_warehouse import BankWarehouse

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="session")
def frames(bank_warehouse: BankWarehouse) -> dict[str, pd.DataFrame]:
    """The rows of each chart by its id."""
    with bank_warehouse.connect(autocommit=True) as connection:
        return {chart.id: rows_of(connection, chart) for chart in all_charts()}


@pytest.fixture(scope="session")
def report_folder(bank_warehouse: BankWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written report of all charts (without the data dictionary)."""
    folder = tmp_path_factory.mktemp("report") / "outputs"
    options = Options(has_stills=True, home=bank_warehouse.folder.parent)
    with bank_warehouse.connect(autocommit=True) as connection:
        write_report(connection, folder, options=options)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium or Chrome; without one these tests skip and say so."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium or Chrome on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error as error:
            pytest.skip(f"{path} does not start: {error.message.splitlines()[0]}")
        yield started
        started.close()
