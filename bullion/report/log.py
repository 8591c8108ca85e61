"""Where what went wrong with a chart is told at length."""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Sequence
from pathlib import Path

from bullion.report.drawing import Failed
from bullion.settings import dbt_log_of


def log_of(home: Path) -> Path:
    """The report's log, beside dbt's."""
    return dbt_log_of(home).with_name("report.log")


def keep_traces(home: Path, failed: Sequence[Failed]) -> Path:
    """Append where each chart failed; not what its error said, which may quote rows. Returns the
    log."""
    path = log_of(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC)
    with path.open("a", encoding="utf-8") as log:
        for each in failed:
            where = "".join(traceback.format_tb(each.error.__traceback__))
            log.write(f"{now:%Y-%m-%d %H:%M:%S} UTC chart {each.chart.id}: {each.reason}\n{where}")
    return path
