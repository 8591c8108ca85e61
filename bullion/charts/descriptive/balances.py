"""How balances are spread."""

from __future__ import annotations

import math

import pandas as pd

from bullion.charts.floors import LEAST_UNITS
from bullion.charts.formats import (
    count,
    counted,
    currency_of,
    is_missing,
    label,
    money,
    name,
    short,
)
from bullion.charts.forms.distribution import Mark, Spread, distribution
from bullion.charts.registry import chart
from bullion.charts.rows import keys_of
from bullion.charts.source import Source
from bullion.charts.ticks import Ticks
from bullion.charts.view import Strength, View

# Panels of a figure; a product category more and they are not read.
MAX_PANELS = 6


@chart(
    id="balance_distribution",
    category="descriptive",
    title="How balances are spread",
    question="How large are the balances of each kind of account, and how unequal?",
    reading="Bars: accounts by the size of their balance (what is held, or for a debt what is "
    "owed); each step to the right is about twice the money, the first bar is nothing at all. "
    "Above them, line: from the 5th to the 95th percentile; box: the middle half. Strokes: the "
    "median, dotted the mean; the further the mean lies to the right, the more a few hold.",
    model="analytics_account_balance_distribution",
    source=Source(
        sql="""
            select
                bins.product_category, bins.bin_number, bins.lower_amount, bins.upper_amount,
                bins.account_count, bins.owing_account_count,
                profile.account_count as category_account_count, profile.mean_amount,
                profile.percentile_05_amount, profile.percentile_25_amount,
                profile.percentile_50_amount, profile.percentile_75_amount,
                profile.percentile_95_amount, bins.as_of, bins.reporting_currency,
                bins.without_rate_count
            from analytics_account_balance_distribution as bins
            left join analytics_account_balance_distribution_profile as profile
                on profile.product_category = bins.product_category
        """,
        order=("product_category", "bin_number"),
        filters={"product_category": "product_category"},
    ),
    subject="deposits",
    relation="distribution",
    form="distribution",
    weight=4,
    audience="analyst",
    size="tall",
    needs=("accounts", "account_balances"),
    window="today",
    explains=("customer_kpis",),
    keywords=("histogram", "inequality", "median", "percentile"),
)
def balance_distribution(data: pd.DataFrame) -> View | None:
    """A histogram a product category on one log scale, its percentiles as a box above it."""
    data = data.assign(product_category=data["product_category"].fillna("Unknown"))
    totals = data.groupby("product_category")["account_count"].sum().sort_values(ascending=False)
    holds = data.groupby("product_category")["bin_number"].max().gt(0)
    totals = totals[holds.loc[totals.index]] if holds.any() else totals
    if not totals.sum():
        return None
    shown = list(totals.index[:MAX_PANELS])
    currency = currency_of(data)
    bins = pd.to_numeric(data["bin_number"]).dropna()
    first, last = (int(bins.min()), int(bins.max())) if len(bins) else (0, 1)
    decades = [edge for edge in range(1, last + 2, 3) if edge >= max(first, 2)]
    places: Ticks = {
        "tickvals": [*([0.0] if first <= 0 else []), *(edge - 0.5 for edge in decades)],
        "ticktext": [
            *(["0"] if first <= 0 else []),
            *(short(10.0 ** ((edge - 1) // 3), 1) if edge > 1 else "1" for edge in decades),
        ],
    }
    panels = [
        _spread(data[data["product_category"] == each], each, totals[each], currency, last)
        for each in shown
    ]
    n = f"{count(totals.sum())} open accounts of kinds that hold or owe money"
    if len(totals) > len(shown):
        n += f", {len(totals) - len(shown)} smaller kinds not drawn"
    picture = distribution(
        panels,
        places=places,
        reach=(first - 0.6, last + 0.6),
        axis="Balance, on a log scale",
        axis_y="Accounts",
    )
    said = _spread_said(data, [each for each in shown if totals[each] >= LEAST_UNITS], currency)
    return picture.view(
        said or f"{counted(totals.sum(), 'account')} by the size of their balance",
        n,
        Strength.WEAK if said else Strength.PLAIN,
        keys=("product_category", "bin_number"),
    )


def _spread(rows: pd.DataFrame, kind: str, total: float, currency: str, reach: float) -> Spread:
    first = rows.iloc[0]
    at = {p: place_of(first[f"percentile_{p:02d}_amount"]) for p in (5, 25, 75, 95)}
    middle, mean = place_of(first["percentile_50_amount"]), place_of(first["mean_amount"])
    below = middle is not None and mean is not None and mean < middle
    # Near an edge of a narrow screen a text stands on the inner side, above the other.
    is_near = middle is not None and middle < 0.35 * reach
    is_far = mean is not None and mean > 0.65 * reach
    marks = [
        Mark(place, f"{word} {money(amount, currency)}", "left" if is_left else "right")
        for place, word, amount, is_left in (
            (middle, "median", first["percentile_50_amount"], not below and not is_near),
            (mean, "mean", first["mean_amount"], below or is_far),
        )
        if place is not None
    ]
    return Spread(
        rows["bin_number"].tolist(),
        rows["account_count"].tolist(),
        [
            f"{counted(row.account_count, 'account')}<br>"
            f"{money(row.lower_amount, currency)} to {money(row.upper_amount, currency)}"
            f"<br>{count(row.owing_account_count)} of them owed"
            for row in rows.itertuples()
        ],
        title=f"{label(kind)}, {counted(total, 'account')}",
        keys=keys_of(rows, "product_category", "bin_number"),
        box=[at[p] for p in at] if None not in at.values() else (),  # type: ignore[misc]
        marks=marks,
        words=", ".join(mark.text for mark in marks),
    )


def place_of(amount: float) -> float | None:
    """Where an amount lies between the middles of the bins: bin k covers k - 0.5 to k + 0.5."""
    if is_missing(amount):
        return None
    if amount < 1:
        return max(float(amount), 0.0) - 0.5
    decade = math.floor(math.log10(amount))
    lead = amount / 10.0**decade
    for step, (low, high) in enumerate(((1, 2), (2, 5), (5, 10))):
        if lead < high:
            within = math.log(max(lead, 1.0) / low) / math.log(high / low)
            return 3 * decade + step + 0.5 + within
    return 3 * (decade + 1) + 0.5


def _spread_said(data: pd.DataFrame, shown: list[str], currency: str) -> str:
    profile = data.drop_duplicates("product_category").set_index("product_category").loc[shown]
    middle = profile["percentile_50_amount"].where(profile["percentile_50_amount"] > 0)
    ratio = pd.to_numeric(profile["mean_amount"] / middle).dropna()
    if ratio.empty:
        return ""
    kind = ratio.idxmax()
    half, mean = (
        money(profile.loc[kind, column], currency)
        for column in ("percentile_50_amount", "mean_amount")
    )
    said = f"Half of the {name(kind)} accounts are below {half}"
    if ratio[kind] > 1.5:
        return f"{said}, the mean is {mean}: a few large balances pull it up"
    return f"{said}, and the mean is close to that: {mean}"
