"""What makes the bank look like one, beside its truths: values, cards, premiums, fees."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bullion.synth.customers import wealth
from tests.unit.synth import core_estimates as ce
from tests.unit.synth.conftest import Sample


@pytest.fixture(scope="module")
def bank(default_bank: Sample) -> ce.Frames:
    start, end = default_bank.context.start_day, default_bank.context.end_day
    return ce.Frames(default_bank.tables, start, end)


def test_lifetime_value_follows_income_assets_and_tenure(bank: ce.Frames) -> None:
    people = bank.customers
    money = bank.frame("customers", "customer_id", "customer_lifetime_value", "annual_income")
    money = money.set_index("customer_id").astype(float)
    accounts = bank.frame("accounts", "customer_id", "product_id", "current_balance")
    products = bank.frame("products", "product_id", "category")
    accounts = accounts.merge(products, on="product_id")
    held = accounts[accounts["category"].isin(["Deposit", "Investment"])]
    assets = held.groupby("customer_id")["current_balance"].sum().astype(float)
    stays = people.index[people["churn"] == ce.FAR]
    design = np.column_stack(
        [
            np.ones(len(stays)),
            np.log(money.loc[stays, "annual_income"]),
            np.log(assets.loc[stays]),
            np.log(1 + (bank.end - people.loc[stays, "signup_date"]) / 365.25),
        ]
    )
    outcome = np.log(money.loc[stays, "customer_lifetime_value"])
    found, *_ = np.linalg.lstsq(design, outcome, rcond=None)
    planted = [elasticity for elasticity, _ in wealth.VALUE_OF.values()]
    assert found[1:] == pytest.approx(planted, abs=0.03)
    noise = np.std(outcome - design @ found)
    assert noise == pytest.approx(wealth.VALUE_LOG_SD, rel=0.05)


def test_a_fifth_to_a_third_of_card_limits_is_drawn(bank: ce.Frames) -> None:
    cards = bank.frame("accounts", "account_status", "credit_limit", "current_balance").dropna()
    cards = cards[cards["account_status"] != "Closed"]
    limit, balance = cards["credit_limit"].astype(float), cards["current_balance"].astype(float)
    assert 0.20 <= -balance.clip(upper=0).sum() / limit.sum() <= 0.30
    assert (-balance <= limit).all()
    assert 0.2 < (-balance > 0.3 * limit).mean() < 0.6


def test_policies_earn_their_premium_and_hold_nothing(bank: ce.Frames) -> None:
    products = bank.frame("products", "product_id", "category", "monthly_fee")
    insured = products[products["category"] == "Insurance"].set_index("product_id")
    rows = bank.frame("account_balances", "account_id", "product_id", "balance", "fees",
                      "contributions")  # fmt: skip
    rows = rows[rows["product_id"].isin(insured.index)]
    premium = insured["monthly_fee"].loc[rows["product_id"]].astype(float).to_numpy()
    assert len(rows) > 10_000
    assert (rows["fees"].astype(float) == premium).all()
    assert (rows["contributions"].astype(float) == premium).all()
    assert (rows["balance"].astype(float) == 0).all()
    accounts = bank.accounts
    policies = accounts.index[accounts["category"] == "Insurance"]
    assert set(rows["account_id"]) <= set(policies)


def test_fees_are_those_of_the_product_of_their_day(bank: ce.Frames) -> None:
    events = bank.frame("account_events", "account_id", "event_type", "event_at")
    upgraded = events[events["event_type"] == "Product Upgraded"].set_index("account_id")
    rows = bank.frame("transactions", "account_id", "transaction_type", "transaction_at")
    fees = rows[(rows["transaction_type"] == "Fee") & rows["account_id"].isin(upgraded.index)]
    since = upgraded["event_at"].loc[fees["account_id"]].to_numpy() // 86_400
    assert len(fees) > 100
    assert (fees["transaction_at"].to_numpy() // 86_400 >= since).all()


def test_who_comes_back_holds_what_was_drawn(bank: ce.Frames, default_bank: Sample) -> None:
    returns = bank.returns
    accounts = bank.frame("accounts", "customer_id", "close_date", "current_balance")
    is_back = accounts["customer_id"].isin(returns.index[returns < ce.FAR])
    held = accounts[is_back & accounts["close_date"].isna()].set_index("customer_id")
    latent = pd.DataFrame(default_bank.latent("customers")).set_index("customer")
    number = held.index.str.slice(3).astype(int)
    drawn = latent["target_assets"].loc[number].to_numpy() / 100
    assert held["current_balance"].astype(float).to_numpy() == pytest.approx(drawn)
