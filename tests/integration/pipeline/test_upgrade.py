"""A warehouse of an earlier release or contract, brought up to today's, is what a full refresh of
its bronze makes."""

from __future__ import annotations

import lzma
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bullion.paths import PROJECT_DIR
from bullion.synth.bank import generate
from tests.support.extracts import read_rows, upsert, write_rows
from tests.support.parity import DuckDBSide, PostgresSide, assert_none_differ, compare
from tests.support.pipeline import INCREMENTS, Warehouse

DUMPS = Path(__file__).parent / "warehouses"
EARLIER = sorted(DUMPS.glob("*.sql.xz"))
# What of the project a build needs, and a change of the contract.
PARTS = (
    "bullion", "dbt_bullion", "macros", "models", "postgres-init", "seeds", "tests/dbt",
    "tools/derived",
)  # fmt: skip
FILES = ("dbt_project.yml", "profiles.yml", "pyproject.toml", "tools/__init__.py")
CONTRACT = "models/bronze/_bronze__sources.yml"
DERIVE = """
from tools.derived import silver_yml
for path, text in silver_yml.files().items():
    path.write_text(text, encoding="utf-8")
"""
NICKNAME = """\
          - name: nickname
            data_type: text
            description: What the customer likes to be called.
            config: {meta: {type: text, pii: true}}
"""
# What reads the tables that change.
CHANGED = ("--select", "+dim_customer_pii", "+dim_account", "+dim_location")
WIDER = (
    (
        """data_type: date
            description: Next day on which a payment is due.
            config: {meta: {type: date, time: planned}}""",
        """data_type: timestamp
            description: When a payment is due next.
            config: {meta: {type: ts, time: planned}}""",
    ),
    (
        """data_type: integer
            description: Floor space in square feet.
            config: {meta: {type: int}}""",
        """data_type: numeric(18,6)
            description: Floor space in square feet.
            config: {meta: {type: numeric}}""",
    ),
)


class Newer:
    """The project with a newer contract: a column of customers more, two types wider."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in PARTS:
            shutil.copytree(PROJECT_DIR / part, folder / part)
        for file in FILES:
            shutil.copy(PROJECT_DIR / file, folder / file)
        email = "          - name: email\n"
        self._edit(CONTRACT, email, f"{NICKNAME}{email}")
        for old, new in WIDER:
            self._edit(CONTRACT, old, new)
        staging = "models/silver/staging/stg_customers.sql"
        self._edit(staging, "    email,\n", "    nickname,\n    email,\n")
        self.python("-c", DERIVE, environ={})

    def _edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old)
        path.write_text(text.replace(old, new), encoding="utf-8")

    def python(self, *arguments: str, environ: dict[str, str]) -> str:
        """What a program of the project says."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environ | {"PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-3000:])
        return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_newer_contract(warehouse: Warehouse, tmp_path: Path) -> None:
    """`bullion up` says what it did to bronze, and a build on DuckDB what it did to the lake."""
    bank = generate(
        tmp_path / "bank", customers=40, start="2025-01-01", end="2025-06-30", seed=3, deltas=1
    )
    to_both = ["--lake", str(warehouse.lake), "--postgres"]
    warehouse.load(bank.extracts[0], options=to_both)
    warehouse.build(*CHANGED)
    newer = Newer(tmp_path / "newer")

    def bullion(*arguments: str) -> str:
        apart = ["--target-path", str(tmp_path / "target")] if arguments[0] == "build" else []
        return newer.python("-m", "bullion.cli", *arguments, *apart, environ=warehouse.environ)

    changes = {
        "customers": "nickname (text) added",
        "accounts": "payment_due_date is timestamp, was date",
        "branch_locations": "square_footage is numeric(18,6), was integer",
    }
    for place, said in {
        "bronze.": bullion("up"),
        f"{warehouse.lake}/": bullion("build", "--engine", "duckdb", *CHANGED),
    }.items():
        told = [line for line in said.splitlines() if "contract: " in line]
        wanted = [f"{place}{name} follows the contract: {done}." for name, done in changes.items()]
        assert told == wanted
    rows = read_rows(bank.extracts[0] / "customers.csv")[:2]
    renamed = [upsert(row, nickname="Bo") for row in rows]
    folder = tmp_path / bank.extracts[1].name
    shutil.copytree(bank.extracts[1], folder)
    write_rows(folder, "customers", renamed)
    assert "contract: " not in bullion("load", str(folder), *to_both)
    for engine in ("postgres", "duckdb"):
        assert "contract: " not in bullion("build", "--engine", engine, *CHANGED)
    assert warehouse.database.value(
        "select count(*) from silver.base_customers where nickname = 'Bo'"
    ) == len(rows)
    other = DuckDBSide(warehouse.duckdb)
    with warehouse.database.connect() as connection:
        compared = compare(PostgresSide(connection), other, other.relations().keys())
    assert_none_differ(compared, "a newer contract")
    followed = warehouse.digests()
    bullion("build", "--full-refresh", *CHANGED)
    assert warehouse.digests() == followed


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("release", [path.name.removesuffix(".sql.xz") for path in EARLIER])
def test_an_earlier_release(warehouse: Warehouse, tmp_path: Path, release: str) -> None:
    """A warehouse of eight customers as that release made it (bronze, silver, and of gold what is
    built by increments), dumped: nobody says how its tables were made, so none is kept."""
    dump = tmp_path / "dump.sql"
    dump.write_bytes(lzma.decompress((DUMPS / f"{release}.sql.xz").read_bytes()))
    warehouse.bullion("psql", "--admin", "--", "-qv", "ON_ERROR_STOP=1", "-f", str(dump))
    warehouse.bullion("up")
    assert warehouse.database.value("select count(*) from gold.fact_transactions") > 0
    warehouse.build(*INCREMENTS)
    upgraded = warehouse.digests()
    warehouse.build("--full-refresh", *INCREMENTS)
    assert warehouse.digests() == upgraded
