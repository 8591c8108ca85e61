"""What every part of the bench shares: its server, its report, its console."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table as Grid

from bullion.server.initialize import connect_superuser, create_database, init_files, run_files
from bullion.settings import Settings, get_settings

console = Console()


@dataclass
class Report:
    """The figures of a run, in the order in which they were measured."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, what: str, value: str, wanted: str = "") -> None:
        """Note a figure and show it at once."""
        self.rows.append((what, value, wanted))
        console.print(
            f"  {what}: [bold]{value}[/bold]" + (f"  (wanted {wanted})" if wanted else "")
        )

    def table(self) -> Grid:
        """All figures as a table."""
        grid = Grid("what", "measured", "wanted")
        for row in self.rows:
            grid.add_row(*row)
        return grid


@dataclass(frozen=True)
class Bench:
    """A server of the bench's own and the folder for its files."""

    home: Path
    folder: Path
    port: int

    def settings(self, database: str) -> Settings:
        """Settings of one of the bench's databases."""
        return get_settings({"BULLION_HOME": str(self.home), "PGDATABASE": database})

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        """An autocommit connection of the server's superuser."""
        return connect_superuser(self.home / "secrets", self.port, database)

    def database(self, name: str, template: str | None = None) -> Settings:
        """A new database, empty or a copy of another, prepared as `bullion up` prepares one."""
        with self.admin() as admin:
            admin.execute(f"drop database if exists {name} with (force)")
            if template:
                # As files: the default writes every page to the log as well.
                admin.execute(f"create database {name} template {template} strategy file_copy")
            else:
                create_database(admin, name)
        with self.admin(name) as admin:
            run_files(admin, init_files(own_server=True))
        return self.settings(name)

    def settle(self, name: str) -> None:
        """Bring a database to where a night's build finds it: autovacuum is through, and nothing of
        the build before waits to be written."""
        with self.admin(name) as admin:
            admin.execute("vacuum")
            admin.execute("checkpoint")
