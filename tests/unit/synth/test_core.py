"""Consistency of the core's tables: time order, ledgers, references, and independent streams."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bullion import contract
from bullion.errors import BullionError
from bullion.synth import life
from bullion.synth.context import BankPlan
from bullion.synth.customers import contacts, part_payments
from bullion.synth.files.columns import Columns
from bullion.synth.market.places import haversine_km
from tests.unit.synth import core_estimates as ce
from tests.unit.synth.conftest import Sample

CORE_TABLES = (
    "digital_engagement", "customer_interactions", "credit_applications", "loan_payments",
    "account_balances", "account_events", "product_enrollments", "customer_retention",
    "customer_segments_history", "risk_assessments", "customers",
)  # fmt: skip


@pytest.fixture(scope="module")
def bank(default_bank: Sample) -> ce.Frames:
    context = default_bank.context
    return ce.Frames(default_bank.tables, context.start_day, context.end_day)


def tables_of(**arguments: Any) -> dict[str, Columns]:
    plan = BankPlan(customers=400, end=dt.date(2023, 12, 31), **arguments)
    context, shared = life.prepare(plan)
    return shared | life.build_block(context, 0)[1]


def test_context_says_what_is_wrong() -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"customers": 0},
        {"start": dt.date(2022, 1, 2)},
        {"end": dt.date(2025, 12, 30)},
        {"end": dt.date(2021, 12, 31)},
        {"without": frozenset({"T99"})},
    )
    for arguments in wrong:
        with pytest.raises(BullionError):
            BankPlan(**arguments)


def test_keys_are_unique_and_parents_exist(default_bank: Sample) -> None:
    tables = default_bank.tables
    for name in (*CORE_TABLES, "accounts", "products", "branch_locations", "atm_locations"):
        spec = contract.table(name)
        frame = tables[name].select(list(spec.key)).to_pandas()
        assert not frame.duplicated().any(), name
        for column in spec.columns:
            if column.references is None:
                continue
            parent = contract.table(column.references).key[0]
            known = set(tables[column.references][parent].to_pylist())
            assert set(tables[name][column.name].drop_null().unique().to_pylist()) <= known
            if column.required:
                assert tables[name][column.name].null_count == 0


def test_required_columns_and_closed_sets_hold(default_bank: Sample) -> None:
    for name in (*CORE_TABLES, "accounts", "products", "branch_locations", "advisors"):
        table = default_bank.tables[name]
        for column in contract.table(name).columns:
            values = table[column.name]
            if column.required:
                assert values.null_count == 0, (name, column.name)
            if column.values:
                assert set(values.drop_null().unique().to_pylist()) <= set(column.values)
            if column.minimum is not None:
                found = values.drop_null().cast("float64").to_numpy()
                assert found.min() >= float(column.minimum)
                assert column.maximum is None or found.max() <= float(column.maximum)


def test_time_order_of_customers_and_accounts(bank: ce.Frames) -> None:
    people, accounts = bank.customers, bank.accounts
    assert (people["date_of_birth"] + 18 * 365.25 <= people["signup_date"]).all()
    assert people["signup_date"].max() <= bank.end
    signup = people["signup_date"].loc[accounts["customer_id"]].to_numpy()
    assert (accounts["open_date"] >= signup).all()
    assert accounts["open_date"].max() <= bank.end
    closed = accounts["account_status"] == "Closed"
    assert closed.equals(accounts["close_date"].notna())
    assert (accounts["close_date"][closed] > accounts["open_date"][closed]).all()
    assert accounts["close_date"].max() <= bank.end


def test_leaving_closes_every_account_on_that_day(bank: ce.Frames) -> None:
    people, accounts = bank.customers, bank.accounts
    gone = people[~people["is_active"]]
    stayed = people["is_active"] & (bank.returns == ce.FAR)
    assert (gone["churn"] <= bank.end).all()
    assert (people["churn"][stayed] == ce.FAR).all()
    assert (gone["churn"] > gone["signup_date"]).all()
    latest = accounts[accounts["customer_id"].isin(gone.index)].groupby("customer_id")["close_date"]
    assert (latest.max() == gone["churn"]).all()
    assert not latest.apply(lambda days: days.isna().any()).any()
    stays = accounts[accounts["customer_id"].isin(people.index[stayed])]
    assert not stays["close_date"][stays["category"] != "Loan"].notna().any()
    retention = bank.frame("customer_retention", "customer_id", "product_id", "churn_date")
    kept = accounts[
        accounts["close_date"] == gone["churn"].reindex(accounts["customer_id"]).to_numpy()
    ]
    assert len(kept) == retention["customer_id"].isin(gone.index).sum()


def test_some_who_left_come_back_by_an_old_account_or_a_new_one(bank: ce.Frames) -> None:
    people, accounts, returns = bank.customers, bank.accounts, bank.returns
    back = people[returns < ce.FAR]
    assert 20 <= len(back) <= 0.12 * (people["churn"] < ce.FAR).sum()
    assert back["is_active"].all()
    away = returns[back.index] - back["churn"]
    assert away.between(45, 345).all()
    retention = bank.frame("customer_retention", "customer_id", "was_recovered")
    assert set(retention["customer_id"][retention["was_recovered"]]) == set(back.index)
    held = accounts[accounts["customer_id"].isin(back.index) & accounts["close_date"].isna()]
    assert held["customer_id"].is_unique
    assert set(held["customer_id"]) == set(back.index)
    is_new = held["open_date"] == returns[held["customer_id"]].to_numpy()
    assert 0.2 < is_new.mean() < 0.8


def test_nothing_happens_before_signup_or_while_away(bank: ce.Frames) -> None:
    people, returns = bank.customers, bank.returns
    for name, column, unit in (
        ("customer_interactions", "interaction_at", 86_400),
        ("digital_engagement", "engaged_at", 86_400),
        ("risk_assessments", "assessment_date", 1),
        ("credit_applications", "application_date", 1),
        ("product_enrollments", "enrollment_date", 1),
        ("account_events", "event_at", 86_400),
        ("customer_segments_history", "effective_at", 86_400),
        ("account_balances", "balance_date", 1),
        ("loan_payments", "scheduled_date", 1),
    ):
        rows = bank.frame(name, "customer_id", column)
        day = rows[column] // unit
        owner = people.loc[rows["customer_id"]]
        assert (day >= owner["signup_date"].to_numpy()).all(), name
        returned = returns.loc[rows["customer_id"]].to_numpy()
        assert ((day <= owner["churn"].to_numpy()) | (day >= returned)).all(), name
        assert day.max() <= bank.end, name


def test_applications_come_before_decisions_before_accounts(bank: ce.Frames) -> None:
    rows = ce.applications(bank)
    decided = rows[rows["decision"] != "Pending"]
    assert (decided["decision_date"] >= decided["application_date"]).all()
    assert rows[rows["decision"] == "Pending"]["decision_date"].isna().all()
    accounts = bank.accounts
    opened = rows.dropna(subset=["account_id"])
    assert (opened["decision"] == "Approved").all()
    target = accounts.loc[opened["account_id"]]
    assert (target["open_date"].to_numpy() >= opened["decision_date"].to_numpy()).all()
    assert (target["product_id"].to_numpy() == opened["product_id"].to_numpy()).all()
    assert (target["customer_id"].to_numpy() == opened["customer_id"].to_numpy()).all()
    loans = accounts[accounts["product_name"].isin(ce.LOAN_PRODUCTS)]
    assert set(loans.index) <= set(opened["account_id"])
    lent = loans["interest_rate"].loc[opened["account_id"][opened["account_id"].isin(loans.index)]]
    rates = opened.set_index("account_id")["approved_rate"].loc[lent.index]
    assert np.array_equal(lent.to_numpy(), rates.to_numpy())
    assert rows["application_date"].min() < bank.start


INSTALMENT = ["account_id", "installment_number"]
DUE = ("principal_amount", "interest_amount", "scheduled_amount", "outstanding_balance")


def loan_payments(bank: ce.Frames) -> pd.DataFrame:
    """Rows of loan_payments, money in cents, and of each instalment what was received."""
    rows = bank.frame(
        "loan_payments", *INSTALMENT, "payment_id", "scheduled_date", "is_defaulted",
        "actual_date", "days_late", "late_fee",
    )  # fmt: skip
    for column in (*DUE, "actual_amount"):
        rows[column] = bank.cents("loan_payments", column)
    given = bank.tables["loan_payments"]["actual_amount"].is_valid().to_numpy()
    rows["actual_amount"] = rows["actual_amount"].where(given, 0)
    rows["received"] = rows.groupby(INSTALMENT)["actual_amount"].transform("sum")
    rows["payments"] = rows.groupby(INSTALMENT)["payment_id"].transform("count")
    return rows


def test_instalments_paid_in_parts(bank: ce.Frames) -> None:
    rows = loan_payments(bank)
    told = rows.groupby(INSTALMENT)[["scheduled_date", "is_defaulted", *DUE]].nunique()
    assert (told == 1).all(axis=None), "each payment repeats what was due"
    assert set(rows["payments"]) == {1, 2}
    two = rows[rows["payments"] == 2].sort_values([*INSTALMENT, "actual_date"])
    first, second = two.iloc[::2], two.iloc[1::2]
    assert 200 < len(first) < 1_200
    assert (second["received"] == second["scheduled_amount"]).all()
    assert first["days_late"].max() < 30
    assert (first["days_late"].to_numpy() < second["days_late"].to_numpy()).all()
    assert (first["late_fee"] == 0).all()
    complete = rows.groupby(INSTALMENT)["days_late"].transform("max")
    assert (rows.loc[complete <= 0, "payments"] == 1).all()
    owing = rows[(rows["received"] < rows["scheduled_amount"]) & ~rows["is_defaulted"]]
    begun = owing["actual_date"].notna()
    assert 5 < begun.sum() < len(owing)
    assert (owing["days_late"] == bank.end - owing["scheduled_date"]).all()
    assert (rows.loc[rows["is_defaulted"], "received"] == 0).all()


def test_loans_amortise_to_the_cent(bank: ce.Frames) -> None:
    rows = loan_payments(bank).sort_values("days_late").drop_duplicates(INSTALMENT, keep="last")
    assert (rows["principal_amount"] + rows["interest_amount"] == rows["scheduled_amount"]).all()
    rows = rows.sort_values(INSTALMENT)
    files = ce.applications(bank).dropna(subset=["account_id"])
    approved = pd.Series(
        bank.cents("credit_applications", "approved_amount")[files.index], files["account_id"]
    )
    first = rows.groupby("account_id")["installment_number"].transform("min")
    assert (first == 1).all()
    assert rows.groupby("account_id")["installment_number"].diff().dropna().eq(1).all()
    before = rows.groupby("account_id")["outstanding_balance"].shift()
    before = before.fillna(pd.Series(approved.loc[rows["account_id"]].to_numpy(), rows.index))
    paid = rows["principal_amount"].where(~rows["is_defaulted"], 0)
    assert (before - paid == rows["outstanding_balance"]).all()
    assert (rows["outstanding_balance"] >= 0).all()
    default_last = rows.groupby("account_id")["is_defaulted"].agg(["sum", "last"])
    assert (default_last["sum"] == default_last["last"]).all()
    paid_rows = rows[rows["received"] == rows["scheduled_amount"]]
    assert (paid_rows["actual_date"] - paid_rows["scheduled_date"] == paid_rows["days_late"]).all()
    assert paid_rows["actual_date"].max() <= bank.end


def test_loan_accounts_owe_what_the_instalments_leave(bank: ce.Frames) -> None:
    rows = loan_payments(bank).drop_duplicates(INSTALMENT)
    principal = (rows["received"] - rows["interest_amount"]).clip(lower=0)
    files = ce.applications(bank).dropna(subset=["account_id"])
    approved = pd.Series(
        bank.cents("credit_applications", "approved_amount")[files.index], files["account_id"]
    )
    paid = principal.groupby(rows["account_id"]).sum()
    order = bank.tables["accounts"]["account_id"].to_pylist()
    balance = pd.Series(bank.cents("accounts", "current_balance"), order)
    accounts = bank.accounts
    loans = accounts[accounts["product_name"].isin(ce.LOAN_PRODUCTS)]
    still = loans.index[loans["close_date"].isna()]
    owed = approved.loc[still] - paid.reindex(still).fillna(0)
    assert (balance.loc[still] == -owed).all()
    assert (balance.loc[loans.index[loans["close_date"].notna()]] == 0).all()


def test_balance_identity_to_the_cent(bank: ce.Frames) -> None:
    rows = bank.frame("account_balances", "account_id", "balance_date")
    for column in ("balance", "contributions", "withdrawals", "investment_returns", "fees"):
        rows[column] = bank.cents("account_balances", column)
    rows = rows.sort_values(["account_id", "balance_date"])
    before = rows.groupby("account_id")["balance"].shift()
    opened = bank.accounts["open_date"].loc[rows["account_id"]].to_numpy() >= bank.start
    before = before.where(~(before.isna() & opened), 0)
    moved = rows["contributions"] - rows["withdrawals"] + rows["investment_returns"] - rows["fees"]
    known = before.notna()
    assert known.mean() > 0.9
    assert (before + moved == rows["balance"])[known].all()
    for column in ("balance", "contributions", "withdrawals", "fees"):
        assert (rows[column] >= 0).all()
    last = rows.groupby("account_id")["balance"].last()
    order = bank.tables["accounts"]["account_id"].to_pylist()
    balance = pd.Series(bank.cents("accounts", "current_balance"), order)
    assert (balance.loc[last.index] == last).all()
    rows["month"] = ce.month_index(rows["balance_date"], bank.start)
    assert rows.groupby("account_id")["month"].diff().dropna().eq(1).all()


def test_last_history_row_equals_the_customer(default_bank: Sample) -> None:
    history = default_bank.tables["customer_segments_history"].to_pandas()
    history = history.sort_values(["customer_id", "effective_at"])
    people = default_bank.tables["customers"].to_pandas().set_index("customer_id")
    last = history.groupby("customer_id").last()
    first = history.groupby("customer_id").first()
    assert len(last) == len(people)
    assert (first["change_type"] == "Initial").all()
    assert (first["effective_at"].dt.date == people["signup_date"]).all()
    assert not history.duplicated(["customer_id", "effective_at"]).any()
    for column, previous in (
        ("customer_segment", "previous_segment"),
        ("loyalty_tier", "previous_tier"),
        ("risk_segment", "previous_risk"),
    ):
        assert (last[column] == people[column]).all()
        before = history.groupby("customer_id")[column].shift()
        some = before.notna()
        assert (before[some] == history[previous][some]).all()
    assert (history["change_type"] == "Segment Change").sum() > 300


def test_events_lead_to_the_accounts(bank: ce.Frames) -> None:
    events = bank.frame("account_events", "account_id", "event_at", "attribute", "new_value")
    accounts = bank.tables["accounts"].to_pandas().set_index("account_id")
    events = events.sort_values("event_at")
    for attribute in ("account_status", "credit_limit", "interest_rate", "product_id"):
        last = events[events["attribute"] == attribute].groupby("account_id")["new_value"].last()
        assert len(last) > 0
        now = accounts[attribute].loc[last.index]
        if attribute in {"credit_limit", "interest_rate"}:
            assert np.array_equal(last.astype(float), now.astype(float))
        else:
            assert (last == now).all()
    status = events[events["attribute"] == "account_status"].groupby("account_id").size()
    assert len(status) == len(accounts)


def test_branches_lie_apart_and_customers_near_them(default_bank: Sample) -> None:
    net = default_bank.context.network
    km = haversine_km(net.latitude[:, None], net.longitude[:, None], net.latitude, net.longitude)
    assert km[~np.eye(len(km), dtype=bool)].min() > 150
    zips = default_bank.tables["customers"]["zip_code"].to_pandas()
    assert (zips.str.len() == 5).all()
    assert zips.str.startswith("0").any()
    states = default_bank.tables["customers"]["state"].to_pandas()
    assert states.nunique() > 20


def test_contact_shares_sum_to_one_and_are_not_a_product() -> None:
    shares = contacts.contact_shares()
    assert shares.shape == (7, 12)
    assert abs(shares.sum() - 1) < 1e-12
    assert np.linalg.matrix_rank(shares) > 1


def test_blocks_are_deterministic_and_seeds_differ() -> None:
    first, again, other = tables_of(seed=3), tables_of(seed=3), tables_of(seed=4)
    for name in first:
        for column, values in first[name].items():
            assert values.equals(again[name][column]), (name, column)
    assert not first["digital_engagement"]["engaged_at"].equals(
        other["digital_engagement"]["engaged_at"]
    )


def test_parts_of_payments_leave_other_draws_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with_parts = tables_of(seed=9)
    monkeypatch.setattr(part_payments, "IN_TWO_SHARE", 0)
    monkeypatch.setattr(part_payments, "STARTED_SHARE", 0)
    without = tables_of(seed=9)
    for name, columns in without.items():
        for column, values in columns.items():
            same = values.equals(with_parts[name][column])
            # What has come of a waiting instalment is owed no more.
            assert same or name == "loan_payments" or column.endswith("_balance"), (name, column)
    kept = pd.DataFrame(
        {name: values.to_pylist() for name, values in without["loan_payments"].items()}
    )
    parts = pd.DataFrame(
        {name: values.to_pylist() for name, values in with_parts["loan_payments"].items()}
    )
    assert len(parts) > len(kept)
    parts = parts.set_index("payment_id").loc[kept["payment_id"]].reset_index()
    changed = {name for name in kept if not kept[name].equals(parts[name])}
    assert changed == {"actual_date", "actual_amount", "payment_method"}
    was_given = kept["actual_date"].notna()
    assert kept["actual_date"][was_given].equals(parts["actual_date"][was_given])


@pytest.mark.parametrize("truth", ["T04", "T05", "T06", "T07", "T08", "T09", "T12", "T18", "T20"])
def test_switching_one_effect_off_leaves_other_draws_alone(truth: str) -> None:
    touched = {
        # T06 and T18 also reach the drivers of leaving, T05 and T20 the loans and products.
        "T04": {"credit_applications", "accounts", "loan_payments", "account_events"},
        "T07": {"account_balances", "product_enrollments", "accounts"},
        "T08": {"customer_interactions"},
        "T09": {"customer_interactions", "digital_engagement", "customers"},
        "T12": {"digital_engagement"},
    }
    plain, without = tables_of(seed=9), tables_of(seed=9, without=frozenset({truth}))
    changed = {
        name
        for name in plain
        if any(not values.equals(without[name][column]) for column, values in plain[name].items())
    }
    assert changed
    if truth in touched and truth != "T09":
        assert changed <= touched[truth]
    # What is drawn before anything else stays in every case.
    for column in ("signup_date", "home_latitude", "first_name", "marketing_opt_in"):
        assert plain["customers"][column].equals(without["customers"][column])
