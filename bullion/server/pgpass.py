"""The user's own ``~/.pgpass``, to which a line is added only when asked for."""

from __future__ import annotations

from bullion.db import known_password
from bullion.errors import BullionError
from bullion.files import write_file
from bullion.paths import user_passfile
from bullion.server.secrets import pgpass_line
from bullion.settings import Settings


def add(settings: Settings) -> str:
    """Add the warehouse's line, in the place of an older one for the same server; what was done.

    Raises BullionError when no password is known, and for a user without a home.
    """
    password = known_password(settings)
    if password is None:
        raise BullionError(
            f"No password is known for {settings.where}: run 'bullion up' first, or set PGPASSWORD."
        )
    path = user_passfile()
    if path is None:
        raise BullionError("You have no home folder for a password file: set HOME.")
    # Some keep it elsewhere and link it here.
    path = path.resolve()
    line = pgpass_line(
        settings.host, str(settings.port), settings.database, settings.user, password
    )
    address = line[: -len(pgpass_line("", "", "", "", password)) + 3]
    known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [other for other in known if not other.startswith(address)]
    # libpq takes the first line that fits, so ours goes before any wildcard of the user's.
    write_file(path, "\n".join([line, *kept]) + "\n")
    return f"{path}: the line for {settings.where} as {settings.user} is in it."
