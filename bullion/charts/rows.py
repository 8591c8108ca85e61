"""Rows that titles speak of, found without stumbling over nulls."""

from __future__ import annotations

import pandas as pd

from bullion.charts.formats import label


def row_where(data: pd.DataFrame, column: str, value: object) -> pd.Series | None:
    """The first row whose column has the value, None when there is none."""
    found = data[data[column].eq(value)]
    return None if found.empty else found.iloc[0]


def distinct_labels(data: pd.DataFrame, name: str, key: str) -> pd.Series:
    """Labels of a column of names that differ where their keys do: the key follows a name that
    several keys have (or whose label, being cut, they would share)."""
    labels = data[name].map(label)
    keys = data[key].map(label)
    is_shared = keys.groupby(labels).transform("nunique") > 1
    cut = data[name].map(lambda value: label(value, 14))
    return labels.where(~is_shared, cut + " " + keys)


def row_of_most(data: pd.DataFrame, column: str) -> pd.Series | None:
    """The row with the largest number in a column, None where there is no number."""
    numbers = pd.to_numeric(data[column]).astype("float64")
    return None if numbers.isna().all() else data.loc[numbers.idxmax()]


def row_of_least(data: pd.DataFrame, column: str) -> pd.Series | None:
    """The row with the smallest number in a column, None where there is no number."""
    numbers = pd.to_numeric(data[column]).astype("float64")
    return None if numbers.isna().all() else data.loc[numbers.idxmin()]


def current_and_year_ago(data: pd.DataFrame) -> tuple[pd.Series, pd.Series | None]:
    """Of a table with a row a period (cal_reporting_periods) the current one, and last year's.

    The first row stands in for a current one that is not there.
    """
    now = row_where(data, "period_rank", 1)
    return (data.iloc[0] if now is None else now), row_where(data, "period_rank", 3)
