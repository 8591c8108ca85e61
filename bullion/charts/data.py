"""A chart's rows from the warehouse."""

from __future__ import annotations

from typing import Any

import pandas as pd
import psycopg

from bullion.charts.registry import Chart
from bullion.errors import BullionError


def rows_of(connection: psycopg.Connection[Any], chart: Chart) -> pd.DataFrame:
    """The rows of the chart's query, see :func:`read`.

    Raises BullionError when its tables are not built or may not be read.
    """
    try:
        return read(connection, chart.query)
    except psycopg.errors.UndefinedTable as error:
        raise BullionError(
            f"Chart {chart.id} reads {chart.model}, which is not built: run 'bullion build'."
        ) from error
    except psycopg.Error as error:
        raise BullionError(f"Chart {chart.id} cannot read {chart.model}: {error}") from error


def read(connection: psycopg.Connection[Any], query: str) -> pd.DataFrame:
    """The rows of a query as charts take them: decimals as floats, dates as timestamps."""
    cursor = connection.execute(query)
    columns = cursor.description or []
    frame = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in columns])
    kinds = psycopg.adapters.types
    for column in columns:
        kind = kinds.get(column.type_code)
        name = kind.name if kind else ""
        if name in {"numeric", "float4", "float8"}:
            frame[column.name] = pd.to_numeric(frame[column.name]).astype("float64")
        elif name in {"date", "timestamp"}:
            frame[column.name] = pd.to_datetime(frame[column.name])
    return frame
