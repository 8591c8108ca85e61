"""`bullion verify`: which bank it finds, what it writes, and banks in scratch databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bullion.db import connect
from bullion.errors import BullionError
from bullion.synth.bank import Bank, generate
from bullion.verify import table
from bullion.verify.bank import FILE, find_bank
from bullion.verify.registry import all_oracles, all_truths
from bullion.verify.seeds import default_seeds, verify_seeds
from tests.conftest import Database, Server
from tests.support.bank_warehouse import BankWarehouse
from tests.support.cli import bullion

# The models of this truth are quickly built.
TRUTH = "T21"


def small_bank(folder: Path, seed: int, **other: Any) -> Bank:
    return generate(
        folder, customers=20, start="2025-01-01", end="2025-02-28", seed=seed, workers=1, **other
    )


def find(database: Database, home: Path, given: Path | None = None) -> int:
    with database.connect(autocommit=True) as connection:
        return find_bank(connection, home, given).seed


def test_which_bank_is_loaded(database: Database, tmp_path: Path) -> None:
    """The bank whose rows were loaded, and no other; every obstacle in one line."""
    with pytest.raises(BullionError, match="Nothing is loaded"):
        find(database, tmp_path)
    other, mine = (small_bank(tmp_path / f"bank-{seed}", seed) for seed in (1, 2))
    bullion(database.server.home, "load", str(mine.path), PGDATABASE=database.settings.database)
    assert find(database, tmp_path) == 2
    assert find(database, tmp_path / "nowhere", mine.path) == 2
    assert find(database, tmp_path / "nowhere", mine.path / FILE) == 2
    with pytest.raises(BullionError, match=r"rows loaded, \S+ in the bank"):
        find(database, tmp_path, other.path)
    with pytest.raises(BullionError, match="none of the synthetic banks"):
        find(database, tmp_path / "nowhere")
    with pytest.raises(BullionError, match="cannot be read"):
        find(database, tmp_path, tmp_path)
    (tmp_path / FILE).write_text("just: text")
    with pytest.raises(BullionError, match="is not the truth"):
        find(database, tmp_path, tmp_path)
    (tmp_path / FILE).unlink()
    # More than the one bank: no truth.yml tells of what is in the warehouse.
    extract = str(other.extracts[0] / "customers.csv")
    bullion(database.server.home, "load", extract, PGDATABASE=database.settings.database)
    with pytest.raises(BullionError, match="none of the synthetic banks"):
        find(database, tmp_path)


@pytest.mark.parametrize("how", [{"deltas": 1}, {"faults": True}, {"without": ["T02"]}])
def test_banks_that_cannot_be_verified(database: Database, tmp_path: Path, how: Any) -> None:
    bank = generate(
        tmp_path / "bank", customers=20, start="2025-01-01", end="2025-06-30", workers=1, **how
    )
    bullion(
        database.server.home,
        "load",
        str(bank.path),
        check=False,
        PGDATABASE=database.settings.database,
    )
    with pytest.raises(BullionError, match=f"--{next(iter(how))}"):
        find(database, tmp_path)


def test_command(bank_warehouse: BankWarehouse) -> None:
    """It prints every truth, exits with 0 and leaves a table that readers may read."""
    done = bank_warehouse.warehouse.bullion("verify", "--truth", str(bank_warehouse.folder))
    for truth in all_truths():
        assert truth.id in done.stdout
    assert "1,500 customers, 48 months, seed 42" in done.stdout
    with bank_warehouse.connect() as connection:
        rows = connection.execute(
            "select check_kind, truth_id, check_name, verdict from analytics_verification"
        ).fetchall()
        described = connection.execute(
            "select count(col_description(attrelid, attnum)),"
            " obj_description('analytics_verification'::regclass, 'pg_class'),"
            " has_table_privilege('reader', 'gold.analytics_verification', 'select')"
            " from pg_attribute where attrelid = 'analytics_verification'::regclass and attnum > 0"
        ).fetchone()
    # The bank has effects: tests of the null bank alone are not run.
    expected = len(all_truths()) + len(all_oracles())
    expected -= sum(getattr(truth, "banks", "") == "null" for truth in all_truths())
    assert len(rows) == expected
    assert {verdict for *_, verdict in rows} <= {"passed", "too small"}
    assert described == (len(table.COLUMNS), table.COMMENT, True)


def test_options_that_do_not_go_together(pg: Server) -> None:
    for words in (["--null"], ["--seeds", "2", "--truth", "x"]):
        done = bullion(pg.home, "verify", *words, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith("bullion: --")


def test_no_server_is_said_in_one_line(tmp_path: Path) -> None:
    for words in ([], ["--seeds", "2"]):
        done = bullion(tmp_path / "home", "verify", *words, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith("bullion: ")
        assert "bullion up" in done.stderr
        assert done.stderr.count("\n") == 1


def databases(server: Server) -> set[str]:
    with server.admin() as admin:
        return {name for (name,) in admin.execute("select datname from pg_database")}


@pytest.mark.timeout(900)
def test_banks_in_scratch_databases(database: Database, tmp_path: Path) -> None:
    """Two banks side by side, whose databases are gone afterwards; what is known is not made again;
    what a killed run left is cleared away."""
    server, settings = database.server, database.settings
    home = settings.home
    keys = [(truth.id, truth.name) for truth in all_truths() if truth.id == TRUTH]
    left_behind = f"{settings.database}_verify_1"
    with server.admin() as admin:
        admin.execute(f"create database {left_behind}")
    connection = connect(settings, dbname=left_behind)
    before = databases(server)
    seeds = default_seeds(2)

    with (tmp_path / "said").open("w") as said:
        results = verify_seeds(settings, Console(file=said), seeds, False, keys, customers=40)
        again = verify_seeds(settings, Console(file=said), seeds, False, keys, customers=40)
    connection.close()

    assert databases(server) == before - {left_behind}
    assert [measured.seed for measured, _ in results] == [43, 44]
    for measured, _ in results:
        assert [(each.id, each.name) for each in measured.sets] == keys
        assert all(each.planted_count for each in measured.sets)
    assert again == results
    assert (tmp_path / "said").read_text().count("Making 2 banks, 2 at a time") == 1
    assert not list(home.glob("verify/slot-*/bank"))
