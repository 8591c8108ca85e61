"""Transactions, alerts and reports: ledgers, order of time, references, independent streams."""

from __future__ import annotations

import datetime as dt

import iso18245
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from bullion import contract
from bullion.synth.customers.world import CARD, CHECKING, LOAN, SAVINGS
from bullion.synth.deltas.book import cents, days, seconds
from bullion.synth.market import merchants, profiles
from bullion.synth.money import fraud, rows, settle
from tests.unit.synth.conftest import Sample, make_sample

DAY = 86_400


def where(keys: pa.ChunkedArray, table: pa.Table, key: str) -> np.ndarray:
    """Position in a table of each key; fails when one is missing."""
    found = pc.index_in(keys, value_set=table[key].combine_chunks())
    assert found.null_count == 0
    return found.to_numpy()


def texts(column: pa.ChunkedArray) -> np.ndarray:
    return np.array(column.to_pylist(), dtype=object)


def opening_balances(bank: Sample) -> np.ndarray:
    """Opening balance (cents) of each row of accounts, from the latent truth."""
    opening = bank.latent("accounts")
    numbers = pc.utf8_slice_codeunits(bank.tables["accounts"]["account_id"], 3).cast(pa.int64())
    order = np.argsort(opening["account"])
    place = np.searchsorted(opening["account"][order], numbers.to_numpy())
    return opening["opening_balance_cents"][order][place]


def test_columns_are_those_of_the_contract(small_bank: Sample) -> None:
    for name in (
        "merchants",
        "marketing_campaigns",
        "transactions",
        "fraud_alerts",
        "regulatory_reports",
    ):
        table, expected = small_bank.tables[name], contract.table(name)
        assert table.column_names == expected.column_names
        assert table.num_rows > 0
        for column in expected.columns:
            values = table[column.name]
            if column.required:
                assert values.null_count == 0, column.name
            if column.values:
                assert set(pc.unique(values).drop_null().to_pylist()) <= set(column.values)
            if column.minimum is not None:
                assert pc.min(values).as_py() >= column.minimum
            if column.maximum is not None:
                assert pc.max(values).as_py() <= column.maximum
        key = table[expected.key[0]]
        assert len(pc.unique(key)) == table.num_rows


def test_ledgers_close_to_the_cent(small_bank: Sample) -> None:
    accounts, tx = small_bank.tables["accounts"], small_bank.tables["transactions"]
    at = where(tx["account_id"], accounts, "account_id")
    done = texts(tx["status"]) == "Completed"
    moved = np.zeros(accounts.num_rows, dtype=np.int64)
    np.add.at(moved, at[done], cents(tx["amount"])[done])
    opening = opening_balances(small_bank)
    assert np.array_equal(opening + moved, cents(accounts["current_balance"]))
    assert (moved != 0).sum() > 1_500


def running_extremes(bank: Sample, kind: int) -> tuple[np.ndarray, np.ndarray]:
    """Lowest balance ever reached by each account of a kind, and its credit limit (cents)."""
    accounts, tx = bank.tables["accounts"], bank.tables["transactions"]
    kinds = np.concatenate([block.accounts.kind for block in bank.blocks])
    at = where(tx["account_id"], accounts, "account_id")
    done = np.flatnonzero((texts(tx["status"]) == "Completed") & (kinds[at] == kind))
    order = done[np.lexsort((seconds(tx["transaction_at"])[done], at[done]))]
    total = np.cumsum(cents(tx["amount"])[order])
    first = np.flatnonzero(np.diff(at[order], prepend=-1))
    owner = at[order][first]
    before = np.concatenate([[0], total[first[1:] - 1]])
    lowest = np.minimum.reduceat(total, first) - before + opening_balances(bank)[owner]
    return lowest, cents(accounts["credit_limit"])[owner]


def test_funds_and_limits_are_never_passed(small_bank: Sample) -> None:
    lowest, _ = running_extremes(small_bank, CHECKING)
    assert len(lowest) > 1_400
    assert lowest.min() >= 0
    debt, limit = running_extremes(small_bank, CARD)
    assert len(debt) > 200
    assert np.all(-debt <= limit)


def test_some_fees_come_back(small_bank: Sample) -> None:
    tx = small_bank.tables["transactions"]
    is_fee = texts(tx["transaction_type"]) == "Fee"
    amount, account = cents(tx["amount"])[is_fee], texts(tx["account_id"])[is_fee]
    day = days(tx["transaction_at"])[is_fee]
    back = np.flatnonzero(amount > 0)
    assert 0.005 < len(back) / (amount < 0).sum() < 0.03
    for row in back:
        before = (account == account[row]) & (amount == -amount[row])
        assert np.any(before & (day[row] - day >= 5) & (day[row] - day <= 26))


def test_own_transfers_have_both_legs(small_bank: Sample) -> None:
    accounts, tx = small_bank.tables["accounts"], small_bank.tables["transactions"]
    kinds = np.concatenate([block.accounts.kind for block in small_bank.blocks])
    at = where(tx["account_id"], accounts, "account_id")
    kind, amount = texts(tx["transaction_type"]), cents(tx["amount"])
    second, customer = seconds(tx["transaction_at"]), texts(tx["customer_id"])
    came = np.flatnonzero((kind == "Transfer") & (amount > 0))
    assert 50 < len(came) < 0.02 * tx.num_rows
    assert np.all(kinds[at[came]] == SAVINGS)
    assert np.all(texts(tx["status"])[came] == "Completed")
    assert set(texts(tx["description"])[came]) == {"Transfer from checking"}
    went = np.flatnonzero((kind == "Transfer") & (amount < 0) & (kinds[at] == CHECKING))
    legs = set(zip(customer[went], second[went], -amount[went], strict=True))
    assert set(zip(customer[came], second[came], amount[came], strict=True)) <= legs
    flows = small_bank.tables["account_balances"]
    month = pc.strftime(flows["balance_date"], "%Y-%m")
    stated: dict[tuple[str, str], int] = {}
    for key, flow in zip(
        zip(texts(flows["account_id"]), texts(month), strict=True),
        cents(flows["contributions"]),
        strict=True,
    ):
        stated[key] = stated.get(key, 0) + int(flow)
    months = texts(pc.strftime(tx["transaction_at"], "%Y-%m"))[came]
    for key, flow in zip(
        zip(texts(tx["account_id"])[came], months, strict=True), amount[came], strict=True
    ):
        assert flow <= stated[key], "what came in is part of the contributions"


def test_losses_are_write_offs(small_bank: Sample) -> None:
    accounts, tx = small_bank.tables["accounts"], small_bank.tables["transactions"]
    kinds = np.concatenate([block.accounts.kind for block in small_bank.blocks])
    at = where(tx["account_id"], accounts, "account_id")
    lost = texts(tx["transaction_type"]) == "Write-off"
    assert lost.sum() > 20
    assert np.all(kinds[at[lost]] == LOAN)
    assert np.all(cents(tx["amount"])[lost] > 0)
    assert np.array_equal(days(tx["transaction_at"])[lost], days(accounts["close_date"])[at[lost]])
    assert np.array_equal(lost, texts(tx["description"]) == "Loan charged off")


def test_order_of_time(small_bank: Sample) -> None:
    accounts, tx = small_bank.tables["accounts"], small_bank.tables["transactions"]
    context = small_bank.context
    at = where(tx["account_id"], accounts, "account_id")
    day = days(tx["transaction_at"])
    assert day.min() >= context.start_day
    assert day.max() <= context.end_day
    assert np.all(days(accounts["open_date"])[at] <= day)
    close = days(accounts["close_date"])[at]
    assert np.all((close < 0) | (day <= close))
    second = seconds(tx["transaction_at"])
    for block in small_bank.blocks:
        low = context.row_ids(block.number, 1)[0]
        number = pc.utf8_slice_codeunits(tx["transaction_id"], 3).cast(pa.int64()).to_numpy()
        mine = (number >= low) & (number < low + 10_000_000)
        assert np.all(np.diff(second[mine]) >= 0)
        assert np.all(np.diff(number[mine]) == 1)


def test_references_agree(small_bank: Sample) -> None:
    tables = small_bank.tables
    tx = tables["transactions"]
    at = where(tx["account_id"], tables["accounts"], "account_id")
    owner = tables["accounts"]["customer_id"].combine_chunks().take(pa.array(at))
    assert pc.all(pc.equal(owner, tx["customer_id"].combine_chunks())).as_py()
    for column, name in (("merchant_id", "merchants"), ("atm_id", "atm_locations"),
                         ("branch_id", "branch_locations")):  # fmt: skip
        some = tx.filter(pc.is_valid(tx[column]))
        where(some[column], tables[name], contract.table(name).key[0])
    bought = tx.filter(pc.is_valid(tx["merchant_id"]))
    shop = where(bought["merchant_id"], tables["merchants"], "merchant_id")
    for mine, theirs in (("merchant_category", "category"), ("mcc_code", "mcc_code"),
                         ("location_country", "country")):  # fmt: skip
        pool = tables["merchants"][theirs].combine_chunks().take(pa.array(shop))
        assert pc.all(pc.equal(pool, bought[mine].combine_chunks())).as_py()
    abroad = texts(bought["location_country"]) != "US"
    assert np.array_equal(abroad, texts(bought["is_international"]).astype(bool))
    kind, channel = texts(tx["transaction_type"]), texts(tx["channel"])
    assert np.array_equal(kind == "ATM Withdrawal", texts(tx["atm_id"]) != None)  # noqa: E711
    assert np.array_equal(channel == "Branch", texts(tx["branch_id"]) != None)  # noqa: E711
    has_shop = texts(tx["merchant_id"]) != None  # noqa: E711
    assert np.array_equal(np.isin(kind, ("Purchase", "Refund")), has_shop)


def test_signs_and_reasons(small_bank: Sample) -> None:
    tx = small_bank.tables["transactions"]
    kind, amount = texts(tx["transaction_type"]), cents(tx["amount"])
    status, reason = texts(tx["status"]), texts(tx["decline_reason"])
    assert np.all(amount[np.isin(kind, ("Purchase", "ATM Withdrawal"))] < 0)
    refunded = texts(tx["description"]) == "Monthly account fee refunded"
    assert np.array_equal(refunded, (kind == "Fee") & (amount > 0))
    assert np.all(amount[np.isin(kind, ("Deposit", "Refund"))] > 0)
    assert np.array_equal(status == "Declined", reason != None)  # noqa: E711
    over = reason == "Limit Exceeded"
    assert over.sum() > 10
    assert np.all(-amount[over] > 100_000)
    withdrawn = (kind == "ATM Withdrawal") & (status != "Declined")
    machine = where(
        tx["atm_id"].filter(pa.array(withdrawn)), small_bank.tables["atm_locations"], "atm_id"
    )
    most = cents(small_bank.tables["atm_locations"]["max_withdrawal_amount"])[machine]
    assert np.all(-amount[withdrawn] <= most)
    pending = status == "Pending"
    assert days(tx["transaction_at"])[pending].min() > small_bank.context.end_day - 2
    approved = texts(tx["authorization_code"]) != None  # noqa: E711
    assert not approved[np.isin(status, ("Declined", "Pending"))].any()


def test_retries_follow_three_declines_in_ten(default_bank: Sample) -> None:
    tx = default_bank.tables["transactions"]
    keys = np.column_stack(
        [
            pc.utf8_slice_codeunits(tx["customer_id"], 3).cast(pa.int64()).to_numpy(),
            cents(tx["amount"]),
            seconds(tx["transaction_at"]),
        ]
    )
    rows_of = np.flatnonzero(texts(tx["transaction_type"]) == "Purchase")
    order = rows_of[np.lexsort(keys[rows_of].T[::-1])]
    same = np.all(np.diff(keys[order, :2], axis=0) == 0, axis=1)
    same &= np.diff(keys[order, 2]) <= 147
    declined = texts(tx["status"])[order] == "Declined"
    assert np.all(declined[:-1][same]), "only a declined attempt is tried again"
    share = same.sum() / declined.sum()
    assert abs(share - 0.30) < 4 * np.sqrt(0.3 * 0.7 / declined.sum())


def test_alerts(small_bank: Sample) -> None:
    alerts, tx = small_bank.tables["fraud_alerts"], small_bank.tables["transactions"]
    at = where(alerts["transaction_id"], tx, "transaction_id")
    end = (small_bank.context.end_day + 1) * DAY
    raised, assigned = seconds(alerts["alert_at"]), seconds(alerts["assigned_at"])
    resolved = seconds(alerts["resolved_at"])
    assert np.all(raised > seconds(tx["transaction_at"])[at])
    assert max(raised.max(), assigned.max(), resolved.max()) < end
    assert np.all((assigned < 0) | (assigned > raised))
    assert np.all((resolved < 0) | (resolved > assigned))
    status = texts(alerts["investigation_status"])
    assert np.array_equal(assigned < 0, status == "Open")
    assert np.array_equal(resolved < 0, np.isin(status, ("Open", "Under Review")))
    assert np.array_equal(cents(alerts["amount_at_risk"]), np.abs(cents(tx["amount"])[at]))
    assert np.all(cents(alerts["amount_recovered"]) <= cents(alerts["amount_at_risk"]))
    for column in ("customer_id", "account_id"):
        mine = tx[column].combine_chunks().take(pa.array(at))
        assert pc.all(pc.equal(mine, alerts[column].combine_chunks())).as_py()
    truth = texts(tx["is_fraud"])[at].astype(bool)
    confirmed = status == "Resolved - Fraud"
    done = resolved >= 0
    assert 0.85 < (confirmed == truth)[done].mean() < 0.98, "mostly right, not always"


def test_reports(default_bank: Sample) -> None:
    reports, tx = default_bank.tables["regulatory_reports"], default_bank.tables["transactions"]
    kind = texts(reports["report_type"])
    assert set(kind) == set(contract.table("regulatory_reports").column("report_type").values)
    some = pc.is_valid(reports["transaction_id"])
    about = reports.filter(some)
    at = where(about["transaction_id"], tx, "transaction_id")
    for column in ("customer_id", "account_id"):
        mine = tx[column].combine_chunks().take(pa.array(at))
        assert pc.all(pc.equal(mine, about[column].combine_chunks())).as_py()
    assert np.array_equal(cents(about["amount_reported"]), np.abs(cents(tx["amount"])[at]))
    large = cents(tx["amount"])[at][texts(about["report_type"]) == "CTR"]
    assert large.min() >= 1_000_000
    end = default_bank.context.end_day
    start, stop = days(reports["report_period_start"]), days(reports["report_period_end"])
    due, filed = days(reports["due_date"]), days(reports["filed_date"])
    assert np.all((start <= stop) & (stop <= due))
    assert filed.max() <= end
    assert np.all((filed < 0) | (filed > stop))
    status = texts(reports["filing_status"])
    assert np.array_equal(filed < 0, np.isin(status, ("Pending", "In Review")))
    assert np.array_equal((filed > due), status == "Late Filed")


def test_merchant_codes_are_real() -> None:
    for category, codes in merchants.MCC_CODES.items():
        assert category in profiles.CATEGORIES
        for code in codes:
            assert iso18245.get_mcc(code).mcc == code
    owners = [code for codes in merchants.MCC_CODES.values() for code in codes]
    assert len(owners) == len(set(owners)), "a code belongs to one category"


def test_tables_of_shares() -> None:
    contract_categories = contract.table("merchants").column("category").values
    assert set(profiles.CATEGORIES) == set(contract_categories)
    assert set(profiles.CHANNELS) == set(contract.table("transactions").column("channel").values)
    for mix in profiles.CATEGORY_MIX.values():
        assert sum(mix) == pytest.approx(1)
    nights = [round(100 * profiles.night_share(channel)) for channel in range(5)]
    assert nights == [6, 21, 17, 9, 0]
    assert fraud.expected_cell_sizes().sum() == pytest.approx(600_000)


@pytest.mark.parametrize("start", [dt.date(2022, 1, 1), dt.date(2023, 7, 1)])
def test_odd_days_keep_their_distance(start: dt.date) -> None:
    first = (start - dt.date(1970, 1, 1)).days
    cal = profiles.calendar(first, first + 1_460)
    chosen = sorted(profiles.odd_days(cal))
    assert len(chosen) == 6
    for day in chosen:
        assert 60 <= day < cal.n_days - 60
        assert cal.calendar_month[day] != 12
        assert cal.day_of_month[day] not in (1, 15, 28, 29, 30, 31)


def test_nonces_give_independent_uniforms() -> None:
    nonce = np.random.default_rng(3).integers(0, 2**64, 100_000, dtype=np.uint64)
    a, b = settle.uniform(nonce, 1), settle.uniform(nonce, 2)
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(len(a))
    assert abs(a.mean() - 0.5) < 4 * np.sqrt(1 / 12 / len(a))
    z = settle.normal(nonce, 9)
    assert abs(z.mean()) < 4 / np.sqrt(len(z))
    assert abs(z.std() - 1) < 4 / np.sqrt(2 * len(z))
    assert rows.bits(np.array([0b1011_0000], dtype=np.uint64), 4, 3).tolist() == [0b011]


def attempts_of(bank: Sample) -> set[tuple]:
    """What identifies an attempt when keys may shift: customer, second, type, place, amount."""
    tx = bank.tables["transactions"]
    kind = texts(tx["transaction_type"])
    started = np.isin(kind, ("Purchase", "ATM Withdrawal", "Transfer", "Payment"))
    started &= cents(tx["amount"]) < 0
    columns = ("customer_id", "transaction_at", "transaction_type", "channel", "merchant_id",
               "atm_id", "amount", "status", "is_fraud", "fraud_score", "device_id",
               "processing_time_ms")  # fmt: skip
    some = tx.select(columns).filter(pa.array(started))
    return set(zip(*[some[name].to_pylist() for name in columns], strict=True))


@pytest.mark.parametrize(
    ("truth", "only_with", "only_without"),
    [
        ("T02", (0.005, 0.05), (0.0, 0.0)),
        ("T13", (0.002, 0.03), (0.0, 0.0)),
        ("T21", (0.0003, 0.02), (0.0003, 0.02)),
    ],
)
def test_switching_one_effect_off_leaves_all_other_draws(
    truth: str, only_with: tuple[float, float], only_without: tuple[float, float]
) -> None:
    dates = (dt.date(2024, 1, 1), dt.date(2025, 6, 30))
    full = attempts_of(make_sample(300, *dates, seed=3))
    less = attempts_of(make_sample(300, *dates, seed=3, without=frozenset({truth})))
    for share, (low, high) in (
        (len(full - less) / len(full), only_with),
        (len(less - full) / len(full), only_without),
    ):
        assert low <= share <= high


def test_segments_switched_off_change_amounts_only() -> None:
    dates = (dt.date(2025, 1, 1), dt.date(2025, 6, 30))
    full = make_sample(200, *dates, seed=4).tables["transactions"]
    less = make_sample(200, *dates, seed=4, without=frozenset({"T23"})).tables["transactions"]
    bought = [
        table.filter(pc.equal(table["transaction_type"], "Purchase")) for table in (full, less)
    ]
    for column in ("transaction_at", "merchant_id", "status", "fraud_score", "is_fraud"):
        assert bought[0][column].equals(bought[1][column])
    assert not bought[0]["amount"].equals(bought[1]["amount"])
