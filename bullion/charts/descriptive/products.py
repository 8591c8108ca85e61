"""What the products bring: holders, growth, income."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bullion.charts.floors import enough, leads
from bullion.charts.formats import (
    change,
    count,
    counted,
    currency_of,
    is_missing,
    label,
    money,
    percent,
)
from bullion.charts.forms.ranked_bars import Bars, ranked_bars
from bullion.charts.registry import chart
from bullion.charts.rows import distinct_names, keys_of, numbers, row_of_most, top_and_other
from bullion.charts.source import Source
from bullion.charts.view import Strength, View

OTHER = "Other"
MAX_PRODUCTS = 20
MAX_KINDS = 8


@chart(
    id="product_portfolio",
    category="descriptive",
    title="Products by holders and income",
    question="Which products do customers hold, which of them grow, and which bring income?",
    reading="Left: the customers who hold a product. Right: what it brought in twelve months: "
    "fees and interest earned less interest paid; a bar to the left of zero cost more than it "
    "brought. Products stand by their kind. Hover for balances, and for how many more accounts are "
    "open than a year ago.",
    model="analytics_product_summary",
    source=Source(
        sql="""
            select
                product_id, product_name, product_category, product_rank, holder_count,
                account_growth_rate,
                deposit_balance_amount + invested_balance_amount + other_balance_amount
                    as held_amount,
                owed_balance_amount, income_amount, income_share_rate, as_of,
                reporting_currency, without_rate_count
            from analytics_product_summary
        """,
        order=("product_rank",),
        filters={"product": "product_id", "product_category": "product_category"},
        recut="filterable",
    ),
    subject="customers",
    relation="ranking",
    form="ranked_bars",
    weight=8,
    size="tall",
    needs=("products", "product_enrollments", "accounts"),
    window="today; income of 12 months",
    explains=("customer_kpis",),
    keywords=("products", "revenue", "fees", "interest", "holders", "profit"),
)
def product_portfolio(data: pd.DataFrame) -> View | None:
    """Two panels of bars by product: holders and income; kinds as headings."""
    data = numbers(data, "holder_count", "income_amount", "held_amount", "owed_balance_amount")
    data = data.assign(
        shown=distinct_names(data, "product_name", "product_id"),
        product_category=data["product_category"].fillna("Unknown"),
    )
    if not data["holder_count"].sum():
        return None
    sums = ["held_amount", "owed_balance_amount", "income_amount", "income_share_rate"]
    if (data["income_share_rate"] > 1).any():
        # Others cost so much that one brings more than all: no part can be said.
        data = data.assign(income_share_rate=np.nan)
    rows = top_and_other(data, "shown", "holder_count", sums, MAX_PRODUCTS)
    rows["product_category"] = rows["product_category"].fillna(OTHER)
    sizes = rows.groupby("product_category")["holder_count"].sum().sort_values(ascending=False)
    kinds = [kind for kind in sizes.index if kind != OTHER][: MAX_KINDS - 1]
    rows["product_category"] = rows["product_category"].where(
        rows["product_category"].isin(kinds), OTHER
    )
    listed = _with_headings(rows, kinds)
    currency = currency_of(data)
    hovers = [_said(row, currency) for _, row in listed.iterrows()]
    panels = [
        Bars(
            "Holders",
            listed["holder_count"].tolist(),
            ["" if is_missing(held) else count(held) for held in listed["holder_count"]],
            hovers,
            "count",
            "Customers",
            room=0.7,
        ),
        Bars(
            "Income",
            listed["income_amount"].tolist(),
            [_income(row) for _, row in listed.iterrows()],
            hovers,
            "money",
            f"Amount, {currency}" if currency else "Amount",
            accent=1,
            room=1.8,
        ),
    ]
    picture = ranked_bars(
        listed["name"].tolist(), panels, keys_of(listed, "product_id"), widths=(0.42, 0.58)
    )
    strong = enough(data["holder_count"].max())
    return picture.view(
        _portfolio_said(data, currency) if strong else f"{counted(len(data), 'product')} are held",
        counted(len(data), "product"),
        Strength.STRONG if strong else Strength.PLAIN,
        keys=("product_id",),
    )


def _with_headings(rows: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """The rows by kind, each kind under a row that only names it."""
    found = []
    for kind in [*kinds, OTHER]:
        of_kind = rows[rows["product_category"] == kind]
        if of_kind.empty:
            continue
        found.append(pd.DataFrame({"name": [f"<b>{label(kind)}</b>"], "product_id": [None]}))
        found.append(of_kind.assign(name=of_kind["shown"].map(label)))
    return pd.concat(found, ignore_index=True)


def _said(row: pd.Series, currency: str) -> str:
    if is_missing(row["holder_count"]):
        return str(row["name"])
    share = row["income_share_rate"]
    return (
        f"<b>{row['name']}</b><br>{count(row['holder_count'])} holders"
        f"<br>{change(row['account_growth_rate'], 0)} accounts open against a year ago"
        f"<br>{money(row['held_amount'], currency)} held, "
        f"{money(row['owed_balance_amount'], currency)} owed"
        f"<br>{money(row['income_amount'], currency)} income in 12 months"
        + (f", {percent(share, 0)} of all" if _is_part(share) else "")
    )


def _income(row: pd.Series) -> str:
    if is_missing(row["income_amount"]):
        return ""
    share = row["income_share_rate"]
    return money(row["income_amount"]) + (f" ({percent(share, 0)})" if _is_part(share) else "")


def _is_part(share: float) -> bool:
    """Whether it can be said as a part: where other products cost money it may be above all."""
    return not is_missing(share) and 0 <= share <= 1


def _portfolio_said(data: pd.DataFrame, currency: str) -> str:
    held, best = row_of_most(data, "holder_count"), row_of_most(data, "income_amount")
    assert held is not None
    said = f"{held['shown']} has the most holders ({count(held['holder_count'])})"
    if not leads(data["holder_count"]):
        said = f"No product has more holders than {held['shown']} ({count(held['holder_count'])})"
    if best is None or best["income_amount"] <= 0 or not leads(data["income_amount"]):
        return said
    share = f"{money(best['income_amount'], currency)} of income"
    if _is_part(best["income_share_rate"]):
        share = f"{percent(best['income_share_rate'], 0)} of income"
    if best.name == held.name:
        return f"{said} and brings the most, {share}"
    return f"{said}; {best['shown']} brings the most, {share}"
