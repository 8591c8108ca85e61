"""Later extracts: what they hold, and that everything closes after each of them."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from bullion import contract
from bullion.errors import BullionError
from bullion.synth.bank import Bank, generate
from bullion.synth.deltas.split import LONGEST_DELAY
from tests.unit.synth.conftest import SHORT, read_file

Row = dict[str, str | None]
State = dict[str, dict[tuple[str | None, ...], Row]]

DELTAS = 6
LAST_DAY = dt.date(2025, 6, 30)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """The same bank without later extracts."""
    return generate(tmp_path_factory.mktemp("clean") / "raw", customers=150, seed=5, **SHORT)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """150 customers, six months, six later extracts."""
    out = tmp_path_factory.mktemp("deltas") / "raw"
    return generate(out, customers=150, seed=5, deltas=DELTAS, **SHORT)


def _rows(file: Path) -> list[Row]:
    return read_file(file).to_pylist() if file.exists() else []


def _extract(folder: Path) -> dict[str, list[Row]]:
    return {file.stem: _rows(file) for file in sorted(folder.glob("*.csv"))}


def _key(table: str, row: Row) -> tuple[str | None, ...]:
    return tuple(row[column] for column in contract.table(table).key)


def _apply(state: State, extract: dict[str, list[Row]]) -> None:
    """The latest version of every key, as a warehouse keeps it."""
    for table, rows in extract.items():
        for row in rows:
            version = dict(row)
            if version.pop("_op", "upsert") == "delete":
                state[table].pop(_key(table, row), None)
            else:
                state.setdefault(table, {})[_key(table, row)] = version


@pytest.fixture(scope="module")
def states(bank: Bank) -> list[State]:
    """What is known after each extract."""
    found: list[State] = []
    state: State = {}
    for folder in bank.extracts:
        _apply(state, _extract(folder))
        found.append({table: dict(rows) for table, rows in state.items()})
    return found


def test_the_first_extract_is_the_clean_bank_less_what_arrives_late(
    bank: Bank, clean: Bank
) -> None:
    first, whole = _extract(bank.extracts[0]), _extract(clean.extracts[0])
    for table in whole:
        missing = {_key(table, row) for row in whole[table]} - {
            _key(table, row) for row in first[table]
        }
        assert not missing or table in ("transactions", "fraud_alerts", "regulatory_reports")
        kept = [row for row in whole[table] if _key(table, row) not in missing]
        if table == "accounts":
            balances = ("current_balance", "available_balance")
            kept = [{k: v for k, v in row.items() if k not in balances} for row in kept]
            first[table] = [
                {k: v for k, v in row.items() if k not in balances} for row in first[table]
            ]
        assert first[table] == kept, table
    held = {row["transaction_id"] for row in whole["transactions"]} - {
        row["transaction_id"] for row in first["transactions"]
    }
    recent = [
        row
        for row in whole["transactions"]
        if dt.date.fromisoformat(str(row["transaction_at"])[:10])
        > LAST_DAY - dt.timedelta(days=LONGEST_DELAY)
    ]
    assert held
    assert held <= {row["transaction_id"] for row in recent}
    assert len(held) < 0.05 * len(recent) + 3


def test_in_the_end_every_row_of_the_clean_bank_has_arrived(bank: Bank, clean: Bank) -> None:
    seen: State = {}
    for folder in bank.extracts:
        for table, rows in _extract(folder).items():
            seen.setdefault(table, {}).update({_key(table, row): row for row in rows})
    for table, rows in _extract(clean.extracts[0]).items():
        assert {_key(table, row) for row in rows} <= seen[table].keys(), table


def _openings(state: State) -> dict[str | None, Decimal]:
    moved: dict[str | None, Decimal] = {}
    for row in state["transactions"].values():
        if row["status"] == "Completed":
            account = row["account_id"]
            moved[account] = moved.get(account, Decimal(0)) + Decimal(str(row["amount"]))
    return {
        row["account_id"]: Decimal(str(row["current_balance"]))
        - moved.get(row["account_id"], Decimal(0))
        for row in state["accounts"].values()
    }


def test_ledgers_close_after_every_extract(states: list[State]) -> None:
    before = _openings(states[0])
    moved = Counter[str]()
    for old, state in itertools.pairwise(states):
        now = _openings(state)
        for account, opening in now.items():
            assert opening == before.get(account, Decimal(0)), account
        for key, row in state["accounts"].items():
            if key in old["accounts"]:
                is_same = old["accounts"][key]["current_balance"] == row["current_balance"]
                moved["same" if is_same else "moved"] += 1
    assert moved["moved"] > 50


def test_every_kind_of_change_comes(bank: Bank) -> None:
    kinds = {kind for counts in bank.truth["deltas"].values() for kind in counts}
    assert kinds >= {
        "transactions: new",
        "transactions: late",
        "transactions: late parent",
        "transactions: amount",
        "transactions: day",
        "transactions: status",
        "transactions: fraud label",
        "transactions: delete",
        "transactions: repeat",
        "customers: customer_segment",
        "customers: loyalty_tier",
        "customers: risk_segment",
        "customers: home",
        "customers: credit_score",
        "customers: late parent",
        "customers: delete",
        "customers: return",
        "customers: repeat",
        "customers: last_login_at",
        "customer_segments_history: new",
        "accounts: account_status",
        "accounts: credit_limit",
        "accounts: interest_rate",
        "accounts: autopay_enabled",
        "accounts: balance",
        "account_events: new",
        "merchants: late parent",
        "marketing_campaigns: results",
        "fraud_alerts: new",
        "fraud_alerts: status",
        "credit_applications: new",
        "credit_applications: status",
        "loan_payments: new",
        "loan_payments: paid late",
        "loan_payments: rest paid",
        "regulatory_reports: status",
        "customer_interactions: new",
        "customer_interactions: delete",
        "digital_engagement: new",
        "digital_engagement: delete",
        "product_enrollments: status",
    }


def test_deletes_name_only_their_key_and_only_where_there_are_some(bank: Bank) -> None:
    deletes = 0
    for folder in bank.extracts[1:]:
        for file in folder.glob("*.csv"):
            rows = _rows(file)
            key = contract.table(file.stem).key
            for row in rows:
                if row.get("_op") == "delete":
                    deletes += 1
                    assert {name for name, value in row.items() if value} == {*key, "_op"}
    assert deletes >= 3 * DELTAS
    assert all("_op" not in row for row in _rows(bank.extracts[0] / "transactions.csv")[:1])


def test_a_key_comes_once_in_an_extract_and_nothing_is_from_the_future(bank: Bank) -> None:
    for folder in bank.extracts:
        for table, rows in _extract(folder).items():
            keys = [_key(table, row) for row in rows]
            assert len(keys) == len(set(keys)), f"{folder.name}/{table}"
            time = contract.table(table).event_time
            if time:
                assert max((str(row[time] or "")[:10] for row in rows), default="") <= folder.name


def test_changes_are_dated_and_the_customer_equals_its_last_history_row(
    states: list[State], bank: Bank
) -> None:
    columns = ("customer_segment", "loyalty_tier", "risk_segment")
    for state, folder in zip(states, bank.extracts, strict=True):
        last: dict[str | None, Row] = {}
        for row in state["customer_segments_history"].values():
            other = last.get(row["customer_id"])
            if other is None or str(row["effective_at"]) >= str(other["effective_at"]):
                last[row["customer_id"]] = row
        for row in state["customers"].values():
            history = last[row["customer_id"]]
            assert [row[c] for c in columns] == [history[c] for c in columns]
        if folder != bank.extracts[0]:
            rows = _rows(folder / "customer_segments_history.csv")
            assert rows
            for row in rows:
                if row["change_type"] != "Initial":
                    assert str(row["effective_at"])[:10] == folder.name
                pairs = zip(columns, ("segment", "tier", "risk"), strict=True)
                assert row["change_type"] == "Initial" or any(
                    row[column] != row[f"previous_{word}"] for column, word in pairs
                )


def test_attributes_of_accounts_change_with_an_event(bank: Bank, states: list[State]) -> None:
    seen = Counter[str]()
    watched = ("account_status", "credit_limit", "interest_rate", "autopay_enabled")
    for number, folder in enumerate(bank.extracts[1:]):
        events = {
            (row["account_id"], row["attribute"]): row
            for row in _rows(folder / "account_events.csv")
        }
        before, now = states[number]["accounts"], states[number + 1]["accounts"]
        for key, row in now.items():
            for name in watched:
                old = before.get(key, {}).get(name)
                if key in before and old != row[name]:
                    event = events[row["account_id"], name]
                    assert (event["old_value"], event["new_value"]) == (old, row[name])
                    seen[name] += 1
    assert all(seen[name] for name in watched)


def test_parents_that_arrive_late_arrive_the_next_day(bank: Bank, states: list[State]) -> None:
    first_day = _rows(bank.extracts[1] / "transactions.csv")
    unknown = [
        row
        for row in first_day
        if row.get("_op") == "upsert" and (row["account_id"],) not in states[1]["accounts"]
    ]
    strange = [
        row
        for row in first_day
        if row["merchant_id"] and (row["merchant_id"],) not in states[1]["merchants"]
    ]
    assert len(unknown) == 1
    assert strange
    for row in unknown:
        assert (row["account_id"],) in states[2]["accounts"]
        assert (row["customer_id"],) in states[2]["customers"]
    assert all((row["merchant_id"],) in states[2]["merchants"] for row in strange)


def test_a_customer_leaves_and_returns(states: list[State]) -> None:
    gone = states[1]["customers"].keys() - states[2]["customers"].keys()
    assert len(gone) == 1
    assert not gone & states[3]["customers"].keys()
    assert gone <= states[4]["customers"].keys()


def test_corrections_reach_back_over_many_months(bank: Bank, states: list[State]) -> None:
    months = Counter[str]()
    for number in range(DELTAS):
        before, now = states[number]["transactions"], states[number + 1]["transactions"]
        for key, row in now.items():
            if key in before and before[key]["amount"] != row["amount"]:
                months[str(row["transaction_at"])[:7]] += 1
    assert len(months) >= 4
    moved = sum(
        states[0]["transactions"][key]["transaction_at"] != row["transaction_at"]
        for key, row in states[-1]["transactions"].items()
        if key in states[0]["transactions"]
    )
    assert moved >= 2


def test_over_a_month_end_balances_and_indicators_appear(tmp_path: Path) -> None:
    bank = generate(tmp_path / "raw", customers=60, seed=2, deltas=32, workers=1, **SHORT)
    rows = _rows(bank.path / "2025-07-31" / "account_balances.csv")
    assert rows
    before = {
        row["account_id"]: row
        for row in _rows(bank.extracts[0] / "account_balances.csv")
        if row["balance_date"] == "2025-06-30"
    }
    for row in rows:
        net = sum(
            sign * Decimal(str(row[name]))
            for name, sign in (
                ("contributions", 1),
                ("withdrawals", -1),
                ("investment_returns", 1),
                ("fees", -1),
            )
        )
        assert (
            Decimal(str(row["balance"])) == Decimal(str(before[row["account_id"]]["balance"])) + net
        )
    [published] = _rows(bank.path / "2025-07-10" / "economic_indicators.csv")
    assert published["indicator_date"] == "2025-07-10"


def test_a_bank_too_short_for_deltas_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BullionError, match="28 days"):
        generate(
            tmp_path / "raw", customers=5, start="2025-02-01", end="2025-02-28", deltas=1, workers=1
        )
