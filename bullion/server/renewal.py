"""New settings for a server that runs: a newer release's, a changed machine's, or one's own."""

from __future__ import annotations

from collections.abc import Callable

from bullion.server.identity import Identity
from bullion.server.initialize import connect_superuser
from bullion.server.layout import ServerFiles
from bullion.server.process import write_configuration

_WAITS_FOR_RESTART = "setting could not be applied"


def renew_settings(
    layout: ServerFiles, identity: Identity, port: int, say: Callable[[str], None]
) -> bool:
    """Write the settings and let the running server take over what it can; whether it is to be
    started anew for the others, which is where nobody is connected.

    ``say`` is told of settings that wait for a restart, and of those that PostgreSQL refuses.
    """
    is_new = write_configuration(layout, identity)
    with connect_superuser(layout.secrets, port, "postgres", say) as connection:
        if is_new:
            connection.execute("select pg_reload_conf()")
        rows = connection.execute(
            """
            select distinct name, error, sourceline
            from pg_file_settings
            where error is not null
            order by sourceline
            """
        ).fetchall()
        waiting = [name for name, error, _ in rows if error == _WAITS_FOR_RESTART]
        refused = [
            f"{name or 'line ' + str(line)} ({error})"
            for name, error, line in rows
            if error != _WAITS_FOR_RESTART
        ]
        found = connection.execute(
            "select count(*) from pg_stat_activity"
            " where backend_type = 'client backend' and pid <> pg_backend_pid()"
        ).fetchone()
    others = int(found[0]) if found else 0
    if refused:
        say(
            f"The server keeps its settings, for it refuses {', '.join(refused)}: correct "
            f"{layout.home / 'postgresql.local.conf'} and run 'bullion up' again."
        )
    elif waiting and others:
        say(
            f"New settings wait for a restart ({', '.join(waiting)}), for {others} "
            f"{'session is' if others == 1 else 'sessions are'} connected: run 'bullion down' and "
            "'bullion up' when they may be ended."
        )
    elif waiting:
        say(f"New settings ({', '.join(waiting)}) need a restart, and nobody is connected.")
        return True
    return False
