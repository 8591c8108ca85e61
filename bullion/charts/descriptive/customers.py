"""Who the customers are: key figures, segments, ages."""

from __future__ import annotations

import pandas as pd

from bullion.charts.descriptive.key_figures import KeyFigure, cards_of
from bullion.charts.floors import differ, enough, stands_out, wilson
from bullion.charts.formats import (
    compared,
    count,
    counted,
    currency_of,
    is_missing,
    label,
    money,
    name,
    number,
    percent,
)
from bullion.charts.forms.cards import cards
from bullion.charts.forms.ranked_bars import Bars, ranked_bars
from bullion.charts.registry import chart
from bullion.charts.rows import (
    current_and_year_ago,
    is_true,
    keys_of,
    row_of_most,
    top_and_other,
)
from bullion.charts.source import Source
from bullion.charts.targets import target_columns
from bullion.charts.view import Strength, View

_OVERVIEW = "analytics_customer_overview"
KEY_FIGURES = (
    KeyFigure("customer_count", "Customers"),
    KeyFigure("deposit_balance_amount", "Deposits", "money"),
    KeyFigure("owed_balance_amount", "Debts", "money", "neither"),
    KeyFigure("debt_to_deposit_ratio", "Debts for 1 of deposits", "number", "neither"),
    KeyFigure("invested_balance_amount", "Investments (AUM)", "money"),
    KeyFigure("income_amount", "Income in 12 months", "money"),
    KeyFigure("active_rate", "Active in 30 days", "percent", chance="customer_count"),
    KeyFigure("digital_active_rate", "Digitally active", "percent", chance="customer_count"),
    KeyFigure("new_customer_count", "New in 30 days", chance="count"),
    KeyFigure("lost_customer_count", "Lost in 30 days", more_is="bad", chance="count"),
    KeyFigure("products_per_customer", "Products a customer", "number"),
    KeyFigure("mean_lifetime_value_amount", "Mean lifetime value", "money", "neither"),
)
# Changes that the seed of targets has.
_GROWTH = tuple(
    f"{each}_change_rate"
    for each in ("customer_count", "deposit_balance_amount", "owed_balance_amount")
)
# Rows of segments, the rest as one.
MAX_SEGMENTS = 6
# Debts for 1 of deposits that are worth a word.
_LEAST_RATIO = 0.05


@chart(
    id="customer_kpis",
    category="descriptive",
    title="Customers in figures",
    question="How many customers has the bank, what do they hold, and how has that changed?",
    reading="Large: today. Small: the change against the same 30 days a year ago, of a rate in "
    "percentage points; green is for the better, red for the worse, grey neither, or a change that "
    "chance alone would bring. Active is a transaction that the customer initiated, digitally "
    "active a session. Income is fees less refunds, and loan interest less what deposits earn. A "
    "lifetime value has no change where no extract of a year ago states it.",
    model=_OVERVIEW,
    source=Source(
        sql=f"""
            select
                overview.*,
                {target_columns(_OVERVIEW, ("active_rate", "products_per_customer"))},
                {target_columns(_OVERVIEW, _GROWTH, "prior_year")}
            from {_OVERVIEW} as overview
        """,
        columns=(
            "period",
            "period_rank",
            *(each.column for each in KEY_FIGURES),
            *(
                f"{each}_change_rate"
                for each in (
                    "customer_count",
                    "deposit_balance_amount",
                    "owed_balance_amount",
                    "invested_balance_amount",
                    "income_amount",
                    "new_customer_count",
                    "lost_customer_count",
                    "products_per_customer",
                    "debt_to_deposit_ratio",
                    "mean_lifetime_value_amount",
                )
            ),
            "active_rate_target",
            "products_per_customer_target",
            *(f"{each}_target" for each in _GROWTH),
            "as_of",
            "reporting_currency",
            "without_rate_count",
        ),
        order=("period_rank",),
        recut="filterable",
    ),
    subject="customers",
    relation="magnitude",
    form="cards",
    weight=10,
    size="full",
    needs=("customers", "account_balances"),
    window="today, and 30 days",
    keywords=("KPI", "growth", "deposits", "loans", "AUM", "loan-to-deposit"),
)
def customer_kpis(data: pd.DataFrame) -> View | None:
    """Cards of the current period, each with its change against a year ago."""
    now, before = current_and_year_ago(data)
    if is_missing(now["customer_count"]) or not now["customer_count"]:
        return None
    currency = currency_of(data)
    ratio = now["debt_to_deposit_ratio"]
    has_ratio = not is_missing(ratio) and ratio >= _LEAST_RATIO
    figures = [each for each in KEY_FIGURES if has_ratio or each.column != "debt_to_deposit_ratio"]
    found = cards_of(figures, now, before, currency)
    return cards(found).view(
        _overview_said(now, before, currency),
        "change against the same 30 days a year ago",
        Strength.STRONG if enough(now["customer_count"]) else Strength.PLAIN,
        keys=("column",),
        cards=found,
    )


def _overview_said(now: pd.Series, before: pd.Series | None, currency: str) -> str:
    said = f"The bank has {counted(now['customer_count'], 'customer')}"
    if before is not None and not is_missing(before["customer_count_change_rate"]):
        rate = before["customer_count_change_rate"]
        said += f", {compared(rate, 'a year ago', countable=True)}"
    if is_missing(now["deposit_balance_amount"]) or is_missing(now["owed_balance_amount"]):
        return said
    held, owed = now["deposit_balance_amount"], now["owed_balance_amount"]
    said += f"; they hold deposits of {money(held, currency)}"
    if not owed:
        return said
    said += f" and owe {money(owed, currency)}"
    if is_missing(now["debt_to_deposit_ratio"]) or now["debt_to_deposit_ratio"] < _LEAST_RATIO:
        return said
    return f"{said}, {number(now['debt_to_deposit_ratio'])} of debt for 1 of deposits"


@chart(
    id="segment_mix",
    category="descriptive",
    title="Customers by segment",
    question="Which segments make up the customer base, and which of them hold the money?",
    reading="Left: a segment's share of the customers. Right, on the same scale: its share of the "
    "deposits. Where the right bar is the longer one, the segment holds more than its head count. "
    "Hover for its income a head and how many left over a year.",
    model="analytics_customer_by_segment",
    source=Source(
        relation="analytics_customer_by_segment",
        columns=(
            "customer_segment",
            "customer_count",
            "customer_share_rate",
            "deposit_share_rate",
            "deposit_balance_amount",
            "income_per_customer_amount",
            "churn_rate",
            "at_risk_count",
            "as_of",
            "reporting_currency",
            "without_rate_count",
        ),
        order=("segment_rank",),
        filters={"segment": "customer_segment"},
        recut="filterable",
    ),
    subject="customers",
    relation="part to whole",
    form="ranked_bars",
    weight=9,
    needs=("customers", "account_balances"),
    window="today",
    explains=("customer_kpis",),
    keywords=("mix", "wealth", "concentration", "share"),
)
def segment_mix(data: pd.DataFrame) -> View | None:
    """Two aligned bars a segment: of customers, of deposits."""
    total = data["customer_count"].sum()
    if not total:
        return None
    summed = ["deposit_balance_amount", "customer_share_rate", "deposit_share_rate"]
    rows = top_and_other(data, "customer_segment", "customer_count", summed, MAX_SEGMENTS)
    currency = currency_of(data)
    hovers = [
        f"<b>{label(row.customer_segment)}</b><br>{counted(row.customer_count, 'customer')} "
        f"({percent(row.customer_share_rate)})<br>{percent(row.deposit_share_rate)} of deposits, "
        f"{money(row.deposit_balance_amount, currency)}<br>"
        f"{money(row.income_per_customer_amount, currency)} income a customer in 12 months<br>"
        f"{percent(row.churn_rate)} of {count(row.at_risk_count)} left within a year"
        for row in rows.itertuples()
    ]
    panels = [
        Bars(
            title,
            rows[column].tolist(),
            [percent(value, 0) for value in rows[column]],
            hovers,
            "percent",
            "Share of all",
            accent=accent,
        )
        for title, column, accent in (
            ("Customers", "customer_share_rate", 0),
            ("Deposits", "deposit_share_rate", 1),
        )
    ]
    picture = ranked_bars(
        [label(value) for value in rows["customer_segment"]],
        panels,
        keys_of(rows, "customer_segment"),
        shared=True,
    )
    strong = enough(total) and len(data) > 1
    return picture.view(
        _segments_said(rows)
        if strong
        else f"{counted(total, 'customer')} in {counted(len(data), 'segment')}",
        counted(total, "customer"),
        Strength.STRONG if strong else Strength.PLAIN,
        keys=("customer_segment",),
    )


def _segments_said(rows: pd.DataFrame) -> str:
    largest = row_of_most(rows, "customer_share_rate")
    if largest is None:
        return "The segments' shares of customers are not known"
    said = (
        f"{name(largest['customer_segment'])} is "
        f"{percent(largest['customer_share_rate'], 0)} of customers"
    )
    if is_missing(largest["deposit_share_rate"]):
        return said
    said += f" and holds {percent(largest['deposit_share_rate'], 0)} of deposits"
    surplus = rows.assign(surplus=rows["deposit_share_rate"] - rows["customer_share_rate"])
    richest = row_of_most(surplus, "surplus")
    if richest is not None and richest.name != largest.name and richest["surplus"] > 0.01:
        said += (
            f"; {name(richest['customer_segment'])}, "
            f"{percent(richest['customer_share_rate'], 0)} of customers, "
            f"holds {percent(richest['deposit_share_rate'], 0)}"
        )
    return said


@chart(
    id="age_pyramid",
    category="descriptive",
    title="Customers by age",
    question="How old are the customers, and at which ages have people left?",
    reading="Left: the customers of today, by age today. Right: of everyone of that age whom the "
    "bank has ever had, the share that has left, with its 95 % interval; where two intervals "
    "overlap, the ages may differ by chance.",
    model="analytics_customer_by_age_group",
    source=Source(
        relation="analytics_customer_by_age_group",
        columns=(
            "band_number",
            "age_band",
            "relationship",
            "is_customer",
            "customer_count",
            "as_of",
        ),
        order=("band_number", "relationship"),
        recut="filterable",
    ),
    subject="customers",
    relation="distribution",
    form="ranked_bars",
    weight=5,
    needs=("customers",),
    window="all years",
    keywords=("age", "demography", "churn", "pyramid"),
)
def age_pyramid(data: pd.DataFrame) -> View | None:
    """Bars of customers by age, and beside them the share that has left with its interval."""
    bands = _bands(data)
    total, gone = bands["stay"].sum(), bands["left"].sum()
    if not total + gone:
        return None
    names = [label(value).replace("-", "–") for value in bands["age_band"]]
    hovers = [
        f"<b>{shown}</b><br>{counted(row.stay, 'customer')}<br>"
        f"{count(row.left)} of {count(row.people)} have left: {percent(row.left_rate)} "
        f"({percent(row.ci_low)} to {percent(row.ci_high)})"
        for shown, row in zip(names, bands.itertuples(), strict=True)
    ]
    panels = [
        Bars(
            "Customers",
            bands["stay"].tolist(),
            [f"{count(n)} ({percent(n / total, 0)})" if total else count(n) for n in bands["stay"]],
            hovers,
            "count",
            "Customers",
            room=0.8,
        ),
        Bars(
            "Have left",
            bands["left_rate"].tolist(),
            [percent(value, 0) for value in bands["left_rate"]],
            hovers,
            "percent",
            "Of everyone of that age",
            form="dots",
            accent=1,
            lows=bands["ci_low"].tolist(),
            highs=bands["ci_high"].tolist(),
        ),
    ]
    strong = enough(total)
    return ranked_bars(names, panels, keys_of(bands, "age_band")).view(
        _ages_said(bands) if strong else f"{counted(total, 'customer')}, by age",
        f"{counted(total, 'customer')}, {count(gone)} who left",
        Strength.WEAK if strong else Strength.PLAIN,
        keys=("age_band",),
    )


def _bands(data: pd.DataFrame) -> pd.DataFrame:
    """A row an age band: who stays, who left, the rate with its interval; oldest last."""
    stays = is_true(data["is_customer"])
    data = data.assign(
        age_band=data["age_band"].astype("object").where(data["age_band"].notna(), "Unknown"),
        stay=data["customer_count"].where(stays, 0).fillna(0),
        left=data["customer_count"].where(~stays, 0).fillna(0),
    )
    bands = data.groupby("age_band", as_index=False).agg(
        stay=("stay", "sum"), left=("left", "sum"), band_number=("band_number", "min")
    )
    bands["people"] = bands["stay"] + bands["left"]
    bands = top_and_other(bands, "age_band", "people", ["stay", "left"])
    bands = bands.sort_values("band_number", na_position="last", kind="stable")
    bands = bands.reset_index(drop=True)
    bands["left_rate"] = bands["left"] / bands["people"].where(bands["people"] > 0)
    ends = [wilson(row.left, row.people) for row in bands.itertuples()]
    return bands.assign(ci_low=[low for low, _ in ends], ci_high=[high for _, high in ends])


def _ages_said(bands: pd.DataFrame) -> str:
    largest = row_of_most(bands, "stay")
    assert largest is not None
    share = percent(largest["stay"] / bands["stay"].sum(), 0)
    said = f"The largest group of customers is {_of_age(largest['age_band'])} ({share})"
    known = bands[[enough(row.people, row.left) for row in bands.itertuples()]]
    known = known.sort_values("left_rate", ascending=False)
    if len(known) < 2 or not differ(known["left_rate"]):
        return said
    top, bottom = known.iloc[0], known.iloc[-1]
    if not stands_out(known.iloc[[0, -1]]):
        return f"{said}; how many have left differs between ages no more than by chance"
    most = "most often" if stands_out(known) else "among the most often"
    return (
        f"{said}; {most} those {_of_age(top['age_band'])} have left, "
        f"{percent(top['left_rate'], 0)}, against {percent(bottom['left_rate'], 0)} "
        f"{_of_age(bottom['age_band'])}"
    )


def _of_age(band: str) -> str:
    return f"aged {band[0].lower()}{band[1:]}".replace("-", "–")
