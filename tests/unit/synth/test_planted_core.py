"""The planted distributions of the core, estimated from the generated rows of the default bank.

Planted values are written out from truths.md; tolerances are four standard errors of the estimate
itself, and each estimate's error is held under 1.3 times the one truths.md found, so that an
estimate cannot pass by being vague.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest
from scipy import stats

from tests.support.lazy import lazily
from tests.unit.synth import core_estimates as ce
from tests.unit.synth.conftest import Sample

sm = lazily("statsmodels.api")

PLANTED_PAIRS = {
    frozenset(pair)
    for pair in (
        ("Rewards Credit Card", "Personal Loan"),
        ("Flex Savings", "Certificate of Deposit"),
        ("Auto Loan", "Auto Insurance"),
        ("Home Mortgage", "Home Insurance"),
        ("Brokerage Account", "Retirement Fund"),
        ("Life Insurance", "Managed Portfolio"),
    )
}


@pytest.fixture(scope="module")
def bank(default_bank: Sample) -> ce.Frames:
    context = default_bank.context
    return ce.Frames(default_bank.tables, context.start_day, context.end_day)


@pytest.fixture(scope="module")
def months(bank: ce.Frames) -> pd.DataFrame:
    return ce.churn_months(bank)


@pytest.fixture(scope="module")
def applications(bank: ce.Frames) -> pd.DataFrame:
    return ce.applications(bank)


def assert_planted(estimate: tuple[float, float], truth: float, largest_error: float) -> None:
    value, error = estimate
    assert abs(value - truth) < 4 * error, f"{value:.4f} +- {error:.4f}, planted {truth:.4f}"
    assert 0 < error < largest_error


def test_size_of_the_bank(default_bank: Sample, months: pd.DataFrame) -> None:
    rows = {name: table.num_rows for name, table in default_bank.tables.items()}
    assert rows["customers"] == 5000
    assert rows["branch_locations"] == 40
    assert abs(len(months) - 171_000) < 6_000
    assert 650 < months["churned"].sum() < 1_050
    assert 7_300 < rows["credit_applications"] < 8_800
    assert 250_000 < rows["digital_engagement"] < 420_000
    assert 80_000 < rows["customer_interactions"] < 120_000


def test_t01_hazard_and_its_drivers(months: pd.DataFrame) -> None:
    fit = ce.cloglog(months)
    planted = {
        "complaint": (0.9, 0.125), "dissatisfied": (0.7, 0.115), "extra": (-0.5, 0.05),
        "autopay": (-0.4, 0.08), "short": (0.5, 0.085), "mobile": (-0.6, 0.077),
        "late": (0.5, 0.12), "const": (-4.6, 0.08),
    }  # fmt: skip
    for name, (truth, error) in planted.items():
        assert_planted((fit["value"][name], fit["se"][name]), truth, 1.3 * error)


def test_t01_realised_tallies_are_those_of_the_rows(
    default_bank: Sample, months: pd.DataFrame
) -> None:
    realised = default_bank.realised("T01")
    code = np.zeros(len(months), dtype=int)
    for name, levels in zip(ce.DRIVERS, (2, 2, 3, 2, 2, 2, 2), strict=True):
        code = code * levels + months[name].to_numpy()
    assert np.array_equal(np.bincount(code, minlength=192), realised["exposure"])
    events = np.bincount(code, months["churned"], minlength=192)
    assert np.array_equal(events, realised["events"])


def test_t10_second_product(months: pd.DataFrame) -> None:
    some = months[months["extra"] <= 1]
    assert_planted(ce.mantel_haenszel(some, "extra"), -0.5, 1.3 * 0.077)


def test_t10_is_confounded_by_autopay_and_mobile(months: pd.DataFrame) -> None:
    extra = months.groupby("autopay")["extra"].mean()
    assert extra[1] > 1.04 * extra[0]
    extra = months.groupby("mobile")["extra"].mean()
    assert extra[1] > 1.04 * extra[0]


def test_t11_late_payment(months: pd.DataFrame) -> None:
    borrowers = months[months["borrower"] == 1]
    assert_planted(ce.mantel_haenszel(borrowers, "late"), 0.5, 1.3 * 0.12)


def test_t11_lateness_and_borrowers(bank: ce.Frames) -> None:
    accounts = bank.accounts
    loans = accounts[accounts["product_name"].isin(ce.LOAN_PRODUCTS)]
    assert 2_450 < len(loans) < 2_950
    assert abs(loans["customer_id"].nunique() / 5000 - 0.45) < 0.03
    payments = bank.frame("loan_payments", "customer_id", "days_late")
    late = payments["days_late"] >= 30
    assert 0.025 < late.mean() < 0.045
    autopay = bank.frame("account_events", "customer_id", "event_type")
    autopay = autopay[autopay["event_type"] == "Autopay Enrolled"]["customer_id"]
    by_autopay = late.groupby(payments["customer_id"].isin(autopay)).mean()
    assert 0.3 < by_autopay[True] / by_autopay[False] < 0.7


def test_t04_step_at_720_and_nowhere_else(applications: pd.DataFrame) -> None:
    assert_planted(ce.step_at(applications, 720, 40), -1.5, 1.3 * 0.085)
    for cut in (700, 750):
        side = applications["score"] < 720 if cut < 720 else applications["score"] >= 720
        value, error = ce.step_at(applications[side], cut, 20 if cut < 720 else 30)
        assert abs(value) < 4 * error
        assert error < 0.3


def test_t05_approval(applications: pd.DataFrame) -> None:
    assert_planted(ce.approval_odds(applications), np.log(2.2), 1.3 * 0.035)
    under = applications["score"] < 660
    assert set(applications["decision"][under]) == {"Declined", "Pending"}
    declined = applications[under & (applications["decision"] == "Declined")]
    assert declined["decline_reason"].str.startswith("Policy").all()
    decided = applications[applications["decision"] != "Pending"]
    assert abs((decided["decision"] == "Approved").mean() - 0.49) < 0.03
    above = decided[decided["score"] >= 660]
    assert abs((above["decision"] == "Approved").mean() - 0.66) < 0.03


def test_t05_scores_and_debt_ratios_are_as_drawn(applications: pd.DataFrame) -> None:
    n = len(applications)
    score, ratio = applications["score"], applications["dti"]
    assert abs(score.mean() - 705) < 4 * 70 / np.sqrt(n)
    assert abs(score.std() - 70) < 4 * 70 / np.sqrt(2 * n)
    assert stats.kstest(ratio, stats.beta(4, 8).cdf).pvalue > 0.001
    pending = (applications["decision"] == "Pending").mean()
    assert 0.012 < pending < 0.032


def test_t06_default(bank: ce.Frames) -> None:
    values, errors = ce.default_logit(bank)
    for value, error, (truth, known) in zip(
        values, errors, ((-0.011, 0.0017), (2.5, 0.53), (0.30, 0.056)), strict=True
    ):
        assert_planted((value, error), truth, 1.3 * known)


def test_t06_unemployment_path(bank: ce.Frames) -> None:
    rates = bank.frame("economic_indicators", "indicator_date", "unemployment_rate")
    inside = rates[rates["indicator_date"] >= bank.start]["unemployment_rate"].to_numpy() * 100
    assert abs(inside[0] - 3.5) < 0.3
    assert abs(inside.max() - 7.5) < 0.3
    assert abs(inside[-1] - 4.5) < 0.3
    assert 10 < inside.argmax() < 35


def test_t07_contributions_answer_the_rate(bank: ce.Frames) -> None:
    assert_planted(ce.rate_response(bank), np.log(1.06), 1.3 * 0.005)
    savings = bank.accounts["product_name"].isin(("Flex Savings", "Fixed Savings"))
    assert abs(savings.sum() - 1500) < 200


def test_t08_visits_decay_with_distance(bank: ce.Frames) -> None:
    assert_planted(ce.distance_decay(bank), -1 / 8, 1.3 * 0.0021)


def test_t08_distances_are_gamma(default_bank: Sample) -> None:
    km = default_bank.latent("customers")["branch_km"]
    # Homes are kept to 0.01 degree (about 0.6 km), which the test of shape must allow for.
    points = np.array([2.0, 5.0, 10.0, 20.0, 40.0])
    expected = stats.gamma(1.3, scale=9).cdf(points)
    seen = np.searchsorted(np.sort(km), points) / len(km)
    assert np.all(np.abs(seen - expected) < 0.02)


def test_t09_adoption_changes_sessions_and_calls(bank: ce.Frames) -> None:
    sessions = bank.frame("digital_engagement", "customer_id", "engaged_at")
    sessions["day"] = sessions["engaged_at"] // 86_400
    assert_planted(ce.adoption_ratio(bank, sessions), np.log(1.5), 0.013)
    talks = bank.frame("customer_interactions", "customer_id", "interaction_at", "channel")
    for channel, truth in (("Phone", np.log(0.7)), ("Email", 0.0), ("Branch", 0.0)):
        some = talks[talks["channel"] == channel]
        some = some.assign(day=some["interaction_at"] // 86_400)
        assert_planted(ce.adoption_ratio(bank, some), truth, 0.046)


def test_t09_adoption_takes_longer_with_age(default_bank: Sample, bank: ce.Frames) -> None:
    people = bank.customers
    age = (bank.start - people["date_of_birth"].to_numpy()) / 365.25
    entry = np.maximum(people["signup_date"], bank.start)
    events = bank.frame("account_events", "customer_id", "event_at", "event_type")
    events = events[events["event_type"] == "Mobile Banking Enrolled"].set_index("customer_id")
    day = (events["event_at"] // 86_400).reindex(people.index)
    at_entry = day <= entry
    assert abs(at_entry.mean() - 0.35) < 4 * np.sqrt(0.35 * 0.65 / len(people))
    end = np.minimum(people["churn"], bank.end + 1)
    adopted = day.notna() & ~at_entry
    waited = np.where(adopted, day - entry, end - entry)
    expected = waited / (30 * np.exp((age - 45) / 25) * 365.25 / 12)
    for band in (age < 35, (age >= 35) & (age < 55), age >= 55):
        some = band & ~at_entry.to_numpy()
        ratio = adopted[some].sum() / expected[some].sum()
        assert abs(ratio - 1) < 4 / np.sqrt(adopted[some].sum())


def test_t12_experiment(bank: ce.Frames) -> None:
    rows = bank.frame(
        "digital_engagement", "engaged_at", "experiment_id", "experiment_arm", "is_converted"
    )
    exposed = rows[rows["experiment_id"].notna()]
    arms = exposed.groupby("experiment_arm")["is_converted"].agg(["mean", "size"])
    assert arms["size"].min() > 18_000
    assert stats.binomtest(int(arms["size"]["control"]), len(exposed)).pvalue > 0.001
    error = np.sqrt((arms["mean"] * (1 - arms["mean"]) / arms["size"]).sum())
    difference = arms["mean"]["treatment"] - arms["mean"]["control"]
    assert_planted((difference, error), 0.015, 1.3 * 0.0031)
    assert abs(arms["mean"]["control"] - 0.1) < 4 * error
    assert rows["is_converted"].notna().equals(rows["experiment_id"].notna())
    first, last = exposed["engaged_at"].min() // 86_400, exposed["engaged_at"].max() // 86_400
    inside = rows["engaged_at"].between(first * 86_400, (last + 1) * 86_400 - 1)
    assert inside.equals(rows["experiment_id"].notna())


def test_t14_archetype_labels(default_bank: Sample) -> None:
    latent = default_bank.latent("customers")
    count = np.bincount(latent["archetype"], minlength=5)
    expected = 5000 * np.array([0.26, 0.24, 0.20, 0.16, 0.14])
    assert stats.chisquare(count, expected).pvalue > 0.001
    rate = np.log(latent["tx_rate"] / np.array([9, 6, 2.5, 4, 2])[latent["archetype"]])
    assert abs(rate.std() - 0.3) < 0.015


def test_t02_opt_in_follows_activity(default_bank: Sample, bank: ce.Frames) -> None:
    rate = np.log(default_bank.latent("customers")["purchase_rate"])
    z = (rate - rate.mean()) / rate.std()
    fit = sm.Logit(bank.customers["marketing_opt_in"].to_numpy(float), sm.add_constant(z)).fit(
        disp=0
    )
    assert_planted((fit.params[0], fit.bse[0]), -0.4, 0.05)
    assert_planted((fit.params[1], fit.bse[1]), 0.8, 0.05)


def test_t23_segments_and_their_independence(default_bank: Sample) -> None:
    code = np.concatenate([block.segment_codes[:, 0] for block in default_bank.blocks])
    count = np.bincount(code, minlength=4)
    assert stats.chisquare(count, 5000 * np.array([0.6, 0.22, 0.1, 0.08])).pvalue > 0.001
    archetype = default_bank.latent("customers")["archetype"]
    opt_in = np.concatenate([block.opt_in for block in default_bank.blocks])
    for other in (archetype, opt_in.astype(int)):
        table = np.zeros((4, other.max() + 1))
        np.add.at(table, (code, other), 1)
        assert stats.chi2_contingency(table).pvalue > 0.001


def test_t16_wealth(default_bank: Sample, bank: ce.Frames) -> None:
    accounts = bank.accounts
    owned = accounts["category"].isin(("Deposit", "Investment")).to_numpy()
    cents = bank.cents("accounts", "current_balance")
    order = default_bank.tables["accounts"]["account_id"].to_pylist()
    balance = pd.Series(cents, index=order).loc[accounts.index].to_numpy()
    total = pd.Series(balance[owned]).groupby(accounts["customer_id"][owned].to_numpy()).sum()
    target = default_bank.latent("customers")["target_assets"]
    people = bank.customers
    assert np.array_equal(total.reindex(people.index).to_numpy(), target)
    assets = target[people["is_active"].to_numpy()] / 100
    limit = np.exp(9 + 1.1 * stats.norm.ppf(0.9))
    top = assets[assets > limit]
    assert abs(len(top) / len(assets) - 0.1) < 4 * np.sqrt(0.09 / len(assets))
    index = len(top) / np.log(top / limit).sum()
    assert_planted((index, index / np.sqrt(len(top))), 1.6, 1.3 * 0.072 * np.sqrt(500 / len(top)))
    body = np.log(assets[assets <= limit])
    cut = stats.truncnorm(-np.inf, stats.norm.ppf(0.9), loc=9, scale=1.1)
    assert stats.kstest(body, cut.cdf).pvalue > 0.001


def test_t18_satisfaction(bank: ce.Frames) -> None:
    values, errors = ce.satisfaction(bank)
    for value, error, (truth, known) in zip(
        values, errors, ((-0.03, 0.0015), (0.9, 0.017), (-0.8, 0.023)), strict=True
    ):
        assert_planted((value, error), truth, 1.3 * known)
    rows = bank.frame("customer_interactions", "agent_id", "satisfaction_rating", "channel")
    assert rows["agent_id"].nunique() == 60
    rated = rows[rows["satisfaction_rating"].notna()]
    assert set(rated["satisfaction_rating"]) == {1, 2, 3, 4, 5}
    assert "Branch" not in set(rated["channel"])


def test_t19_weekday_and_hour_of_contacts(default_bank: Sample, bank: ce.Frames) -> None:
    rows = bank.frame("customer_interactions", "interaction_at", "channel")
    second = rows["interaction_at"][rows["channel"] != "Branch"].to_numpy()
    assert 48_000 < len(second) < 70_000
    weekday, hour = (second // 86_400 + 3) % 7, second % 86_400 // 3600
    seen = np.zeros((7, 24))
    np.add.at(seen, (weekday, hour), 1)
    planted = np.array(default_bank.truths["T19"]["estimand"]["shares_monday_to_sunday"])
    assert planted.shape == (7, 12)
    assert seen[:, 8:20].sum() == len(second)
    assert stats.chisquare(seen[:, 8:20].ravel(), planted.ravel() * len(second)).pvalue > 0.001


def test_t20_pairs_on_top(bank: ce.Frames) -> None:
    found = ce.lifts(bank).sort_values("lift", ascending=False)
    assert len(found) == 91
    low = found["lift"] * np.exp(-1.96 * found["se"])
    top = found.loc[low.sort_values(ascending=False).index[:6]]
    assert set(top["pair"]) == PLANTED_PAIRS
    assert low[top.index].min() > 1.3
    others = found[~found["pair"].isin(PLANTED_PAIRS)]
    assert others["lift"].max() < 1.5


def test_no_product_is_held_by_more_than_planned(default_bank: Sample) -> None:
    latent = default_bank.latent("customers")["drawn_products"]
    share = [(latent >> place & 1).mean() for place in range(14)]
    planted = np.array(
        [0.45, 0.23, 0.17, 0.10, 0.18, 0.12, 0.14, 0.10, 0.14, 0.12, 0.13, 0.09, 0.16, 0.10]
    )
    assert np.all(np.abs(share - planted) < 4 * np.sqrt(planted * (1 - planted) / 5000))
    assert pc.count_distinct(default_bank.tables["accounts"]["product_id"]).as_py() == 17
