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


def add_increment(
    connection: psycopg.Connection[Any], share: float = 0.01, *, balances: bool = True
) -> int:
    """One later day in bronze: ``share`` of the transactions, 90 % new, 5 % late, 5 % corrected.

    New rows fall on the day after the last extract, late ones 1 to 10 days before it, corrections
    (one money unit more) on any month; all of them in accounts that are open. Keys of new rows
    follow all that are there, as a bank that numbers its transactions gives them. As a bank's
    extract does, the day brings the rows of the accounts that these move, with the balance after
    them; without ``balances`` it does not, and the bank contradicts itself: its ledger changes
    below balances that stand. Returns the number of transactions added.
    """
    batch = 1 + _value(connection, "select max(batch_id) from bronze.load_audit")
    total = _value(connection, "select count(distinct transaction_id) from bronze.transactions")
    wanted = max(20, int(total * share))
    connection.execute(_PICK, {"seed": str(batch), "wanted": wanted})
    _copy_rows(connection, "transactions", batch, _CHANGED_TRANSACTION, "bench_picked")
    _audit(connection, batch, "transactions", wanted, "interval '1 day'")
    if balances:
        batch += 1
        connection.execute(_MOVE)
        _copy_rows(connection, "accounts", batch, _MOVED_ACCOUNT, "bench_moved")
        moved = _value(connection, "select count(*) from bench_moved")
        _audit(connection, batch, "accounts", moved, "interval '0 day'")
        connection.execute("drop table bench_moved")
    connection.execute("drop table bench_picked")
    return wanted


# The rows to repeat, each with its kind (0 to 89 new, 90 to 94 late, else corrected) and the last
# day that has arrived.
_PICK: LiteralString = """
create temporary table bench_picked as
with latest as (
    select distinct on (transaction_id) * from bronze.transactions
    order by transaction_id, _extracted_at desc, _source_file desc, _source_row desc
),
open_accounts as (
    select account_id
    from (
        select distinct on (account_id) * from bronze.accounts
        order by account_id, _extracted_at desc, _source_file desc, _source_row desc
    ) as accounts
    where _op = 'upsert' and account_status <> 'Closed'
)
select
    *,
    number %% 100 as kind,
    (select date_trunc('day', max(extracted_at)) from bronze.load_audit) as day
from (
    select
        latest.*,
        row_number() over (order by md5(transaction_id || %(seed)s)) as number
    from latest
    inner join open_accounts using (account_id)
    where _op = 'upsert'
) as numbered
where number <= %(wanted)s
"""

_TIME_OF_DAY: LiteralString = "(transaction_at - date_trunc('day', transaction_at))"

_CHANGED_TRANSACTION: dict[str, LiteralString] = {
    "transaction_id": """case
        when kind < 95 then 'TXN9' || lpad('{batch}', 4, '0') || lpad(number::text, 8, '0')
        else transaction_id
    end""",
    "transaction_at": f"""case
        when kind < 90 then day + interval '1 day' + {_TIME_OF_DAY}
        when kind < 95
            then greatest(transaction_at, day - (kind - 89) * interval '1 day' + {_TIME_OF_DAY})
        else transaction_at
    end""",
    "amount": "case when kind >= 95 then amount + 1 else amount end",
    "_extracted_at": "day + interval '1 day 23:59:59'",
}

# The accounts whose money these rows move, each in its latest row and with what it moved by.
_MOVE: LiteralString = """
create temporary table bench_moved as
with movements as (
    select
        account_id,
        sum(case when kind < 95 then amount else 1 end) as moved_amount,
        max(day) as day
    from bench_picked
    where status = 'Completed'
    group by account_id
)
select distinct on (account_id)
    accounts.*,
    movements.moved_amount,
    movements.day
from bronze.accounts as accounts
inner join movements using (account_id)
where _op = 'upsert'
order by account_id, _extracted_at desc, _source_file desc, _source_row desc
"""

_MOVED_ACCOUNT: dict[str, LiteralString] = {
    "current_balance": "current_balance + moved_amount",
    "available_balance": "available_balance + moved_amount",
    "_extracted_at": "day + interval '1 day 23:59:59'",
}


def _copy_rows(
    connection: psycopg.Connection[Any],
    name: str,
    batch: int,
    changed: dict[str, LiteralString],
    source: str,
) -> None:
    """Insert the rows of ``source`` into a raw table as a batch of their own."""
    names = [*load_contract()[name].column_names, *METADATA_COLUMNS]
    values = {column: sql.SQL(text).format(batch=batch) for column, text in changed.items()} | {
        "_batch_id": sql.Literal(batch),
        "_source_file": sql.Literal(f"bench-{batch}"),
        "_source_row": sql.SQL("row_number() over ()"),
    }
    connection.execute(
        sql.SQL("insert into {table} ({names}) select {values} from {source}").format(
            table=_bronze(name),
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            values=sql.SQL(", ").join(values.get(n, sql.Identifier(n)) for n in names),
            source=sql.Identifier(source),
        )
    )


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
