"""How the accounts stand: rates at risk, products and their states."""

from __future__ import annotations

import pandas as pd

from bullion.charts.floors import LEAST_UNITS, differ, enough, leads, stands_out, wilson
from bullion.charts.formats import (
    count,
    counted,
    is_missing,
    label,
    percent,
)
from bullion.charts.forms.bullets import Bullet, bullets
from bullion.charts.forms.shares import WRITTEN, share_bars
from bullion.charts.registry import chart
from bullion.charts.rows import (
    current_and_year_ago,
    distinct_names,
    keys_of,
    row_of_most,
    top_and_other,
)
from bullion.charts.source import Source
from bullion.charts.targets import target_columns
from bullion.charts.view import Strength, View

_SUMMARY = "analytics_account_summary"
# Rates at risk: column, name, what they are of, and the column that counts it.
RATES = (
    ("utilization_rate", "Credit lines drawn", "of credit limits", "credit_line_count"),
    ("past_due_rate", "Loans past due", "of loans", "loan_account_count"),
    ("past_due_30_rate", "Past due by 30 days", "of loans", "loan_account_count"),
    ("dormant_rate", "Accounts dormant", "of open accounts", "open_account_count"),
    ("quiet_rate", "Accounts gone quiet", "of accounts at hand", "at_hand_account_count"),
)
# What has become of an account, by its outcome; one that is dormant is open.
STATES = {
    "Active": "Open",
    "Dormant": "Open",
    "Written off": "Written off",
    "Repaid": "Repaid",
    "Closed": "Closed",
}
LENT = ("Loan",)
MAX_PRODUCTS = 20


@chart(
    id="account_gauges",
    category="descriptive",
    title="Accounts at risk and asleep",
    question="How far are credit lines drawn, and how many accounts are late, dormant or quiet?",
    reading="Each bar is a share: of credit limits, of the number of loans, of open accounts, of "
    "accounts other than loans and insurance; all are on one scale. The stroke is a year ago, the "
    "diamond the bank's target where it has set one. Quiet means that the holder has moved no "
    "money for 90 days, dormant that the bank has declared it so. Loans past due are counted here; "
    "the portfolio at risk is the same in money.",
    model=_SUMMARY,
    source=Source(
        sql=f"""
            select
                summary.*,
                {target_columns(_SUMMARY, [column for column, *_ in RATES])}
            from {_SUMMARY} as summary
        """,
        columns=(
            "period",
            "period_rank",
            "open_account_count",
            "loan_account_count",
            "credit_line_count",
            "at_hand_account_count",
            *(column for column, *_ in RATES),
            *(f"{column}_target" for column, *_ in RATES),
            "as_of",
            "reporting_currency",
            "without_rate_count",
        ),
        order=("period_rank",),
        recut="filterable",
    ),
    subject="risk",
    relation="magnitude",
    form="bullets",
    weight=6,
    needs=("accounts", "account_balances"),
    window="today",
    keywords=("utilisation", "utilization", "past due", "dormant", "delinquency", "gauge"),
)
def account_gauges(data: pd.DataFrame) -> View | None:
    """Bars of rates on one scale, each with a stroke at the value of a year ago."""
    now, before = current_and_year_ago(data)
    if is_missing(now["open_account_count"]) or not now["open_account_count"]:
        return None
    rows = [
        Bullet(
            shown,
            column,
            None if is_missing(now[column]) else float(now[column]),
            None if before is None or is_missing(before[column]) else float(before[column]),
            None if is_missing(now[f"{column}_target"]) else float(now[f"{column}_target"]),
            over,
        )
        for column, shown, over, units in RATES
        if not is_missing(now[column]) and not is_missing(now[units]) and now[units] > 0
    ]
    if not rows:
        return None
    opened, lent = now["open_account_count"], now["loan_account_count"]
    parts = []
    if enough(lent) and not is_missing(now["past_due_rate"]):
        late = percent(now["past_due_rate"])
        parts.append(f"{late} of loans are past due, {percent(now['past_due_30_rate'])} by 30 days")
    if enough(now["credit_line_count"]) and not is_missing(now["utilization_rate"]):
        parts.append(f"credit lines are drawn to {percent(now['utilization_rate'])}")
    said = "; ".join(parts) or f"{counted(opened, 'account')} are open"
    n = (
        f"{count(opened)} open accounts, {counted(lent, 'loan')}, "
        f"{count(now['credit_line_count'])} credit lines"
    )
    return bullets(rows, "Share").view(
        said[0].upper() + said[1:],
        n,
        Strength.STRONG if parts else Strength.PLAIN,
        keys=("column",),
    )


@chart(
    id="accounts_by_product",
    category="descriptive",
    title="Accounts by product and outcome",
    question="What has become of the accounts that were opened of each product?",
    reading="Each bar is all accounts ever opened of a product, divided by what has become of "
    "them, with how many are open after it; the products with the most open accounts come first. "
    "A loan that ended well is repaid, one that the bank took as a loss written off; where neither "
    "is on record it is closed, as is a deposit or a card that its holder or the bank gave up.",
    model="analytics_account_by_product",
    source=Source(
        relation="analytics_account_by_product",
        columns=(
            "product_rank",
            "product_id",
            "product_name",
            "product_category",
            "account_outcome",
            "account_count",
            "as_of",
        ),
        order=("product_rank", "account_outcome"),
        filters={"product": "product_id"},
        recut="filterable",
    ),
    subject="deposits",
    relation="part to whole",
    form="shares",
    weight=5,
    needs=("accounts", "products"),
    window="all years",
    keywords=("closed", "repaid", "written off", "attrition", "status", "products"),
)
def accounts_by_product(data: pd.DataFrame) -> View | None:
    """Bars of 100 %: the accounts of a product by outcome."""
    rows, parts = _by_outcome(data)
    total = rows["opened"].sum()
    if not total:
        return None
    share = {
        part: (rows[part] / rows["opened"].where(rows["opened"] > 0)).fillna(0).tolist()
        for part in parts
    }
    names = [label(value) for value in rows["product"]]
    hovers = {
        part: [
            f"<b>{shown}</b><br>{count(row[part])} of {count(row['opened'])} {part.lower()}: "
            f"{percent(share[part][place])}"
            for place, (shown, (_, row)) in enumerate(zip(names, rows.iterrows(), strict=True))
        ]
        for part in parts
    }
    ends = [f"{count(value)} open" for value in rows["Open"]]
    picture = share_bars(
        names,
        share,
        hovers,
        keys_of(rows, "product_id"),
        axis="Of all accounts ever opened",
        ends=ends,
        quiet="Closed",
    )
    strong = enough(total)
    return picture.view(
        _products_said(rows) if strong else f"{counted(rows['Open'].sum(), 'account')} are open",
        f"{counted(total, 'account')} ever opened",
        Strength.WEAK if strong else Strength.PLAIN,
        keys=("product_id",),
    )


def _by_outcome(data: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """A row a product, most open accounts first, with a column for each outcome there is."""
    data = data.assign(
        product=distinct_names(data, "product_name", "product_id"),
        product_category=data["product_category"].fillna("Unknown"),
        product_id=data["product_id"].fillna("Unknown"),
        part=[
            STATES.get(outcome, "Other state") if isinstance(outcome, str) else "Other state"
            for outcome in data["account_outcome"]
        ],
    )
    wide = data.pivot_table(
        index=["product", "product_id", "product_category"],
        columns="part",
        values="account_count",
        aggfunc="sum",
    )
    wide = wide.astype("float64").fillna(0.0).reset_index()
    parts = [part for part in (*dict.fromkeys(STATES.values()), "Other state") if part in wide]
    if "Open" not in wide:
        wide["Open"] = 0.0
    wide["opened"] = wide[parts].sum(axis=1) if parts else 0.0
    rows = top_and_other(wide, "product", "Open", [*parts, "opened"], MAX_PRODUCTS)
    return rows, parts


def _products_said(rows: pd.DataFrame) -> str:
    products = rows[rows["product_id"].notna()] if "product_id" in rows else rows
    most = row_of_most(products, "Open")
    if most is None or not most["Open"]:
        return "No account is open"
    said = f"{most['product']} has the most open accounts ({count(most['Open'])})"
    if not leads(products["Open"]):
        said = f"No product has more open accounts than {most['product']} ({count(most['Open'])})"
    if "Closed" not in rows:
        return said
    kept = products[
        ~products["product_category"].isin(LENT) & products["opened"].ge(LEAST_UNITS)
    ].assign(closed_rate=lambda each: each["Closed"] / each["opened"])
    if len(kept) < 2 or not differ(kept["closed_rate"]):
        return said
    kept = kept.sort_values("closed_rate", ascending=False)
    ends = [wilson(row.Closed, row.opened) for row in kept.itertuples()]
    most = kept.iloc[0]
    # What is said is to be read in the bar.
    if most["closed_rate"] < WRITTEN:
        return said
    rate = percent(most["closed_rate"], 0)
    if not stands_out(pd.DataFrame(ends, columns=["ci_low", "ci_high"])):
        return f"{said}; loans aside, the highest share closed is {rate}"
    return (
        f"{said}; of products that are no loans {most['product']} has the most accounts closed, "
        f"{rate} of {count(most['opened'])}"
    )
