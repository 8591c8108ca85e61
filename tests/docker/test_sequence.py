"""What `docker compose up` runs, in its order, on the embedded server instead of containers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from bullion.commands.compose import write_secrets
from bullion.paths import PROJECT_DIR
from bullion.server.secrets import SUPERUSER
from tests.conftest import Server

CUSTOMERS = "40"
SEEDS = PROJECT_DIR / "seeds"


@pytest.fixture(scope="module")
def secrets(pg: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A secrets folder as the service makes it, with this server's administrator in it."""
    folder = tmp_path_factory.mktemp("compose") / "secrets"
    write_secrets(folder, pg.port)
    shutil.copy(pg.home / "secrets" / SUPERUSER, folder / SUPERUSER)
    return folder


def run(pg: Server, secrets: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run one of the project's programs with nothing but libpq's variables."""
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environ |= {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(pg.port),
        "PGUSER": "bullion",
        "PGPASSFILE": str(secrets / "pgpass"),
        "BULLION_HOME": str(secrets.parent / "home"),
        "DBT_TARGET_PATH": str(secrets.parent / "target"),
        "DBT_LOG_PATH": str(secrets.parent / "logs"),
    }
    program = Path(sys.prefix) / "bin" / command[0]
    return subprocess.run(
        [program, *command[1:]],
        cwd=PROJECT_DIR,
        env=environ,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def counts(pg: Server, schema: str) -> dict[str, int]:
    with pg.admin("bullion") as admin:
        names = admin.execute(
            "select table_name from information_schema.tables where table_schema = %s", (schema,)
        )
        return {
            name: admin.execute(f"select count(*) from {schema}.{name}").fetchall()[0][0]
            for (name,) in names.fetchall()
        }


@pytest.mark.timeout(1200)
def test_secrets_warehouse_and_bare_dbt(pg: Server, secrets: Path) -> None:
    # A login whose password is not yet the folder's: what the init files leave behind.
    with pg.admin() as admin:
        admin.execute("alter role bullion password null")
    try:
        warehouse = ("bullion", "compose", "warehouse", str(secrets), "--customers", CUSTOMERS)
        first = run(pg, secrets, *warehouse)
        assert first.returncode == 0, first.stdout[-4000:] + first.stderr[-2000:]
        bronze = counts(pg, "bronze")
        assert bronze["customers"] >= int(CUSTOMERS)
        assert bronze["load_audit"] > 0
        assert counts(pg, "silver")["stg_customers"] == bronze["customers"]
        # What gold reads besides silver, and nothing yet that is made of it.
        assert counts(pg, "gold").keys() == {path.stem for path in SEEDS.glob("*.csv")}

        # Bare dbt from another shell, as the design promises.
        gold = run(pg, secrets, "dbt", "run", "--select", "tag:gold")
        assert gold.returncode == 0, gold.stdout[-4000:]
        assert counts(pg, "gold")["fact_transactions"] > 0

        # The next `up` finds bronze filled and leaves it so.
        second = run(pg, secrets, *warehouse)
        assert second.returncode == 0, second.stdout[-4000:] + second.stderr[-2000:]
        assert counts(pg, "bronze") == bronze
    finally:
        with pg.admin() as admin:
            word = (pg.home / "secrets" / "bullion").read_text().strip()
            admin.execute(f"alter role bullion password '{word}'")


def test_administrator_that_the_server_does_not_know_is_one_clear_line(
    pg: Server, secrets: Path, tmp_path: Path
) -> None:
    other = tmp_path / "secrets"
    write_secrets(other, pg.port)
    failed = run(pg, secrets, "bullion", "compose", "warehouse", str(other))
    assert failed.returncode == 1
    assert "docker compose down --volumes" in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(
            host="127.0.0.1", port=pg.port, user="postgres", dbname="postgres", password="x"
        )
