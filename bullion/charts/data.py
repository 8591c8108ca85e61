"""A chart's rows from the warehouse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, LiteralString

import pandas as pd
import psycopg
from psycopg import sql

from bullion.charts.registry import Chart
from bullion.errors import BullionError


def rows_of(
    connection: psycopg.Connection[Any], chart: Chart, filters: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """The rows of the chart's source, see :func:`read`, with these filters.

    Raises BullionError when its tables are not built or may not be read, KeyError where the chart
    has no such filter.
    """
    query = chart.source.compiled(filters)
    try:
        return read(connection, query.statement, query.parameters)
    except psycopg.errors.UndefinedTable as error:
        named = re.search(r'"(.+)"', error.diag.message_primary or "")
        raise BullionError(
            f"Chart {chart.id} reads {named[1] if named else chart.model}, which is not built: "
            "run 'bullion build'."
        ) from error
    except psycopg.Error as error:
        raise BullionError(f"Chart {chart.id} cannot read {chart.model}: {error}") from error


def read(
    connection: psycopg.Connection[Any],
    query: LiteralString | sql.Composed,
    parameters: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """The rows of a query as charts take them: decimals as floats, dates as timestamps."""
    # Without parameters a per cent sign is one.
    cursor = connection.execute(query, parameters or None)
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
