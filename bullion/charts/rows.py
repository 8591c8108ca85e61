"""Rows that findings speak of and pictures draw, found without stumbling over nulls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from bullion.charts.formats import name

MAX_CATEGORIES = 12


def row_where(data: pd.DataFrame, column: str, value: object) -> pd.Series | None:
    """The first row whose column has the value, None when there is none."""
    found = data[data[column].eq(value)]
    return None if found.empty else found.iloc[0]


def complete(data: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The rows that have a value in each of these columns, numbered anew."""
    return data.dropna(subset=list(columns)).reset_index(drop=True)


def numbers(data: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The rows with these columns as floats."""
    return data.assign(**{each: pd.to_numeric(data[each]).astype("float64") for each in columns})


def is_true(values: pd.Series) -> pd.Series:
    """Which values are true; what is missing is not."""
    return values.map(lambda value: not pd.isna(value) and bool(value)).astype(bool)


def distinct_names(data: pd.DataFrame, column: str, key: str) -> pd.Series:
    """Names that differ where their keys do: the key follows a name that several keys have (or
    whose cut form they would share)."""
    names = data[column].map(name)
    keys = data[key].map(lambda value: name(value, 200))
    is_shared = keys.groupby(names).transform("nunique") > 1
    cut = data[column].map(lambda value: name(value, 9))
    # Long keys begin alike and end apart.
    ends = keys.map(lambda value: value if len(value) <= 12 else f"…{value[-11:]}")
    return names.where(~is_shared, cut + " " + ends)


def row_of_most(data: pd.DataFrame, column: str) -> pd.Series | None:
    """The row with the largest number in a column, None where there is no number."""
    found = pd.to_numeric(data[column]).astype("float64")
    return None if found.isna().all() else data.loc[found.idxmax()]


def current_and_year_ago(data: pd.DataFrame) -> tuple[pd.Series, pd.Series | None]:
    """Of a table with a row a period (cal_reporting_periods) the current one, and last year's.

    The first row stands in for a current one that is not there.
    """
    current = row_where(data, "period_rank", 1)
    return (data.iloc[0] if current is None else current), row_where(data, "period_rank", 3)


def top_and_other(
    data: pd.DataFrame,
    column: str,
    size: str,
    summed: Sequence[str] = (),
    most: int = MAX_CATEGORIES,
) -> pd.DataFrame:
    """The ``most`` largest rows by ``size``, the others as one last row "Other (k)".

    ``size`` and the columns ``summed`` are added up in that row; every other column is null there,
    since a rate or a mean of the others cannot be had by adding. Rows without a name are called
    "Unknown". Returns a new frame, largest first.
    """
    named = data[column].astype("object").where(data[column].notna(), "Unknown")
    rows = data.assign(**{column: named})
    rows = rows.sort_values(size, ascending=False, na_position="last", kind="stable")
    if len(rows) <= most:
        return rows.reset_index(drop=True)
    kept, rest = rows.head(most - 1), rows.iloc[most - 1 :]
    other: dict[str, Any] = {column: f"Other ({len(rest):,})"}
    for each in {size, *summed}:
        other[each] = pd.to_numeric(rest[each]).sum()
    return pd.concat([kept, pd.DataFrame([other])], ignore_index=True)


def keys_of(rows: pd.DataFrame, *columns: str) -> list[list[Any]]:
    """The natural keys of each row, as a figure's customdata takes them."""
    return [[_plain(value) for value in row] for row in rows[list(columns)].itertuples(index=False)]


def _plain(value: Any) -> Any:
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return value.item() if hasattr(value, "item") else value
