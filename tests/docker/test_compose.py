"""docker-compose.yml as far as it can be judged without pulling an image."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bullion.commands.compose import SHM_BYTES, server_configuration, write_secrets
from bullion.paths import PROJECT_DIR
from bullion.server.binaries import MAJOR, install_dir
from bullion.server.identity import server_identity
from bullion.server.machine import GB, server_settings, this_machine
from bullion.server.process import clean_environ

COMPOSE = PROJECT_DIR / "docker-compose.yml"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    return compose["services"]


def has_compose_plugin() -> bool:
    if shutil.which("docker") is None:
        return False
    done = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.skipif(not has_compose_plugin(), reason="no docker client with the compose plugin")
def test_docker_compose_accepts_the_file() -> None:
    done = subprocess.run(
        ["docker", "compose", "--project-directory", PROJECT_DIR, "config", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_services(services: dict[str, Any]) -> None:
    assert set(services) == {"secrets", "postgres", "warehouse", "pgadmin"}
    # By exact version, which a site may pin to a digest.
    image = re.fullmatch(
        r"\$\{POSTGRES_IMAGE:-postgres:(\d+)\.\d+\}", services["postgres"]["image"]
    )
    assert image is not None
    assert int(image[1]) == int(MAJOR)


def test_every_service_has_a_healthcheck(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["healthcheck"]["test"][0] == "CMD", name
    ready = services["postgres"]["healthcheck"]["test"]
    # Without -d, pg_isready logs a failed connection to a database of the user's name.
    assert ready[ready.index("-d") + 1] == services["postgres"]["environment"]["POSTGRES_DB"]
    assert ready[ready.index("-h") + 1] == "127.0.0.1"


def test_everything_binds_to_this_machine_only(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published == [
        "127.0.0.1:${BULLION_PORT:-5432}:5432",
        "127.0.0.1:${PGADMIN_PORT:-5050}:80",
    ]
    assert all("network_mode" not in service for service in services.values())


def test_data_volume_is_where_the_image_of_18_keeps_data(compose: dict[str, Any]) -> None:
    assert "postgres:/var/lib/postgresql" in compose["services"]["postgres"]["volumes"]
    assert "postgres" in compose["volumes"]


def test_wait_means_that_silver_stands(services: dict[str, Any]) -> None:
    """`up --wait` waits for a one-shot's end only where another service depends on its end."""
    one_shots = {"secrets", "warehouse"}
    awaited = {
        dependency
        for service in services.values()
        for dependency, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_completed_successfully"
    }
    assert awaited == one_shots
    assert services["warehouse"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for name in one_shots:
        assert "restart" not in services[name]


def test_no_password_is_written_in_the_file(services: dict[str, Any]) -> None:
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "PASS" in name:
                assert name.endswith(("_FILE", "PGPASSFILE")), name
                assert str(value).startswith("/run/bullion/")


def test_bind_mounts_are_folders(services: dict[str, Any]) -> None:
    """Docker makes a folder of a bind-mounted file that is not there when it starts."""
    sources = {
        volume.split(":")[0]
        for service in services.values()
        for volume in service["volumes"]
        if volume.startswith(".")
    }
    assert sources == {"./", "./secrets", "./postgres-init"}
    ignored = (PROJECT_DIR / ".gitignore").read_text().splitlines()
    assert "secrets/" in ignored
    assert "secrets" in (PROJECT_DIR / ".dockerignore").read_text().splitlines()


def test_init_folder_holds_only_what_the_entrypoint_runs() -> None:
    assert {file.suffix for file in (PROJECT_DIR / "postgres-init").iterdir()} == {".sql"}


def test_secrets_are_made_once_and_private(tmp_path: Path, services: dict[str, Any]) -> None:
    folder = tmp_path / "secrets"
    write_secrets(folder, 5499)
    first = {file: file.read_text() for file in folder.rglob("*") if file.is_file()}
    write_secrets(folder, 5499)
    assert {file: file.read_text() for file in folder.rglob("*") if file.is_file()} == first
    public = {"postgresql.conf", "port"}
    for file in first:
        assert stat.S_IMODE(file.stat().st_mode) == (0o644 if file.name in public else 0o600)
    owner = tmp_path.stat().st_uid
    for file in folder.iterdir():
        assert file.stat().st_uid == (5050 if file.name == "pgadmin" and owner == 0 else owner)
    words = [(folder / name).read_text() for name in ("postgres", "bullion", "pgadmin_password")]
    assert len(set(words)) == len(words)
    assert (folder / "port").read_text() == "5499\n"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o711, "postgres's user must pass through"
    for service in services.values():
        for value in service.get("environment", {}).values():
            if str(value).startswith("/run/bullion/"):
                assert (folder / Path(value).relative_to("/run/bullion")).exists(), value


@pytest.fixture(scope="module")
def data(services: dict[str, Any]) -> Iterator[Path]:
    """A data directory made with compose's own arguments to initdb."""
    identity = server_identity(None)
    folder = Path(tempfile.mkdtemp(prefix="bullion-test-initdb-", dir="/tmp"))
    if identity.switched:
        os.chown(folder, identity.uid, identity.gid)
    arguments = shlex.split(services["postgres"]["environment"]["POSTGRES_INITDB_ARGS"])
    done = subprocess.run(
        [install_dir() / "bin" / "initdb", "-D", folder / "data", "-U", "postgres", *arguments],
        env=clean_environ(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **identity.popen_options(),
    )
    assert done.returncode == 0, done.stderr
    yield folder / "data"
    shutil.rmtree(folder)


def test_configuration_is_accepted_by_the_server(data: Path) -> None:
    identity = server_identity(None)
    file = data / "compose.conf"
    file.write_text(server_configuration())
    file.chmod(0o644)

    def setting(name: str) -> str:
        done = subprocess.run(
            [
                install_dir() / "bin" / "postgres",
                "-D",
                data,
                "-C",
                name,
                "-c",
                f"config_file={file}",
            ],
            env=clean_environ(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **identity.popen_options(),
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert setting("listen_addresses") == "*"
    assert setting("hba_file") == str(data / "pg_hba.conf")
    assert setting("TimeZone") == "UTC"
    assert setting("dynamic_shared_memory_type") == "posix"


def test_shared_memory_is_what_the_configuration_counts_on(services: dict[str, Any]) -> None:
    assert services["postgres"]["shm_size"] == f"{SHM_BYTES // GB}gb"
    # One function for both servers: compose differs in what its container has, nothing else.
    ours = server_settings(this_machine())
    for line in server_configuration().splitlines()[1:]:
        name, _, value = line.partition(" = ")
        if name not in {"listen_addresses", "dynamic_shared_memory_type"}:
            assert value == f"'{ours[name]}'"
