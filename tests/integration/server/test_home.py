"""One home: its lock lives as long as its server, a copy is a home of its own, and others read
nothing of it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from bullion.db import connect
from bullion.errors import BullionError
from bullion.record import record_of
from bullion.server import cluster
from bullion.server.logs import log_files
from bullion.server.secrets import SUPERUSER, as_administrator, password_of
from bullion.settings import get_settings
from tests.conftest import TEST_PORT, temporary_home
from tests.support.cli import bullion, command, environ_of, main_in_process
from tests.support.servers import data_of, postmaster, settings_of

PORT = str(TEST_PORT + 200)
CANARY = "078-05-1120"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home whose server runs, before and after each test."""
    with temporary_home() as home:
        bullion(home, "up", BULLION_PORT=PORT)
        yield home


def up(home: Path) -> bool:
    """Start what is stopped; whether it was running."""
    return cluster.up(
        get_settings({"BULLION_HOME": str(home)}), None, lambda _: None
    ).already_running


def log_of(home: Path) -> str:
    layout = cluster.existing_layout(home)
    assert layout is not None
    return "".join(file.read_text() for file in log_files(layout) if file.exists())


def down(home: Path) -> None:
    assert cluster.down(get_settings({"BULLION_HOME": str(home)}))


def in_container(home: Path, *words: str, network: bool = True) -> subprocess.CompletedProcess[str]:
    """A verb in a namespace of processes (and of shared memory) of its own, as Docker gives it."""
    options = ["--pid", "--fork", "--mount-proc", "--ipc", *([] if network else ["--net"])]
    return subprocess.run(
        ["unshare", *options, *command(*words)],
        env=environ_of(home, BULLION_PORT=PORT),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(
    os.geteuid() != 0
    or not shutil.which("unshare")
    or subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", "--ipc", "--net", "true"],
        capture_output=True,
        check=False,
    ).returncode
    != 0,
    reason="needs root and namespaces",
)
def test_another_container_starts_no_second_server(home: Path) -> None:
    before = postmaster(home)
    pid_file = (data_of(home) / "postmaster.pid").read_text()
    closed = in_container(home, "up", network=False)
    assert closed.returncode == 1
    assert "runs in another container" in closed.stderr
    assert len(closed.stderr.strip().splitlines()) == 1
    assert "runs in another container" in in_container(home, "down", network=False).stderr
    # Where it can be reached it is used.
    assert f"already running on 127.0.0.1:{before.port}" in in_container(home, "up").stdout
    assert postmaster(home) == before
    assert (data_of(home) / "postmaster.pid").read_text() == pid_file
    # The other way round: a container's server, seen from outside.
    down(home)
    script = f"{' '.join(command('up'))} && exec sleep 600"
    keeps = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--mount-proc", "--ipc", "sh", "-c", script],
        env=environ_of(home, BULLION_PORT=PORT),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert keeps.stdout is not None
        assert "is running on" in keeps.stdout.readline()
        assert up(home)
        with pytest.raises(BullionError, match="runs in another container"):
            cluster.down(settings_of(home))
    finally:
        os.killpg(keeps.pid, signal.SIGKILL)
        keeps.wait()
    # The container is gone, and with it the lock.
    assert not up(home)


def test_copied_home_has_a_server_of_its_own(home: Path) -> None:
    with connect(settings_of(home)) as connection:
        connection.execute("set role archivist")
        connection.execute("create table bronze.whose as select 'original' as home")
    down(home)
    with temporary_home() as copy:
        shutil.rmtree(copy)
        subprocess.run(["cp", "-a", str(home), str(copy)], check=True)
        # Before its own 'up', nothing leads to the original's server.
        up(home)
        for verb in ("status", "env", "psql"):
            refused = main_in_process(copy, verb)
            assert refused.returncode == 1
            assert "run 'bullion up'" in refused.stderr
        assert not up(copy)
        assert postmaster(copy).port != postmaster(home).port
        assert data_of(copy).is_relative_to(copy)
        with connect(settings_of(copy)) as connection:
            connection.execute("set role archivist")
            connection.execute("update bronze.whose set home = 'copy'")
        with connect(settings_of(home)) as connection:
            assert connection.execute("table bronze.whose").fetchall() == [("original",)]
        down(copy)
    assert up(home)


DAMAGES = [b"", b"{", b'{"port": "x", "base": 7}', bytes(range(256)), None]


def damage_file(file: Path, damage: bytes | None) -> None:
    """Write that into a file of state, or take it away."""
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage)


@pytest.mark.parametrize("name", ["server.json", "secrets/bullion", "secrets/pgpass", "lock"])
def test_damaged_state_is_written_anew(home: Path, name: str) -> None:
    for damage in DAMAGES:
        damage_file(home / name, damage)
        assert up(home)
        connect(settings_of(home)).close()


def test_damaged_password_of_the_administrator(home: Path) -> None:
    """What 'up' says of it while the server runs, done, makes it anew."""
    for damage in (b"", b"wrong\n", bytes(range(256))):
        damage_file(home / "secrets" / SUPERUSER, damage)
        failed = main_in_process(home, "up")
        assert failed.returncode == 1
        assert len(failed.stderr.strip().splitlines()) == 1
        down(home)
        if "delete" in failed.stderr:
            (home / "secrets" / SUPERUSER).unlink()
        assert not up(home)
        connect(settings_of(home)).close()


def test_recovery_is_waited_for(home: Path) -> None:
    """A backend's death makes the others recover, while the pid file still says ready."""
    stopped = postmaster(home).pid
    with connect(settings_of(home)) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        assert up(home)
    assert postmaster(home).pid == stopped


@contextmanager
def impostor(port: int, answer: bytes) -> Iterator[list[bytes]]:
    """A server that answers a login so, and what it has been told after that."""
    told: list[bytes] = []
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                with client:
                    client.settimeout(5)
                    first = client.recv(4096)
                    while first[4:8] in {b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"}:
                        client.sendall(b"N")  # no TLS, no GSS
                        first = client.recv(4096)
                    client.sendall(answer)
                    try:
                        told.append(client.recv(4096))
                    except OSError:
                        told.append(b"")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield told
        finally:
            listening.shutdown(socket.SHUT_RDWR)


READY = b"R\0\0\0\x08\0\0\0\0" + b"K\0\0\0\x0c\0\0\0\x01\0\0\0\x02" + b"Z\0\0\0\x05I"
ANSWERS = {
    "clear text": b"R\0\0\0\x08\0\0\0\x03",
    "md5": b"R\0\0\0\x0c\0\0\0\x05salt",
    "none": READY,
}


def test_impostor_is_told_nothing(home: Path) -> None:
    port = postmaster(home).port
    word = password_of(home / "secrets", "bullion").encode()
    exported = settings_of(home).environ()
    down(home)
    dbt = "import psycopg2; psycopg2.connect(host='127.0.0.1', dbname='bullion', user='bullion')"
    for method, answer in ANSWERS.items():
        with impostor(port, answer) as told:
            with pytest.raises(BullionError, match="it was told no password"):
                connect(settings_of(home))
            for program in (["-m", "bullion.cli", "psql"], ["-c", dbt]):
                done = subprocess.run(
                    [command()[0], *program],
                    env=environ_of(home, **exported),
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=False,
                    stdin=subprocess.DEVNULL,
                )
                assert done.returncode != 0, (method, done)
        assert told
        assert not any(told), (method, told)
        assert word not in b"".join(told)
    up(home)


def test_others_read_nothing_of_a_home(home: Path) -> None:
    """Also what an older bullion has left open, and what a failed row leaves in the log."""
    for path in (home / "logs", home / "logs" / "postgres.log", home / "server.json"):
        path.chmod(path.stat().st_mode | 0o055)
    home.chmod(0o755)
    up(home)
    with connect(settings_of(home), autocommit=True) as connection:
        connection.execute("set role archivist")
        connection.execute("create table bronze.t (ssn text, d date not null)")
        connection.execute(f"alter table bronze.t add check (ssn <> '{CANARY}')")
        for statement in (
            f"insert into bronze.t values ('{CANARY}', '2024-01-01')",
            f"insert into bronze.t (ssn) values ('{CANARY} x')",
            f"select date '{CANARY}'",
            f"select nonsense from bronze.t where ssn = '{CANARY}'",
            f"do $$ begin raise warning '{CANARY}'; raise exception '{CANARY}'; end $$",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
        for row in (f"{CANARY}\tx\n", f"{CANARY}\t\\N\n", f"{CANARY}\n"):
            with (
                pytest.raises(psycopg.Error),
                connection.cursor() as cursor,
                cursor.copy("copy bronze.t from stdin") as copy,
            ):
                copy.write(row)
        with pytest.raises(psycopg.Error):
            connection.execute("insert into bronze.t values (%s, %s)", (CANARY, "x"))
    assert "connection authorized" in log_of(home)
    assert CANARY not in log_of(home)
    assert stat.S_IMODE(home.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)
    open_to_others = [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.lstat().st_mode & 0o077 and path.name != "postgresql.local.conf"
    ]
    assert not open_to_others


def test_logins_are_granted_and_revoked(home: Path) -> None:
    settings = settings_of(home)
    with connect(as_administrator(settings), autocommit=True) as admin:
        admin.execute("create role boss login in role loader")
    with connect(settings) as connection:
        for schema in ("silver", "gold"):
            connection.execute(f"create table {schema}.made as select 1 as a")
    said = main_in_process(home, "grant-login", "ann", "--role", "reader").stdout
    file = home / "secrets" / "logins" / "ann"
    assert str(file) in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    word = file.read_text().strip()
    assert word not in said

    def log_in(password: str) -> psycopg.Connection:
        return connect(settings, user="ann", password=password, autocommit=True)

    with log_in(word) as ann:
        assert ann.execute("table made").fetchall() == [(1,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ann.execute("table silver.made")
    # Again it changes nothing but what it reads; with --rotate the word as well.
    main_in_process(home, "grant-login", "ann", "--role", "auditor")
    log_in(word).close()
    main_in_process(home, "grant-login", "ann", "--role", "reader", "--role", "auditor", "--rotate")
    with pytest.raises(BullionError, match="failed"):
        log_in(word)
    new = file.read_text().strip()
    open_session = log_in(new)
    for refused in (
        ["bullion", "--role", "reader"],
        ["../x", "--role", "reader"],
        ["-x", "--role", "reader"],
        ["a;b", "--role", "reader"],
        ["bob", "--role", "loader"],
        ["boss", "--role", "reader"],
    ):
        failed = main_in_process(home, "grant-login", *refused)
        assert failed.returncode != 0
        assert "Traceback" not in failed.stderr
    assert "is gone" in main_in_process(home, "revoke-login", "ann").stdout
    with pytest.raises(psycopg.OperationalError):
        open_session.execute("select 1")
    with pytest.raises(BullionError, match="failed"):
        log_in(new)
    assert not file.exists()
    log = log_of(home)
    assert "user=ann" in log
    assert word not in log
    assert new not in log
    known = password_of(home / "secrets", SUPERUSER)
    assert known not in log
    assert known not in record_of(home).read_text()


def test_no_home_can_be_made_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for home in (tmp_path / "file", tmp_path / "file" / "home", Path("/proc/none/home")):
        for verb in ("up", "down", "status"):
            failed = main_in_process(home, verb)
            if verb == "down" and failed.returncode == 0:
                assert "not running" in failed.stdout
                continue
            assert failed.returncode == 1, (home, verb)
            assert len(failed.stderr.strip().splitlines()) == 1, failed.stderr
    assert cluster.existing_layout(tmp_path / "none") is None
