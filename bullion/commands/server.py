"""Verbs of the ``server`` family: up, down, status, psql, env, demo."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this family's verbs to the command line."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command(
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(psql)
    app.command()(env)
    app.command()(demo)
    app.command("server-config", hidden=True)(server_config)
    services = typer.Typer(help="What docker-compose.yml's one-shot services run.")
    services.command("secrets")(compose_secrets)
    services.command("warehouse")(compose_warehouse)
    app.add_typer(services, name="compose", hidden=True)


def up(
    port: Annotated[
        int | None,
        typer.Option(
            envvar="BULLION_PORT", min=1, max=65535, help="First port to try (else 5432)."
        ),
    ] = None,
) -> None:
    """Start PostgreSQL and prepare the warehouse's database.

    Where PG* variables or CONNECTION_STRING name a server, that one is prepared instead.

    Example: bullion up
    """
    from bullion.server import cluster, initialize
    from bullion.settings import get_settings

    settings = get_settings()
    if not settings.is_embedded:
        origin = "docker compose" if settings.kind == "compose" else "the environment"
        typer.echo(f"Using the server named by {origin}: {settings.where} as {settings.user}.")
        typer.echo(initialize.prepare_external(settings))
        _follow_contract()
        return
    started = cluster.up(settings, port, typer.echo)
    if started.already_running:
        typer.echo(f"PostgreSQL is already running on 127.0.0.1:{started.port}.")
    elif started.port != started.wanted_port:
        typer.echo(
            f"PostgreSQL is running on 127.0.0.1:{started.port} "
            f"(port {started.wanted_port} is taken by another program)."
        )
    else:
        typer.echo(f"PostgreSQL is running on 127.0.0.1:{started.port}.")
    _follow_contract()


def _follow_contract() -> None:
    """Let the raw tables that stand follow the contract; one line a table."""
    from bullion.db import connect
    from bullion.ingest.postgres.ddl import follow_contract

    with connect(autocommit=True) as connection:
        for line in follow_contract(connection):
            typer.echo(line)


def down() -> None:
    """Stop the embedded PostgreSQL; its data stays.

    Example: bullion down
    """
    from bullion.errors import BullionError
    from bullion.server import cluster
    from bullion.settings import get_settings

    settings = get_settings()
    if not settings.is_embedded:
        raise BullionError(
            f"{settings.where} is not a server that bullion started: stop it where it was started."
        )
    stopped = cluster.down(settings)
    typer.echo("PostgreSQL is stopped." if stopped else "PostgreSQL was not running.")


def status() -> None:
    """Say which server is used and whether it answers (exit code 1 when it does not).

    Example: bullion status
    """
    from bullion.db import connect
    from bullion.server import cluster
    from bullion.settings import get_settings

    settings = get_settings()
    with connect(settings, autocommit=True) as connection:
        version = connection.info.parameter_status("server_version")
    typer.echo(f"server    {settings.kind}, PostgreSQL {version}, answers")
    typer.echo(f"address   {settings.host}:{settings.port}")
    typer.echo(f"database  {settings.database}, user {settings.user}")
    if settings.is_embedded:
        layout = cluster.existing_layout(settings.home)
        if layout is not None:
            typer.echo(f"data      {layout.data}")
            typer.echo(f"log       {layout.logs}")


def psql(
    context: typer.Context,
    admin: Annotated[bool, typer.Option("--admin", help="As the server's administrator.")] = False,
) -> None:
    """Open psql on the warehouse; what follows -- goes to it.

    Example: bullion psql -- -c "select count(*) from bronze.load_audit"

    As its administrator: bullion psql --admin -- -c "select * from pg_stat_activity"
    """
    from bullion.db import connect
    from bullion.server.binaries import find_psql
    from bullion.server.secrets import as_administrator
    from bullion.settings import get_settings

    settings = get_settings()
    if admin:
        settings = as_administrator(settings)
    connect(settings).close()
    program = str(find_psql())
    sys.stdout.flush()
    os.execve(program, ["psql", *context.args], settings.child_environ())


def env(
    pgpass: Annotated[
        bool,
        typer.Option("--pgpass", help="Also add the password to ~/.pgpass (only on request)."),
    ] = False,
) -> None:
    """Print the variables that bring PostgreSQL's clients to the warehouse, and dbt to its project.

    Example: eval "$(bullion env)"
    """
    from bullion.server import pgpass as passwords
    from bullion.settings import SERVER_VARIABLES, dbt_environ, get_settings

    settings = get_settings()
    if pgpass:
        typer.echo(passwords.add(settings), err=True)
    exported = settings.environ() | dbt_environ(settings.home)
    in_the_way = sorted((SERVER_VARIABLES & os.environ.keys()) - exported.keys())
    if in_the_way:
        typer.echo(f"unset {' '.join(in_the_way)}")
    for name, value in exported.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def demo(
    customers: Annotated[int, typer.Option(min=1, help="Size of the synthetic bank.")] = 5000,
    install_seconds: Annotated[float, typer.Option(hidden=True)] = 0,
) -> None:
    """Start the server, generate a synthetic bank, load, build and verify it.

    Example: bullion demo --customers 1000
    """
    from bullion.demo import run_demo

    run_demo(customers, install_seconds)


def server_config() -> None:
    """Print PostgreSQL settings sized to this machine, for a server of your own.

    Example: bullion server-config > postgresql.conf
    """
    from bullion.server.machine import render, server_settings, this_machine

    typer.echo(
        render(server_settings(this_machine()), "Sized to this machine by bullion."), nl=False
    )


def compose_secrets(
    folder: Path,
    port: Annotated[int, typer.Option(envvar="BULLION_PORT", help="Published port.")] = 5432,
) -> None:
    """Write passwords and configuration into FOLDER.

    Example: bullion compose secrets secrets
    """
    from bullion.commands import compose

    compose.write_secrets(folder, port)
    typer.echo(f"Passwords and configuration are in {folder}.")


def compose_warehouse(
    folder: Path,
    customers: Annotated[
        int, typer.Option(envvar="BULLION_DEMO_CUSTOMERS", min=0, help="Demo bank; 0: none.")
    ] = 5000,
) -> None:
    """Prepare the server named by PG* with FOLDER's passwords, load a demo bank, build silver.

    Example: bullion compose warehouse secrets --customers 1000
    """
    from bullion.commands import compose

    compose.fill_warehouse(folder, customers, typer.echo)
