"""More history, and a day's increment, made inside bronze: the bench needs them at any size."""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg
from psycopg import sql

from bullion.contract import METADATA_COLUMNS, Table, load_contract

# Whatever belongs to one customer is copied with the customer; the rest of the bank is shared.
_OWNED = frozenset({"customers", "accounts", "transactions"})


def _belongs_to_customers(table: Table) -> bool:
    return table.name in _OWNED or any(column.references in _OWNED for column in table.columns)


def multiply(connection: psycopg.Connection[Any], copies: int) -> None:
    """Make the bank ``copies`` times as large: every customer again, under suffixed keys.

    The copies go to batches of their own, so that bronze looks as if they had been loaded.
    """
    last = _value(connection, "select max(batch_id) from bronze.load_audit")
    for table in load_contract().values():
        if not _belongs_to_customers(table):
            continue
        last += 1
        source_rows = _value(
            connection, sql.SQL("select count(*) from {}").format(_bronze(table.name))
        )
        names = [*table.column_names, *METADATA_COLUMNS]
        values = sql.SQL(", ").join(_copied(table, name, last) for name in names)
        connection.execute(
            sql.SQL(
                "insert into {table} ({names}) select {values} from {table} as bank"
                " cross join generate_series(1, %s) as copy(number)"
            ).format(
                table=_bronze(table.name),
                names=sql.SQL(", ").join(map(sql.Identifier, names)),
                values=values,
            ),
            (copies - 1,),
        )
        _audit(connection, last, table.name, source_rows * (copies - 1), "interval '0 day'")
    connection.execute("analyze")


def _copied(table: Table, name: str, batch: int) -> sql.Composable:
    identifier = sql.Identifier("bank", name)
    if name == "_batch_id":
        return sql.Literal(batch)
    if name == "_source_row":
        return sql.SQL("row_number() over ()")
    if name in METADATA_COLUMNS:
        return identifier
    column = table.column(name)
    is_own_key = table.key == (name,)
    if column.type == "id" and (is_own_key or column.references in _OWNED):
        return sql.SQL("{} || 'x' || copy.number").format(identifier)
    return identifier


def add_increment(connection: psycopg.Connection[Any], share: float = 0.01) -> int:
    """One later day in bronze: ``share`` of the transactions, 90 % new, 5 % late, 5 % corrected.

    New rows fall on the day after the last extract, late ones 1 to 10 days before it, corrections
    (one money unit more) on any month. Returns the number of rows added.
    """
    batch = 1 + _value(connection, "select max(batch_id) from bronze.load_audit")
    total = _value(connection, "select count(distinct transaction_id) from bronze.transactions")
    wanted = max(20, int(total * share))
    names = [*load_contract()["transactions"].column_names, *METADATA_COLUMNS]
    changed = {
        "transaction_id": sql.SQL(
            "case when kind < 95 then transaction_id || 'n' || {} else transaction_id end"
        ).format(sql.Literal(batch)),
        "transaction_at": sql.SQL(
            "case when kind < 90 then day + interval '1 day' + (transaction_at - "
            "date_trunc('day', transaction_at)) when kind < 95 then day - (kind - 89) * "
            "interval '1 day' + (transaction_at - date_trunc('day', transaction_at)) "
            "else transaction_at end"
        ),
        "amount": sql.SQL("case when kind >= 95 then amount + 1 else amount end"),
        "_batch_id": sql.Literal(batch),
        "_extracted_at": sql.SQL("day + interval '1 day 23:59:59'"),
        "_source_file": sql.Literal(f"bench-{batch}"),
        "_source_row": sql.SQL("row_number() over ()"),
    }
    connection.execute(
        sql.SQL(
            "insert into bronze.transactions ({names}) select {values} from ("
            " select bank.*, (row_number() over (order by md5(transaction_id || {seed}))) %% 100"
            " as kind, (select date_trunc('day', max(extracted_at)) from bronze.load_audit) as day"
            " from (select distinct on (transaction_id) * from bronze.transactions"
            " where _op = 'upsert' order by transaction_id, _batch_id) as bank"
            " order by md5(transaction_id || {seed}) limit %s) as picked"
        ).format(
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            values=sql.SQL(", ").join(changed.get(name, sql.Identifier(name)) for name in names),
            seed=sql.Literal(str(batch)),
        ),
        (wanted,),
    )
    _audit(connection, batch, "transactions", wanted, "interval '1 day'")
    return wanted


def _bronze(name: str) -> sql.Identifier:
    return sql.Identifier("bronze", name)


def _audit(
    connection: psycopg.Connection[Any], batch: int, table: str, rows: int, later: str
) -> None:
    connection.execute(
        "insert into bronze.load_audit (batch_id, table_name, source_file, content_hash,"
        " extracted_at, started_at, finished_at, rows_read, rows_loaded, rows_rejected, deletes,"
        " absence_deletes, is_full_extract,"
        " status, read_path) select %s, %s, %s, %s, max(extracted_at) + " + later + ", now(),"
        " now(), %s, %s, 0, 0, 0, false, 'loaded', 'straight' from bronze.load_audit",
        (batch, table, f"bench-{batch}", f"bench-{batch}", rows, rows),
    )


def _value(connection: psycopg.Connection[Any], query: LiteralString | sql.Composed) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row and row[0] is not None else 0
