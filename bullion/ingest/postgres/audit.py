"""One file's batch in PostgreSQL: number, settings for COPY, audit row, totals, rejects."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from bullion.contract import Table
from bullion.ingest.checking.rejects import RejectLog
from bullion.ingest.destination import Batch, Counts, ReadPath
from bullion.ingest.keys import Repeats, repeats_of, repeats_sql
from bullion.ingest.postgres.ddl import bronze_schema, lock_loads


def open_batch(
    connection: psycopg.Connection[Any],
    table: Table,
    source_file: str,
    extracted_at: datetime,
    is_full_extract: bool,
) -> Batch:
    """Take the lock of all loads and the next batch number, in the open transaction."""
    lock_loads(connection)
    schema = bronze_schema()
    row = connection.execute(
        f"""
        select
            set_config('bullion.batch_id', nextval('{schema}.batch_id_sequence')::text, true),
            set_config('bullion.extracted_at', %s, true),
            set_config('bullion.loaded_at', (clock_timestamp() at time zone 'UTC')::text, true),
            set_config('bullion.source_file', %s, true),
            setval(pg_get_serial_sequence(%s, '_source_row'), 1, false)
        """,
        (extracted_at.isoformat(" "), source_file, f"{schema}.{table.name}"),
    ).fetchone()
    assert row is not None
    return Batch(int(row[0]), table, source_file, extracted_at, is_full_extract)


def loaded_before(
    connection: psycopg.Connection[Any], table: Table, content_hash: str, extracted_at: datetime
) -> int | None:
    """Batch in which the same bytes came for the same table and extract time, or None."""
    row = connection.execute(
        f"""
        select batch_id from {bronze_schema()}.load_audit
        where table_name = %s and content_hash = %s and extracted_at = %s
        """,
        (table.name, content_hash, extracted_at),
    ).fetchone()
    return None if row is None else int(row[0])


def has_extract(connection: psycopg.Connection[Any], table: Table, extracted_at: datetime) -> bool:
    """Whether any file of the table has that extract time (else none can be the same)."""
    row = connection.execute(
        f"""
        select exists (
            select from {bronze_schema()}.load_audit where table_name = %s and extracted_at = %s
        )
        """,
        (table.name, extracted_at),
    ).fetchone()
    return bool(row and row[0])


def newest_extract(connection: psycopg.Connection[Any], table: Table) -> datetime | None:
    """The latest extract time of the table in bronze."""
    row = connection.execute(
        f"select max(extracted_at) from {bronze_schema()}.load_audit where table_name = %s",
        (table.name,),
    ).fetchone()
    return row[0] if row else None


def close_batch(
    connection: psycopg.Connection[Any],
    batch: Batch,
    counts: Counts,
    rejects: RejectLog,
    content_hash: str,
    read_path: ReadPath,
    started_at: datetime,
) -> None:
    """Write audit row, control totals and rejects in the open transaction.

    A file whose rows read are not rows loaded + rejected cannot be written (check constraint).
    """
    schema = bronze_schema()
    connection.execute(
        f"""
        insert into {schema}.load_audit (
            batch_id, table_name, source_file, content_hash, extracted_at, started_at, finished_at,
            rows_read, rows_loaded, rows_rejected, deletes, absence_deletes, is_full_extract,
            status, read_path, text_is_trimmed, first_key, last_key,
            keys_repeated, rows_identical, values_rounded
        ) values (
            %s, %s, %s, %s, %s, %s, clock_timestamp() at time zone 'UTC',
            %s, %s, %s, %s, %s, %s, 'loaded', %s, %s, %s, %s, %s, %s, %s
        )
        """,
        (
            batch.number,
            batch.table.name,
            batch.source_file,
            content_hash,
            batch.extracted_at,
            started_at,
            counts.rows_read,
            counts.rows_loaded,
            counts.rows_rejected,
            counts.deletes,
            counts.absence_deletes,
            batch.is_full_extract,
            read_path,
            counts.findings.text_is_trimmed,
            *counts.findings.key_range,
            counts.repeats.keys,
            counts.repeats.identical,
            counts.values_rounded,
        ),
    )
    if counts.totals:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"insert into {schema}.load_control_totals values (%s, %s, %s, %s)",
                [(batch.number, *totals) for totals in counts.control_totals()],
            )
    if len(rejects):
        _write_rejects(connection, batch, rejects)


def _write_rejects(connection: psycopg.Connection[Any], batch: Batch, rejects: RejectLog) -> None:
    statement = (
        f"copy {bronze_schema()}.rejected_rows (batch_id, table_name, source_file, source_row, "
        "source_line, column_name, kind, raw_text, reason) from stdin with (format csv)"
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        leading = [str(batch.number), batch.table.name, batch.source_file]
        for chunk in rejects.csv_chunks(leading):
            copy.write(chunk)


def repeats(connection: psycopg.Connection[Any], batch: Batch) -> Repeats:
    """The keys that stand more than once among the rows of the batch."""
    table = batch.table
    query = repeats_sql(table, f"{bronze_schema()}.{table.name}", f"_batch_id = {batch.number}")
    return repeats_of(table, connection.execute(query).fetchone())


def delete_absent(connection: psycopg.Connection[Any], batch: Batch) -> int:
    """Delete rows for keys that a full extract no longer holds; returns how many were made.

    Alive means: the key's latest version as of the extract's own time is not a delete. Besides
    the batch itself, every full extract of a later time that came before it is looked at again,
    so that files in the wrong order end as files in order would.
    """
    schema, table = bronze_schema(), batch.table
    extracts = connection.execute(
        f"""
        select batch_id, extracted_at, source_file from {schema}.load_audit
        where table_name = %s and is_full_extract and extracted_at > %s
        order by extracted_at, batch_id
        """,
        (table.name, batch.extracted_at),
    ).fetchall()
    if batch.is_full_extract:
        extracts.insert(0, (batch.number, batch.extracted_at, batch.source_file))
    made = 0
    key = ", ".join(table.key)
    same = " and ".join(f"present.{name} = alive.{name}" for name in table.key)
    for number, extracted_at, source_file in extracts:
        result = connection.execute(
            f"""
            insert into {schema}.{table.name}
                ({key}, _batch_id, _extracted_at, _source_file, _source_row, _op)
            select {key}, %(batch)s, %(at)s, %(file)s,
                -(%(made)s + row_number() over (order by {key})), 'delete'
            from (
                select distinct on ({key}) {key}, _op
                from {schema}.{table.name}
                where _extracted_at <= %(at)s
                order by {key}, _extracted_at desc, _source_file desc, _source_row desc,
                    _batch_id desc
            ) as alive
            where _op = 'upsert' and not exists (
                select from {schema}.{table.name} as present
                where present._batch_id = %(extract)s and present._source_row > 0 and {same}
            )
            """,
            {
                "batch": batch.number,
                "at": extracted_at,
                "file": source_file,
                "extract": number,
                "made": made,
            },
        )
        made += result.rowcount
    return made
