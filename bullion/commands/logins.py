"""Verbs of the ``logins`` family: grant-login, revoke-login."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add this family's verbs to the command line."""
    app.command("grant-login")(grant_login)
    app.command("revoke-login")(revoke_login)


def grant_login(
    name: Annotated[str, typer.Argument(help="Of the login, such as a person's or a tool's.")],
    role: Annotated[
        list[str],
        typer.Option(help="What it reads: reader, pii_reader, auditor; may be given again."),
    ],
    rotate: Annotated[bool, typer.Option("--rotate", help="Give it a new password.")] = False,
) -> None:
    """Make a login that reads, or change what it reads; its password goes into a file.

    The password is random, and only its file, which is yours alone (0600), ever holds it. A login
    that there is keeps its password without --rotate, and has the roles named and no others.

    Examples:  bullion grant-login ann --role reader  |  bullion grant-login ann --role reader
    --rotate
    """
    from bullion.server import logins
    from bullion.settings import get_settings

    settings = get_settings()
    done = logins.grant_login(settings, name, role, rotate)
    verb = "is made" if done.is_new else "is there"
    typer.echo(f"The login {name} {verb}; on {settings.where} it reads as {', '.join(done.roles)}.")
    if done.file is None:
        typer.echo("Its password was not made here and stays; --rotate gives it another.")
    else:
        typer.echo(f"Its password is in {done.file}")


def revoke_login(name: Annotated[str, typer.Argument(help="Of the login.")]) -> None:
    """End a login that grant-login has made, and its sessions.

    Example: bullion revoke-login ann
    """
    from bullion.server import logins
    from bullion.settings import get_settings

    if logins.revoke_login(get_settings(), name):
        typer.echo(f"The login {name} is gone.")
    else:
        typer.echo(f"The login {name} has no way in any more; it is kept for what it owns.")
