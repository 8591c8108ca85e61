"""Bullion: a medallion warehouse for retail finance on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["engine"]


def engine(**options: Any) -> Engine:
    """A SQLAlchemy engine on the warehouse that the environment names, for pandas and notebooks.

    >>> import bullion, pandas
    >>> pandas.read_sql("select * from dim_customer limit 5", bullion.engine())  # doctest: +SKIP

    ``options`` are those of ``sqlalchemy.create_engine``. The driver is psycopg 3, by name, since
    the versions of SQLAlchemy differ in what ``postgresql://`` means; tables of gold need no
    schema. Connections raise BullionError, with the fix, when the server cannot be reached.
    """
    # Not at the top: every command imports this module, and few need SQLAlchemy.
    from bullion.db import make_engine

    return make_engine(**options)
