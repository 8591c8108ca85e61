"""Silver's own models: built, and read, by themselves."""

from __future__ import annotations

from pathlib import Path

from psycopg import sql

from tests.conftest import Database
from tests.support.dbt import run

TABLES = ["int_as_of", "silver.base", "silver.quarantine"]
VIEWS = ["silver.stg_*", "silver.quarantine_rows"]

Rows = dict[str, list[str]]


class Silver:
    """Silver of one database; the environment must lead to it."""

    def __init__(self, database: Database, state: Path) -> None:
        self.database = database
        self.state = state

    def build(self, *selection: str, whole: bool = False) -> None:
        """Build silver's own models, by default its tables: the views on them follow."""
        chosen = ["--select", *(selection or TABLES), *(["--full-refresh"] if whole else [])]
        run(self.database.environ(), "run", chosen, self.state)

    def rows(self) -> Rows:
        """Every row of every table and view of the layer, as text, by relation."""
        found = {}
        with self.database.connect() as connection:
            names = connection.execute(
                "select table_name from information_schema.tables where table_schema = 'silver' "
                r"and (table_name like 'base\_%' or table_name like 'stg\_%' "
                "or table_name like 'quarantine%') order by 1"
            ).fetchall()
            for (name,) in names:
                query = sql.SQL("select r::text from {} as r order by 1")
                rows = connection.execute(query.format(sql.Identifier("silver", name)))
                found[name] = [row[0] for row in rows]
        return found
