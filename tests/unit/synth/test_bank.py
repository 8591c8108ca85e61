"""The bank as a whole: determinism, files, ledgers, time order, references, the command."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from bullion import contract
from bullion.cli import app
from bullion.errors import BullionError
from bullion.synth import bank as bank_module
from bullion.synth.bank import Bank, generate
from bullion.synth.deltas.book import cents, days, is_given, is_one_of, seconds
from tests.support.cli import heeding_interrupts
from tests.unit.synth.conftest import SHORT, Sample, read_file, typed


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_arguments_same_bytes_whatever_the_number_of_workers(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"customers": 1300, "seed": 3, "deltas": 2, "faults": True}
    arguments |= {"start": "2025-01-01", "end": "2025-02-28"}
    made = [
        generate(tmp_path / f"bank{workers}", workers=workers, **arguments) for workers in (1, 2)
    ]
    one, two = (_digests(bank.path) for bank in made)
    assert one == two
    assert len([name for name in one if name.startswith("2025-02-28/")]) == 22
    other = generate(tmp_path / "other", workers=1, **(arguments | {"seed": 4}))
    assert _digests(other.path)["2025-02-28/transactions.csv"] != one["2025-02-28/transactions.csv"]


def test_a_bank_of_several_currencies_differs_in_them_alone(tmp_path: Path) -> None:
    """Labels of accounts and of what moves on them, and the rates of every working day."""
    arguments: dict[str, Any] = {"customers": 40, "deltas": 3, **SHORT}
    plain = generate(tmp_path / "plain", **arguments)
    several = generate(tmp_path / "several", currencies=("EUR", "CZK"), **arguments)
    assert several.truth["bank"]["currencies"] == ["EUR", "CZK"]
    assert "currencies" not in plain.truth["bank"]
    named: dict[str, str] = {}
    quoted: list[tuple[Any, Any]] = []
    for one, other in zip(plain.extracts, several.extracts, strict=True):
        files = {path.stem for path in other.iterdir()}
        assert files - {path.stem for path in one.iterdir()} == {"exchange_rates"}
        rates = typed(read_file(other / "exchange_rates.csv"), "exchange_rates")
        quoted += zip(rates["rate_date"].to_pylist(), rates["currency"].to_pylist(), strict=True)
        for name in files - {"exchange_rates"}:
            before, after = (
                typed(read_file(folder / f"{name}.csv"), name) for folder in (one, other)
            )
            if "currency" in after.column_names:
                assert set(before["currency"].to_pylist()) <= {"USD", None}
                for account, currency in zip(
                    after["account_id"].to_pylist(), after["currency"].to_pylist(), strict=True
                ):
                    # A delete names its key alone.
                    assert currency is None or named.setdefault(account, currency) == currency
                before, after = before.drop(["currency"]), after.drop(["currency"])
            assert after.equals(before), name
    assert set(named.values()) == {"USD", "EUR", "CZK"}
    assert len(quoted) == len(set(quoted))
    assert {currency for _, currency in quoted} == {"EUR", "CZK"}


def test_parquet_holds_what_csv_holds(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"customers": 40, "seed": 8, "deltas": 1, "workers": 1, **SHORT}
    text = generate(tmp_path / "csv", file_format="csv", **arguments)
    binary = generate(tmp_path / "parquet", file_format="parquet", **arguments)
    assert text.rows == binary.rows
    for extract, other in zip(text.extracts, binary.extracts, strict=True):
        assert {f.stem for f in extract.iterdir()} == {f.stem for f in other.iterdir()}
        for file in extract.iterdir():
            expected = typed(read_file(file), file.stem)
            found = typed(pq.read_table(other / f"{file.stem}.parquet"), file.stem)
            assert found.to_pylist() == expected.to_pylist(), file.stem


def test_every_table_fits_the_contract(small_bank: Sample) -> None:
    assert small_bank.tables.keys() == contract.load_contract().keys() - {"exchange_rates"}
    for name, table in small_bank.tables.items():
        wanted = contract.table(name)
        keys = pa.table({column: table[column] for column in wanted.key})
        assert keys.group_by(list(wanted.key)).aggregate([]).num_rows == table.num_rows, name
        for column in wanted.columns:
            values = table[column.name]
            where = f"{name}.{column.name}"
            if column.required:
                assert values.null_count == 0, where
            if column.values:
                assert set(pc.unique(values).to_pylist()) <= {*column.values, None}, where
            if column.minimum is not None and values.null_count < len(values):
                low, high = pc.min_max(values).as_py().values()
                assert low >= column.minimum, where
                assert high <= column.maximum, where
            if pa.types.is_string(values.type) and column.type == "text":
                assert not pc.any(pc.equal(values, "")).as_py(), where


def test_every_reference_is_there(small_bank: Sample) -> None:
    for name, table in small_bank.tables.items():
        for column in contract.table(name).columns:
            if not column.references:
                continue
            parent = contract.table(column.references).key[0]
            known = pc.is_in(
                table[column.name], small_bank.tables[column.references][parent].combine_chunks()
            )
            lost = np.asarray(known) ^ is_given(table[column.name])
            assert not lost.any(), f"{name}.{column.name}"


def test_every_column_is_filled_somewhere(default_bank: Sample) -> None:
    empty = {
        f"{name}.{column}"
        for name, table in default_bank.tables.items()
        for column in table.column_names
        if table[column].null_count == table.num_rows
    }
    assert empty <= {"customer_interactions.notes"}


def _at(sample: Sample, child: str, key: str, parent: str, column: str) -> np.ndarray:
    """A date of the parent, as day numbers, for each row of the child (-1 = none)."""
    table = sample.tables[parent]
    found = pc.index_in(
        sample.tables[child][key], table[contract.table(parent).key[0]].combine_chunks()
    )
    return np.append(days(table[column]), -1)[np.asarray(pc.fill_null(found, -1))]


def test_time_order_holds_everywhere(small_bank: Sample) -> None:
    tables, end = small_bank.tables, small_bank.context.end_day
    never = 10**6

    def later(values: np.ndarray) -> np.ndarray:
        return np.where(values < 0, never, values)

    customers, accounts = tables["customers"], tables["accounts"]
    signup = _at(small_bank, "accounts", "customer_id", "customers", "signup_date")
    opened, closed = days(accounts["open_date"]), later(days(accounts["close_date"]))
    assert (days(customers["date_of_birth"]) + 18 * 365 < days(customers["signup_date"])).all()
    assert (signup <= opened).all()
    assert (opened <= closed).all()
    made = days(tables["transactions"]["transaction_at"])
    for child, column in (
        ("transactions", "transaction_at"),
        ("account_events", "event_at"),
        ("account_balances", "balance_date"),
    ):
        when = days(tables[child][column])
        first = _at(small_bank, child, "account_id", "accounts", "open_date")
        last = later(_at(small_bank, child, "account_id", "accounts", "close_date"))
        assert (first <= when).all(), child
        assert (when <= last).all(), child
    applied = tables["credit_applications"]
    decided = later(days(applied["decision_date"]))
    opening = later(_at(small_bank, "credit_applications", "account_id", "accounts", "open_date"))
    assert (days(applied["application_date"]) <= decided).all()
    assert (np.where(decided == never, 0, decided) <= opening).all()
    alerts = tables["fraud_alerts"]
    source = pc.index_in(
        alerts["transaction_id"], tables["transactions"]["transaction_id"].combine_chunks()
    )
    raised = seconds(alerts["alert_at"])
    assert (seconds(tables["transactions"]["transaction_at"])[np.asarray(source)] <= raised).all()
    assigned, resolved = seconds(alerts["assigned_at"]), seconds(alerts["resolved_at"])
    assert ((assigned < 0) | (raised <= assigned)).all()
    assert ((resolved < 0) | (assigned <= resolved)).all()
    assert made.min() >= small_bank.context.start_day
    for name in tables:
        table = contract.table(name)
        if table.event_time:
            assert days(tables[name][table.event_time]).max() <= end, name


def test_ledgers_close_to_the_cent(small_bank: Sample) -> None:
    accounts, rows = small_bank.tables["accounts"], small_bank.tables["transactions"]
    done = rows.filter(pa.array(is_one_of(rows["status"], "Completed")))
    place = pc.index_in(done["account_id"], accounts["account_id"].combine_chunks())
    moved = np.zeros(accounts.num_rows, dtype=np.int64)
    np.add.at(moved, np.asarray(place), cents(done["amount"]))
    opening = np.concatenate([block.accounts.opening_balance for block in small_bank.blocks])
    assert (opening + moved == cents(accounts["current_balance"])).all()
    is_closed = is_one_of(accounts["account_status"], "Closed")
    is_checking = np.concatenate([block.accounts.kind == 0 for block in small_bank.blocks])
    assert (cents(accounts["current_balance"])[is_closed & is_checking] == 0).all()
    limit = cents(accounts["credit_limit"])
    assert (cents(accounts["current_balance"]) >= -limit)[limit > 0].all()


def test_balances_obey_their_identity(small_bank: Sample) -> None:
    table = small_bank.tables["account_balances"]
    table = table.take(
        pc.sort_indices(table, [("account_id", "ascending"), ("balance_date", "ascending")])
    )
    account = np.asarray(table["account_id"].to_pylist())
    net = cents(table["contributions"]) - cents(table["withdrawals"])
    net += cents(table["investment_returns"]) - cents(table["fees"])
    balance = cents(table["balance"])
    follows = account[1:] == account[:-1]
    assert follows.sum() > 1000
    assert (balance[1:] == balance[:-1] + net[1:])[follows].all()


@pytest.mark.parametrize("without", ["T02", "T04", "T13"])
def test_switching_a_truth_off_leaves_other_tables_as_they_were(without: str) -> None:
    from tests.unit.synth.conftest import make_sample

    arguments: dict[str, Any] = {"customers": 200, "seed": 6}
    full = make_sample(**arguments)
    less = make_sample(**arguments, without=frozenset({without}))
    changed = {name for name in full.tables if full.tables[name] != less.tables[name]}
    ledger = {"accounts", "transactions", "fraud_alerts", "regulatory_reports"}
    expected = {
        "T02": ledger,
        "T13": ledger,
        "T04": {"credit_applications", "accounts", "loan_payments"} | ledger,
    }[without]
    assert changed <= expected | {"account_events"} if without == "T04" else changed <= expected
    assert changed, "the truth was switched off and nothing changed"
    if without in ("T02", "T13"):
        kept = pc.is_in(
            less.tables["transactions"]["transaction_at"],
            full.tables["transactions"]["transaction_at"].combine_chunks(),
        )
        assert pc.mean(kept.cast(pa.int8())).as_py() > 0.95


def _listing(bank: Bank) -> list[str]:
    return sorted(str(path.relative_to(bank.path)) for path in bank.path.rglob("*"))


def test_truth_file_tells_arguments_sizes_and_every_truth(bank_with_deltas: Bank) -> None:
    truth = yaml.safe_load((bank_with_deltas.path / "truth.yml").read_text())
    assert truth == bank_with_deltas.truth
    assert truth["bank"]["seed"] == 5
    assert list(truth["truths"]) == [f"T{number:02d}" for number in range(1, 25)]
    for extract in bank_with_deltas.extracts:
        for file in extract.glob("*.csv"):
            listed = truth["rows"][extract.name][file.stem]
            assert read_file(file).num_rows == listed if file.stem != "digital_engagement" else True
    assert not [name for name in _listing(bank_with_deltas) if "parts" in name]


def test_unusable_arguments_are_refused_in_one_line(tmp_path: Path) -> None:
    for arguments, words in (
        ({"customers": 0}, "--customers"),
        ({"start": "yesterday"}, "--start"),
        ({"end": "2021-12-31"}, "--end"),
        ({"without": ["T99"]}, "T99"),
        ({"deltas": -1}, "--deltas"),
        ({"file_format": "xlsx"}, "--format"),
        ({"currencies": ["JPY"]}, "--currencies"),
        ({"currencies": ["EUR", "EUR"]}, "--currencies"),
    ):
        with pytest.raises(BullionError, match=words) as caught:
            generate(tmp_path / "bank", **arguments)
        assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_folder_with_files_is_left_alone_unless_forced(tmp_path: Path) -> None:
    out = tmp_path / "bank"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    arguments = ["generate", "--customers", "5", "--start", "2025-01-01", "--end", "2025-02-28"]
    arguments += ["--workers", "1", "--out", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, BullionError)
    assert "--force" in str(result.exception)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    result = CliRunner().invoke(app, [*arguments, "--force"])
    assert result.exit_code == 0, result.output
    assert "rows in 1 extract under" in result.output
    assert not (out / "mine.txt").exists()
    assert (out / "2025-02-28" / "transactions.csv").exists()


def test_nothing_half_written_stays_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path, extract: str) -> dict[str, str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(bank_module, "_write_broken", fail)
    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "bank", customers=5, faults=True, workers=1, **SHORT)
    assert not list(tmp_path.iterdir())


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    program = "from bullion.cli import main; main()"
    arguments = ["generate", "--customers", "30000", "--workers", "2", "--out", str(tmp_path / "b")]
    with heeding_interrupts():
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments], stderr=subprocess.PIPE, text=True
        )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".b.making-*/2025-12-31/*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert not list(tmp_path.iterdir())


def test_what_a_killed_run_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    finished = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], check=True,
                              capture_output=True, text=True)  # fmt: skip
    left = tmp_path / f".bank.making-{finished.stdout.strip()}"
    (left / "2025-02-28").mkdir(parents=True)
    generate(tmp_path / "bank", customers=5, start="2025-01-01", end="2025-02-28", workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["bank"]
