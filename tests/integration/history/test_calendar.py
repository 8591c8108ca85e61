"""dim_date against calendars kept by others."""

from __future__ import annotations

import pytest
from pandas.tseries.holiday import USFederalHolidayCalendar

from bullion.db import connect
from bullion.ingest.postgres.ddl import ensure_bronze
from tests.support.pipeline import Warehouse

DAYS = "select date_day, iso_year, iso_week, weekday_number from gold.dim_date where date_key > 0"
OBSERVED = "select date_day from gold.dim_date where is_observed_holiday order by 1"
FISCAL = """
    select date_key, fiscal_year, fiscal_quarter, fiscal_month
    from gold.dim_date where date_key in (20240930, 20241001, 20241231, 20250101) order by 1
"""


@pytest.mark.timeout(120)
def test_days_weeks_and_holidays(warehouse: Warehouse) -> None:
    """ISO weeks as Python, observed federal holidays as pandas; a fiscal year from October on."""
    with connect(autocommit=True) as connection:
        ensure_bronze(connection)
    warehouse.build("--select", "+dim_date", "--vars", "fiscal_year_first_month: 10")
    days = warehouse.database.rows(DAYS)
    assert min(days)[0].isoformat() == "2020-01-01"
    assert max(days)[0].isoformat() == "2030-12-31"
    assert all(day.isocalendar() == tuple(parts) for day, *parts in days)

    holidays = USFederalHolidayCalendar().holidays("2020-01-01", "2030-12-31")
    observed = [day for (day,) in warehouse.database.rows(OBSERVED)]
    assert observed == [stamp.date() for stamp in holidays]

    assert warehouse.database.rows(FISCAL) == [
        (20240930, 2024, 4, 12),
        (20241001, 2025, 1, 1),
        (20241231, 2025, 1, 3),
        (20250101, 2025, 2, 4),
    ]
