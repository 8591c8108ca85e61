"""The embedded server's life: made, started, found, stopped, on a port of its own."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from bullion.db import connect
from bullion.errors import BullionError
from bullion.server.processes import processes_of
from bullion.server.secrets import SUPERUSER, password_of
from tests.conftest import TEST_PORT, Server
from tests.support.cli import bullion, command, environ_of
from tests.support.servers import data_of, postmaster, settings_of

MakeHome = Callable[[], Path]


def up(home: Path) -> subprocess.CompletedProcess[str]:
    return bullion(home, "up", BULLION_PORT=str(TEST_PORT + 20))


def test_up_twice_status_down(make_home: MakeHome) -> None:
    home = make_home()
    refused = bullion(home, "status", check=False)
    assert refused.returncode == 1
    assert "bullion up" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1

    assert "is running on 127.0.0.1:" in up(home).stdout
    first = postmaster(home)
    assert "already running" in up(home).stdout
    assert postmaster(home) == first
    said = bullion(home, "status").stdout
    assert f"127.0.0.1:{first.port}" in said
    assert "PostgreSQL 18" in said

    assert "stopped" in bullion(home, "down").stdout
    assert "not running" in bullion(home, "down").stdout
    with pytest.raises(BullionError, match="start it with 'bullion up'"):
        connect(settings_of(home))


def test_settings_of_the_server(pg: Server) -> None:
    with pg.admin("bullion") as connection:

        def show(name: str) -> str:
            row = connection.execute(f"show {name}").fetchone()
            assert row is not None
            return str(row[0])

        assert show("server_version").startswith("18")
        assert show("listen_addresses") == "127.0.0.1"
        assert show("unix_socket_directories") == ""
        assert show("password_encryption") == "scram-sha-256"
        assert show("timezone") == "UTC"
        assert show("jit") == "off"
        assert show("data_checksums") == "on"
        found = connection.execute(
            "select datlocprovider, datlocale, pg_encoding_to_char(encoding)"
            " from pg_database where datname = 'bullion'"
        ).fetchone()
        assert found == ("b", "C.UTF-8", "UTF8")


def test_no_way_in_without_the_password(pg: Server) -> None:
    for password in ("", "wrong"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(
                host="127.0.0.1", port=pg.port, user="bullion", dbname="bullion", password=password
            )
    with pg.admin() as connection:
        methods = connection.execute(
            "select distinct auth_method from pg_hba_file_rules"
        ).fetchall()
    assert methods == [("scram-sha-256",)]


def test_secrets_are_private_random_and_made_once(make_home: MakeHome) -> None:
    homes = [make_home(), make_home()]
    words = []
    for home in homes:
        up(home)
        secrets = home / "secrets"
        assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
        for file in secrets.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
        words.append({file.name: file.read_text() for file in secrets.iterdir()})
    assert words[0].keys() == words[1].keys() == {"postgres", "bullion", "pgpass"}
    assert all(words[0][name] != words[1][name] for name in words[0])
    bullion(homes[0], "down")
    up(homes[0])
    assert {file.name: file.read_text() for file in (homes[0] / "secrets").iterdir()} == words[0]


def test_taken_port_gives_the_next_free_one_and_says_so(make_home: MakeHome) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        home = make_home()
        said = bullion(home, "up", "--port", str(taken)).stdout
        port = postmaster(home).port
        assert port > taken
        assert f"127.0.0.1:{port} (port {taken} is taken" in said
    bullion(home, "down")
    # The port that clients know is kept, though the first choice is free again.
    bullion(home, "up")
    assert postmaster(home).port == port


def test_two_homes_at_once(make_home: MakeHome) -> None:
    homes = [make_home(), make_home()]
    running = [
        subprocess.Popen(
            command("up"),
            env=environ_of(home, BULLION_PORT=str(TEST_PORT + 40)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for home in homes
    ]
    for one in running:
        said, _ = one.communicate(timeout=120)
        assert one.returncode == 0, said
    servers = [postmaster(home) for home in homes]
    assert servers[0].port != servers[1].port
    for home in homes:
        with connect(settings_of(home)) as connection:
            connection.execute("create table silver.whose as select %s as home", (str(home),))
    for home in homes:
        with connect(settings_of(home)) as connection:
            assert connection.execute("select home from silver.whose").fetchone() == (str(home),)
    bullion(homes[0], "down")
    connect(settings_of(homes[1])).close()


def test_two_ups_of_one_home_make_one_server(make_home: MakeHome) -> None:
    home = make_home()
    running = [
        subprocess.Popen(
            command("up"),
            env=environ_of(home, BULLION_PORT=str(TEST_PORT + 60)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    said = [one.communicate(timeout=120)[0] for one in running]
    assert [one.returncode for one in running] == [0, 0, 0], said
    assert sum("already running" in words for words in said) == 2
    data = data_of(home)
    found = [one for one in processes_of(data) if "-D" in one.cmdline()]
    assert len(found) == 1


def test_environment_evaluates(make_home: MakeHome) -> None:
    home = make_home()
    up(home)
    script = (
        'eval "$("$0" -m bullion.cli env)" && exec "$0" -c "'
        "import psycopg; c = psycopg.connect(); "
        "print(c.info.user, c.info.dbname, c.info.port, c.execute('show search_path').fetchone())"
        '"'
    )
    done = subprocess.run(
        ["bash", "-c", script, command()[0]],
        env=environ_of(home, PGPASSWORD="of another server", PGSSLMODE="require"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"bullion bullion {postmaster(home).port} ('gold, silver")


def test_up_after_eval_env_still_is_the_embedded_server(make_home: MakeHome) -> None:
    home = make_home()
    up(home)
    exported = settings_of(home).environ()
    bullion(home, "down")
    said = bullion(home, "up", check=True, **exported).stdout
    assert "is running on" in said


def test_psql_runs_the_wheels_program(make_home: MakeHome) -> None:
    home = make_home()
    up(home)
    said = bullion(home, "psql", "--", "-XAtc", "select current_user, current_setting('TimeZone')")
    assert said.stdout.strip() == "bullion|UTC"
    failed = bullion(home, "psql", "--", "-c", "select 1/0", check=False)
    assert failed.returncode != 0


def test_pgpass_line_is_added_once_and_works(make_home: MakeHome, tmp_path: Path) -> None:
    home = make_home()
    up(home)
    passfile = tmp_path / ".pgpass"
    passfile.write_text("db.example:5432:*:ann:her word\n")
    passfile.chmod(0o600)
    for _ in range(2):
        bullion(home, "env", "--pgpass", HOME=str(tmp_path))
    lines = passfile.read_text().splitlines()
    port = postmaster(home).port
    password = password_of(home / "secrets", "bullion")
    assert lines == [
        f"127.0.0.1:{port}:bullion:bullion:{password}",
        "db.example:5432:*:ann:her word",
    ]
    assert stat.S_IMODE(passfile.stat().st_mode) == 0o600
    code = f"import psycopg; psycopg.connect(host='127.0.0.1', port={port}, user='bullion')"
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    subprocess.run(
        [command()[0], "-c", code],
        env=environ | {"HOME": str(tmp_path), "PGPASSFILE": str(passfile)},
        check=True,
        timeout=60,
    )


def test_own_configuration_is_used(make_home: MakeHome) -> None:
    home = make_home()
    file = home / "postgresql.local.conf"
    file.write_text(file.read_text() + "deadlock_timeout = 12345\n")
    up(home)
    with connect(settings_of(home)) as connection:
        assert connection.execute("show deadlock_timeout").fetchone() == ("12345ms",)


def test_bad_configuration_is_said_in_the_servers_words(make_home: MakeHome) -> None:
    home = make_home()
    (home / "postgresql.local.conf").write_text("shared_bufers = 1GB\n")
    failed = bullion(home, "up", check=False)
    assert failed.returncode == 1
    assert "postgres.log" in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1
    (home / "postgresql.local.conf").write_text("")
    up(home)


def test_lost_secrets_are_replaced_and_the_data_kept(make_home: MakeHome) -> None:
    home = make_home()
    up(home)
    with connect(settings_of(home)) as connection:
        connection.execute("create table silver.kept (a integer)")
    bullion(home, "down")
    for file in (home / "secrets").iterdir():
        file.unlink()
    up(home)
    with connect(settings_of(home)) as connection:
        connection.execute("table silver.kept")
    assert (home / "secrets" / SUPERUSER).exists()
