"""Bronze in PostgreSQL against a lake's folders, row by row, in DuckDB."""

from __future__ import annotations

from pathlib import Path

import duckdb
import psycopg

from bullion.ingest.lake.folder import all_schemas

# The moments of the load itself, and the reader that it took: PostgreSQL copies clean files as
# they are, a lake never does.
UNCOMPARED = {"_loaded_at", "started_at", "finished_at", "read_path"}


def differences(
    connection: psycopg.Connection, lake: Path, folder: Path
) -> tuple[dict[str, list[tuple[object, ...]]], int]:
    """Rows that only one of the two has, by table (at most six), and the number of rows alike."""
    found: dict[str, list[tuple[object, ...]]] = {}
    alike = 0
    with duckdb.connect() as database:
        for name, schema in all_schemas().items():
            columns = [column for column in schema.names if column not in UNCOMPARED]
            lake_rows = database.read_parquet(f"{lake}/{name}/*.parquet")
            types = dict(zip(lake_rows.columns, map(str, lake_rows.types), strict=True))
            assert list(types) == schema.names, name
            file = folder / f"{name}.csv"
            query = f"copy (select {', '.join(columns)} from bronze.{name}) to stdout (format csv)"
            with file.open("wb") as target, connection.cursor().copy(query) as copy:
                for block in copy:
                    target.write(block)
            database.execute(f"create table ours as select {', '.join(columns)} from lake_rows")
            kinds = {column: types[column] for column in columns}
            # An empty text comes quoted, a null bare.
            database.execute(
                f"create table theirs as select * from read_csv('{file}', columns = {kinds}, "
                "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
                "allow_quoted_nulls = false, new_line = '\\n', max_line_size = 10000000)"
            )
            both = [
                ("lake", "from ours except all from theirs"),
                ("postgres", "from theirs except all from ours"),
            ]
            rows = [
                (side, *row)
                for side, sql in both
                for row in database.execute(f"{sql} limit 3").fetchall()
            ]
            if rows:
                found[name] = rows
            alike += database.execute("select count(*) from ours").fetchall()[0][0]
            database.execute("drop table ours")
            database.execute("drop table theirs")
    return found, alike
