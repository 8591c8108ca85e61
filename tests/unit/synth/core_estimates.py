"""Quick independent estimates of what the bank's core plants (truths.md, section 1).

They read Arrow tables of the contract and nothing of the generator; planted constants are written
out in the tests a second time on purpose. Estimates come as (value, standard error).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from tests.support.lazy import lazily

sm = lazily("statsmodels.api")

LOAN_PRODUCTS = ("Personal Loan", "Auto Loan", "Home Mortgage", "Student Loan")
COUNTED = ("Deposit", "Credit", "Investment")
DRIVERS = ("complaint", "dissatisfied", "extra", "autopay", "short", "mobile", "late")
FAR = 10**6


@dataclass
class Frames:
    """Tables of one bank as pandas frames, dates as day numbers, timestamps as seconds."""

    tables: dict[str, pa.Table]
    start: int
    end: int

    def frame(self, name: str, *columns: str) -> pd.DataFrame:
        table = self.tables[name].select(list(columns))
        out = {}
        for column in columns:
            values = table[column]
            if pa.types.is_date(values.type):
                values = values.cast(pa.int32())
            elif pa.types.is_timestamp(values.type):
                values = values.cast(pa.int64())
            elif pa.types.is_decimal(values.type):
                values = values.cast(pa.float64())
            out[column] = values.to_pandas()
        return pd.DataFrame(out)

    def cents(self, name: str, column: str) -> np.ndarray:
        values = self.tables[name][column].combine_chunks().cast(pa.decimal128(20, 2))
        words = np.frombuffer(values.buffers()[1], dtype=np.int64).reshape(-1, 2)
        return words[values.offset : values.offset + len(values), 0]

    @property
    def customers(self) -> pd.DataFrame:
        people = self.frame(
            "customers", "customer_id", "signup_date", "is_active", "date_of_birth",
            "employment_status", "home_latitude", "home_longitude", "marketing_opt_in",
        ).set_index("customer_id")  # fmt: skip
        left = self.frame("customer_retention", "customer_id", "churn_date")
        people["churn"] = left.groupby("customer_id")["churn_date"].max()
        people["churn"] = people["churn"].fillna(FAR).astype(int)
        people["place"] = np.arange(len(people))
        return people

    @property
    def returns(self) -> pd.Series:
        """Day on which each customer came back after leaving, FAR where they did not."""
        people, accounts = self.customers, self.accounts
        events = self.frame("account_events", "customer_id", "event_type", "event_at")
        again = events[events["event_type"] == "Account Reopened"].set_index("customer_id")
        days = pd.concat(
            [again["event_at"] // 86_400, accounts.set_index("customer_id")["open_date"]]
        )
        later = days[days.to_numpy() > people["churn"].loc[days.index].to_numpy()]
        first = later.groupby(level=0).min()
        return first.reindex(people.index).fillna(FAR).astype(int)

    @property
    def accounts(self) -> pd.DataFrame:
        accounts = self.frame(
            "accounts", "account_id", "customer_id", "product_id", "open_date", "close_date",
            "interest_rate", "account_status",
        )  # fmt: skip
        products = self.frame("products", "product_id", "product_name", "category")
        return accounts.merge(products, on="product_id").set_index("account_id")


def month_index(days: np.ndarray | pd.Series, start: int) -> np.ndarray:
    first = np.array(start).astype("datetime64[D]").astype("datetime64[M]").astype(int)
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(int) - first


def month_starts(start: int, months: int) -> np.ndarray:
    first = np.array(start).astype("datetime64[D]").astype("datetime64[M]")
    return (first + np.arange(months + 1)).astype("datetime64[D]").astype(int)


def _window(cells: np.ndarray, n: int, months: int, weights: np.ndarray, back: int) -> np.ndarray:
    """Sum of weights over the ``back`` months before each month; cells = (row, month) pairs."""
    grid = np.zeros((n, months + back + 1))
    keep = (cells[1] >= -back) & (cells[1] < months)
    np.add.at(grid, (cells[0][keep], cells[1][keep] + back + 1), weights[keep])
    total = np.cumsum(grid, axis=1)
    now = np.arange(months)
    return total[:, now + back] - total[:, now]


def churn_months(bank: Frames) -> pd.DataFrame:
    """Customer-months at risk with the seven drivers at the start of the month, and the outcome."""
    people, accounts = bank.customers, bank.accounts
    months = int(month_index([bank.end], bank.start)[0]) + 1
    starts = month_starts(bank.start, months)
    n, place = len(people), people["place"]
    talks = bank.frame(
        "customer_interactions", "customer_id", "interaction_at", "reason", "satisfaction_rating",
        "resolution_status",
    )  # fmt: skip
    cells = np.array(
        [place[talks["customer_id"]], month_index(talks["interaction_at"] // 86_400, bank.start)]
    )
    open_complaint = (talks["reason"] == "Complaint") & (talks["resolution_status"] == "Unresolved")
    rating = talks["satisfaction_rating"].to_numpy()
    rated = ~np.isnan(rating)
    count = _window(cells, n, months, rated.astype(float), 3)
    stars = _window(cells, n, months, np.where(rated, rating, 0), 3)
    payments = bank.frame(
        "loan_payments", "customer_id", "scheduled_date", "days_late", "is_defaulted"
    )
    late = payments[(payments["days_late"] >= 30) & ~payments["is_defaulted"]]
    known = np.array(
        [place[late["customer_id"]], month_index(late["scheduled_date"] + 30, bank.start)]
    )
    extra = np.full((n, months), -1)
    for row in accounts[accounts["category"].isin(COUNTED)].itertuples():
        extra[place[row.customer_id]] += row.open_date < starts[:-1]
    events = bank.frame("account_events", "customer_id", "event_at", "event_type")

    def first_day(kind: str) -> np.ndarray:
        days = np.full(n, FAR)
        some = events[events["event_type"] == kind]
        days[place[some["customer_id"]]] = some["event_at"] // 86_400
        return days

    tenure = np.arange(months) - month_index(people["signup_date"], bank.start)[:, None]
    churn = np.where(
        people["churn"] < FAR, month_index(np.minimum(people["churn"], 40_000), bank.start), FAR
    )
    at_risk = (tenure >= 1) & (np.arange(months) <= churn[:, None])
    values = {
        "complaint": _window(cells, n, months, open_complaint.to_numpy(float), 3) > 0,
        "dissatisfied": (count > 0) & (stars <= 2 * count),
        "extra": np.clip(extra, 0, 2),
        "autopay": np.broadcast_to(first_day("Autopay Enrolled")[:, None] < FAR, at_risk.shape),
        "short": tenure < 12,
        "mobile": first_day("Mobile Banking Enrolled")[:, None] < starts[:-1],
        "late": _window(known, n, months, np.ones(len(late)), 6) > 0,
        "churned": np.arange(months) == churn[:, None],
    }
    first_loan = np.full(n, FAR)
    lent = accounts[accounts["product_name"].isin(LOAN_PRODUCTS)]
    np.minimum.at(first_loan, place[lent["customer_id"]].to_numpy(), lent["open_date"].to_numpy())
    # Borrowers from their first loan on: who will borrow later cannot have left before.
    values["borrower"] = first_loan[:, None] < starts[:-1]
    data = {name: np.asarray(grid[at_risk], dtype=int) for name, grid in values.items()}
    return pd.DataFrame(data)


def cloglog(months: pd.DataFrame) -> pd.DataFrame:
    """Complementary log-log of leaving on the seven drivers; columns value, se."""
    cells = months.groupby(list(DRIVERS))["churned"].agg(["sum", "size"]).reset_index()
    outcome = np.column_stack((cells["sum"], cells["size"] - cells["sum"]))
    link = sm.families.links.CLogLog()
    design = sm.add_constant(cells[list(DRIVERS)].astype(float))
    fit = sm.GLM(outcome, design, family=sm.families.Binomial(link)).fit()
    return pd.DataFrame({"value": fit.params, "se": fit.bse})


def mantel_haenszel(months: pd.DataFrame, exposure: str) -> tuple[float, float]:
    """Log rate ratio of leaving, exposed against not, person-time in strata of other drivers."""
    strata = [name for name in DRIVERS if name != exposure]
    cells = months.groupby([*strata, exposure])["churned"].agg(["sum", "size"]).unstack(exposure)
    cells = cells.fillna(0)
    d0, d1 = cells["sum"][0].to_numpy(), cells["sum"][1].to_numpy()
    t0, t1 = cells["size"][0].to_numpy(), cells["size"][1].to_numpy()
    total = t0 + t1
    above, below = np.sum(d1 * t0 / total), np.sum(d0 * t1 / total)
    variance = np.sum((d0 + d1) * t0 * t1 / total**2) / (above * below)
    return float(np.log(above / below)), float(np.sqrt(variance))


def applications(bank: Frames) -> pd.DataFrame:
    """Applications with the policy rate at the decision (points) and the applicant's work."""
    rows = bank.frame(
        "credit_applications", "application_id", "customer_id", "product_id", "account_id",
        "application_date", "decision_date", "decision", "credit_score_at_application",
        "debt_to_income_ratio", "approved_rate", "decline_reason",
    )  # fmt: skip
    rows = rows.rename(
        columns={"credit_score_at_application": "score", "debt_to_income_ratio": "dti"}
    )
    rows["work"] = bank.customers["employment_status"].loc[rows["customer_id"]].to_numpy()
    rows["funds"] = published(bank, "federal_funds_rate", rows["decision_date"].fillna(bank.end))
    return rows


def published(bank: Frames, column: str, days: pd.Series | np.ndarray) -> np.ndarray:
    """The value (points) of an indicator last published on or before the days."""
    series = bank.frame("economic_indicators", "indicator_date", column).sort_values(
        "indicator_date"
    )
    place = np.searchsorted(series["indicator_date"], np.asarray(days), side="right") - 1
    return 100 * series[column].to_numpy()[place]


def step_at(rows: pd.DataFrame, cut: int, width: float) -> tuple[float, float]:
    """Step of the approved rate (points) at a score: local linear, triangular weights, HC1."""
    rows = rows[rows["decision"] == "Approved"]
    x = (rows["score"] - cut).to_numpy(float)
    near = np.abs(x) < width
    rows, x = rows[near], x[near]
    products = pd.get_dummies(rows["product_id"], drop_first=True).to_numpy(float)
    above = (x >= 0).astype(float)
    design = np.column_stack(
        (np.ones(len(x)), above, x, above * x, rows["funds"], rows["dti"], products)
    )
    rate = 100 * rows["approved_rate"].to_numpy()
    fit = sm.WLS(rate, design.astype(float), weights=1 - np.abs(x) / width).fit(cov_type="HC1")
    return float(fit.params[1]), float(fit.bse[1])


def approval_odds(rows: pd.DataFrame) -> tuple[float, float]:
    """Conditional log odds ratio of approval per 50 points, decided and not under the gate."""
    some = rows[(rows["decision"] != "Pending") & (rows["score"] >= 660)]
    work = pd.get_dummies(some["work"]).drop(columns="Employed").to_numpy(float)
    design = np.column_stack(
        (np.ones(len(some)), (some["score"] - 700) / 50, some["dti"] - 0.33, work)
    )
    fit = sm.Logit((some["decision"] == "Approved").to_numpy(float), design).fit(disp=0)
    return float(fit.params[1]), float(fit.bse[1])


def default_logit(bank: Frames) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and errors of the monthly default logit: score, debt ratio, unemployment."""
    rows = bank.frame(
        "loan_payments", "account_id", "installment_number", "scheduled_date", "is_defaulted"
    ).drop_duplicates(["account_id", "installment_number"])
    files = applications(bank).dropna(subset=["account_id"]).set_index("account_id")
    leaving = bank.accounts["close_date"].loc[rows["account_id"]].to_numpy()
    rows = rows[(rows["scheduled_date"] != leaving) | rows["is_defaulted"]]
    first = rows["scheduled_date"].to_numpy().astype("datetime64[D]").astype("datetime64[M]")
    day_before = first.astype("datetime64[D]").astype(int) - 1
    unemployment = published(bank, "unemployment_rate", day_before)
    score = files["score"].loc[rows["account_id"]].to_numpy(float)
    dti = files["dti"].loc[rows["account_id"]].to_numpy(float)
    design = np.column_stack((np.ones(len(rows)), score - 700, dti - 0.30, unemployment - 4.5))
    fit = sm.Logit(rows["is_defaulted"].to_numpy(float), design).fit(disp=0)
    return fit.params[1:], fit.bse[1:]


def rate_response(bank: Frames) -> tuple[float, float]:
    """Slope of ln contribution on the variable rate: variable accounts less fixed accounts."""
    accounts = bank.accounts
    savings = accounts[accounts["product_name"].isin(("Flex Savings", "Fixed Savings"))]
    changes = bank.frame("account_events", "account_id", "event_type", "event_at", "new_value")
    changes = changes[changes["event_type"] == "Interest Rate Changed"]
    path = changes.groupby("event_at")["new_value"].first().astype(float)
    rows = bank.frame("account_balances", "account_id", "balance_date", "contributions")
    rows = rows[rows["account_id"].isin(savings.index)]
    first = rows["balance_date"].to_numpy().astype("datetime64[D]").astype("datetime64[M]")
    begin = first.astype("datetime64[D]").astype(int) * 86_400
    place = np.searchsorted(path.index, begin, side="right") - 1
    rows = rows.assign(rate=100 * path.to_numpy()[place], y=np.log(rows["contributions"]))
    count = rows.groupby("account_id")["y"].transform("size")
    rows = rows[count >= 12]
    means = rows.groupby("account_id")[["rate", "y"]].transform("mean")
    dx, dy = rows["rate"] - means["rate"], rows["y"] - means["y"]
    sums = pd.DataFrame({"xy": dx * dy, "xx": dx * dx}).groupby(rows["account_id"]).sum()
    sums = sums[sums["xx"] > 0.5]
    slope, weight = sums["xy"] / sums["xx"], sums["xx"]
    variable = accounts["product_name"].loc[sums.index] == "Flex Savings"
    value, variance = 0.0, 0.0
    for sign, group in ((1, variable), (-1, ~variable)):
        w, s = weight[group], slope[group]
        mean = np.average(s, weights=w)
        value += sign * mean
        variance += float((w**2 * (s - mean) ** 2).sum() / w.sum() ** 2)
    return value, float(np.sqrt(variance))


def distance_decay(bank: Frames) -> tuple[float, float]:
    """Slope of ln visits on km to the nearest branch open all through; Poisson, robust error."""
    people = bank.customers
    branches = bank.frame("branch_locations", "latitude", "longitude", "open_date")
    lat, lon = np.radians(people["home_latitude"]), np.radians(people["home_longitude"])
    blat, blon = np.radians(branches["latitude"]), np.radians(branches["longitude"])
    cosine = np.sin(lat.to_numpy()[:, None]) * np.sin(blat.to_numpy()) + np.cos(
        lat.to_numpy()[:, None]
    ) * np.cos(blat.to_numpy()) * np.cos(lon.to_numpy()[:, None] - blon.to_numpy())
    km = 6371.0 * np.arccos(np.clip(cosine, -1, 1))
    nearest = km.argmin(axis=1)
    steady = branches["open_date"].to_numpy()[nearest] < bank.start
    visits = bank.frame("customer_interactions", "customer_id", "channel")
    visits = visits[visits["channel"] == "Branch"].groupby("customer_id").size()
    count = visits.reindex(people.index).fillna(0).to_numpy()
    first = np.maximum(people["signup_date"] + 1, bank.start)
    days = np.minimum(people["churn"], bank.end + 1) - first
    keep = steady & (days > 0).to_numpy()
    design = np.column_stack((np.ones(keep.sum()), km.min(axis=1)[keep]))
    fit = sm.GLM(
        count[keep], design, family=sm.families.Poisson(), offset=np.log(days.to_numpy()[keep])
    ).fit(cov_type="HC1")
    return float(fit.params[1]), float(fit.bse[1])


def adoption_ratio(bank: Frames, events: pd.DataFrame) -> tuple[float, float]:
    """Log ratio of the event rate after mobile adoption to before, within customers who adopt.

    ``events``: customer_id and day. Conditional on a customer's total, the part after adoption is
    binomial with the planted ratio and the times as only parameters.
    """
    people = bank.customers
    enrolled = bank.frame("account_events", "customer_id", "event_at", "event_type")
    enrolled = enrolled[enrolled["event_type"] == "Mobile Banking Enrolled"]
    day = (enrolled.set_index("customer_id")["event_at"] // 86_400).reindex(people.index)
    first = np.maximum(people["signup_date"] + 1, bank.start)
    end = np.minimum(people["churn"], bank.end + 1)
    before, after = day - first, end - day
    usable = (before > 0) & (after > 0)
    at = day.loc[events["customer_id"]].to_numpy()
    later = events["day"].to_numpy() >= at
    n = events.groupby("customer_id").size().reindex(people.index).fillna(0)[usable]
    k = events[later].groupby("customer_id").size().reindex(people.index).fillna(0)[usable]
    odds = np.log(after[usable] / before[usable]).to_numpy(float)
    outcome = np.column_stack((k, n - k))[n > 0]
    fit = sm.GLM(
        outcome, np.ones((len(outcome), 1)), family=sm.families.Binomial(), offset=odds[n > 0]
    ).fit()
    return float(fit.params[0]), float(fit.bse[0])


def satisfaction(bank: Frames) -> tuple[np.ndarray, np.ndarray]:
    """Wait, resolved, escalated: least squares of the rating within agents, HC1."""
    rows = bank.frame(
        "customer_interactions", "agent_id", "wait_minutes", "resolution_status", "is_escalated",
        "satisfaction_rating",
    ).dropna(subset=["satisfaction_rating"])  # fmt: skip
    data = pd.DataFrame(
        {
            "y": rows["satisfaction_rating"],
            "wait": np.minimum(rows["wait_minutes"], 30),
            "resolved": (rows["resolution_status"] == "Resolved").astype(float),
            "escalated": rows["is_escalated"].astype(float),
        }
    )
    inner = data - data.groupby(rows["agent_id"]).transform("mean")
    fit = sm.OLS(inner["y"], inner[["wait", "resolved", "escalated"]]).fit(cov_type="HC1")
    return fit.params.to_numpy(), fit.bse.to_numpy()


def lifts(bank: Frames) -> pd.DataFrame:
    """Lift and the error of its logarithm for each pair of the 14 products ever held."""
    accounts = bank.accounts[["customer_id", "product_id"]]
    enrolled = bank.frame("product_enrollments", "customer_id", "product_id")
    held = pd.concat((accounts, enrolled)).drop_duplicates()
    names = bank.frame("products", "product_id", "product_name").set_index("product_id")
    held["product"] = names["product_name"].loc[held["product_id"]].to_numpy()
    held = held[~held["product"].str.contains("Checking")]
    grid = pd.crosstab(held["customer_id"], held["product"]).reindex(
        bank.customers.index, fill_value=0
    )
    n = len(grid)
    share, both = grid.mean(), grid.T @ grid
    rows = []
    for i, a in enumerate(grid.columns):
        for b in grid.columns[i + 1 :]:
            joint = both.loc[a, b] / n
            lift = joint / share[a] / share[b]
            error = np.sqrt((1 / joint - 1 / share[a] - 1 / share[b] + 2 * lift - 1) / n)
            rows.append((frozenset((a, b)), lift, error))
    return pd.DataFrame(rows, columns=["pair", "lift", "se"])
