"""What the one-shot services of docker-compose.yml do: make the secrets, fill the warehouse."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg

from bullion.db import connect, open_session
from bullion.errors import BullionError
from bullion.files import give, make_folder, write_file
from bullion.paths import work_dir
from bullion.server.initialize import create_database, init_files, run_files, set_password
from bullion.server.machine import GB, render, server_settings, this_machine
from bullion.server.secrets import (
    SUPERUSER,
    password_of,
    pgpass_line,
    write_passfile,
)
from bullion.settings import DATABASE, DEFAULT_PORT, LOCALHOST, LOGIN, get_settings

SERVICE = "postgres"
PGADMIN_FILE = "pgadmin_password"
# The user of pgAdmin's image; its files must be its own.
PGADMIN_UID, PGADMIN_GID = 5050, 0
SHM_BYTES = 1 * GB

Say = Callable[[str], None]


def write_secrets(folder: Path, port: int) -> None:
    """Fill ``secrets/``: random passwords made once, the server's configuration, pgAdmin's preset.

    All belongs to the owner of the project, who thus reads the passwords on the host; ``port`` is
    the one that compose publishes there.
    """
    # Other users' containers pass through to the files that are theirs; they cannot list.
    make_folder(folder, 0o711)
    password_of(folder, SUPERUSER)
    password_of(folder, PGADMIN_FILE)
    write_passfile(folder, (LOCALHOST, "localhost", SERVICE))
    write_file(folder / "port", f"{port}\n", 0o644)
    write_file(folder / "postgresql.conf", server_configuration(), 0o644)
    _write_pgadmin(folder)


def server_configuration() -> str:
    """The configuration of compose's PostgreSQL, sized to this machine."""
    machine = dataclasses.replace(this_machine(), shm=SHM_BYTES)
    settings = server_settings(machine) | {"listen_addresses": "*"}
    return render(settings, "Written at each 'docker compose up' by the service 'secrets'.")


def fill_warehouse(folder: Path, customers: int, say: Say) -> None:
    """Prepare the database, load a demo bank where bronze is empty, and build silver.

    ``customers`` 0 leaves bronze to the user's own extracts. Raises BullionError.
    """
    _prepare(folder)
    say("Roles, schemas and settings are in place.")
    if not _has_batches() and customers:
        home = get_settings().home
        bank = home / "demo"
        shutil.rmtree(bank, ignore_errors=True)
        home.mkdir(parents=True, exist_ok=True)
        _verb("generate", "--customers", str(customers), "--out", str(bank))
        _verb("load", str(bank))
        shutil.rmtree(bank)
    _verb("build", "--select", "tag:silver")


def _prepare(folder: Path) -> None:
    """Run the files and give the login its password; mends a first start that was interrupted."""
    settings = get_settings()
    administrator = password_of(folder, SUPERUSER)
    login_password = password_of(folder, LOGIN)

    def superuser(database: str) -> psycopg.Connection[tuple]:
        return open_session(
            host=settings.host,
            port=settings.port,
            dbname=database,
            user=SUPERUSER,
            password=administrator,
            autocommit=True,
        )

    try:
        with superuser("postgres") as connection:
            create_database(connection, DATABASE)
        with superuser(DATABASE) as connection:
            run_files(connection, init_files(own_server=True))
            set_password(connection, LOGIN, login_password)
    except psycopg.OperationalError as error:
        raise BullionError(
            f"The service '{SERVICE}' refuses its administrator ({str(error).strip()}): secrets/ "
            "was made anew but its volume was kept; restore secrets/, or start anew with "
            "'docker compose down --volumes'."
        ) from error


def _has_batches() -> bool:
    from bullion.ingest.postgres.ddl import ensure_bronze

    with connect() as connection:
        ensure_bronze(connection)
        found = connection.execute("select exists (select from bronze.load_audit)").fetchone()
    return bool(found and found[0])


def _verb(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bullion.cli", *arguments], cwd=work_dir(), check=False
    )
    if done.returncode != 0:
        raise BullionError(f"'bullion {arguments[0]}' failed; its own words are above.")


def _write_pgadmin(folder: Path) -> None:
    """pgAdmin's own copies: its user cannot read the project owner's files."""
    own = folder / "pgadmin"
    _make_pgadmin_folder(own)
    servers = {
        "Servers": {
            "1": {
                "Name": "Bullion",
                "Group": "Servers",
                "Host": SERVICE,
                "Port": DEFAULT_PORT,
                "MaintenanceDB": DATABASE,
                "Username": LOGIN,
                "ConnectionParameters": {"sslmode": "prefer", "passfile": ".pgpass"},
            }
        }
    }
    line = pgpass_line(SERVICE, "*", "*", LOGIN, password_of(folder, LOGIN))
    for name, text in {
        "password": password_of(folder, PGADMIN_FILE),
        "pgpass": line + "\n",
        "servers.json": json.dumps(servers, indent=2) + "\n",
    }.items():
        write_file(own / name, text, owner=(PGADMIN_UID, PGADMIN_GID))


def _make_pgadmin_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(descriptor, 0o700)
        give(descriptor, PGADMIN_UID, PGADMIN_GID)
    finally:
        os.close(descriptor)
