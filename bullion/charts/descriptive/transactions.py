"""What business is done: key figures, channels, categories."""

from __future__ import annotations

import pandas as pd

from bullion.charts.descriptive.key_figures import KeyFigure, cards_of
from bullion.charts.floors import LEAST_UNITS, differ, enough, stands_out
from bullion.charts.formats import (
    SPACE,
    compared,
    count,
    counted,
    currency_of,
    is_missing,
    label,
    listed,
    money,
    name,
    p_value,
    percent,
)
from bullion.charts.forms.cards import cards
from bullion.charts.forms.dot_intervals import Estimates, dot_intervals
from bullion.charts.forms.ranked_bars import Bars, ranked_bars
from bullion.charts.registry import chart
from bullion.charts.rows import current_and_year_ago, keys_of, numbers, row_of_most, top_and_other
from bullion.charts.source import Source
from bullion.charts.targets import target_columns
from bullion.charts.view import Strength, View

_SUMMARY = "analytics_transaction_summary"
_MONTHS = "analytics_monthly_transaction_trend"
KEY_FIGURES = (
    KeyFigure("transaction_count", "Transactions", chance="count"),
    KeyFigure("volume_amount", "Money moved", "money"),
    KeyFigure("inflow_amount", "Money in", "money"),
    KeyFigure("outflow_amount", "Money out", "money", "neither"),
    KeyFigure("mean_amount", "Mean amount", "money", "neither"),
    KeyFigure("median_amount", "Median amount", "money", "neither"),
    KeyFigure("decline_rate", "Attempts declined", "percent", "bad", "decided_attempt_count"),
    KeyFigure("fraud_rate", "Attempts fraudulent", "percent", "bad", "attempt_count", 2),
)
# Key figures that the months have too, for their past.
_PAST = (
    "transaction_count",
    "volume_amount",
    "inflow_amount",
    "outflow_amount",
    "decline_rate",
    "fraud_rate",
)
MOST_CHANNELS = 8
# What the models call found (dbt_project.yml, var alpha).
ALPHA = 0.05


def _past_columns() -> str:
    """The last thirteen whole months of each key figure, oldest first, as text."""
    start = "\n" + " " * 16
    return f",{start}".join(
        start.join(
            (
                "(",
                f"    select string_agg({column}::text, ' ' order by month_start)",
                f"    from {_MONTHS}",
                "    where is_complete",
                "        and month_start > summary.end_date - interval '14 months'",
                f") as {column}_past",
            )
        )
        for column in _PAST
    )


@chart(
    id="transaction_kpis",
    category="descriptive",
    title="Transactions in figures",
    question="How many transactions are there, how much do they move, how many go wrong?",
    reading="Large: the last 30 days. Small: the change against the same 30 days a year ago, of a "
    "rate in percentage points; green is for the better, red for the worse, grey neither, or a "
    "change that chance alone would bring. Money moved counts each movement once, also between two "
    "accounts of a customer, and no loan written off. Declined and fraudulent are shares of what "
    "customers tried. Small lines: the last thirteen whole months.",
    model=_SUMMARY,
    source=Source(
        sql=f"""
            select
                summary.*,
                {_past_columns()},
                {target_columns(_SUMMARY, ("decline_rate", "fraud_rate"))},
                {target_columns(_SUMMARY, ("volume_amount_change_rate",), "prior_year")}
            from {_SUMMARY} as summary
        """,
        columns=(
            "period",
            "period_rank",
            *(each.column for each in KEY_FIGURES),
            "attempt_count",
            "decided_attempt_count",
            *(f"{each.column}_change_rate" for each in KEY_FIGURES if each.form != "percent"),
            "decline_rate_target",
            "fraud_rate_target",
            "volume_amount_change_rate_target",
            *(f"{column}_past" for column in _PAST),
            "as_of",
            "reporting_currency",
            "without_rate_count",
        ),
        order=("period_rank",),
        recut="filterable",
    ),
    subject="payments",
    relation="magnitude",
    form="cards",
    weight=9,
    size="full",
    needs=("transactions",),
    lacks="transactions of the last 30 days",
    window="30 days",
    keywords=("KPI", "volume", "declines", "fraud rate", "turnover"),
)
def transaction_kpis(data: pd.DataFrame) -> View | None:
    """Cards of the current period, each with its change against a year ago."""
    now, before = current_and_year_ago(data)
    if is_missing(now["transaction_count"]) or not now["transaction_count"]:
        return None
    currency = currency_of(data)
    found = cards_of(KEY_FIGURES, now, before, currency)
    moved, times = money(now["volume_amount"], currency), count(now["transaction_count"])
    said = f"{moved} moved in {times} transactions in 30 days"
    rate = None if before is None else before["volume_amount_change_rate"]
    strong = enough(now["transaction_count"])
    if strong and not is_missing(rate):
        said += f", {compared(rate, 'a year ago', countable=False)}"
    if enough(now["decided_attempt_count"]) and not is_missing(now["decline_rate"]):
        said += f"; {percent(now['decline_rate'])} of attempts were declined"
    return cards(found).view(
        said,
        "change against the same 30 days a year ago",
        Strength.STRONG if strong else Strength.PLAIN,
        keys=("column",),
        cards=found,
    )


@chart(
    id="channel_mix",
    category="descriptive",
    title="Channels: business, declines and fraud",
    question="Through which channels does business come, and where does it go wrong most often?",
    reading="Above: each channel's share of the money moved, hollow its share of transactions. "
    "Below: the share of attempts declined and the share that was fraud, with 95 % intervals that "
    "allow for customers who try often. Marks are filled where a test of all channels together "
    "finds that they differ; which pairs do is shown by the chart of channels compared.",
    model="analytics_transaction_by_channel",
    source=Source(
        sql="""
            select
                channels.channel, transaction_count, transaction_share_rate, volume_amount,
                volume_share_rate, decided_attempt_count, decline_rate, decline_ci_low,
                decline_ci_high, channels.attempt_count, fraud_rate, fraud_ci_low, fraud_ci_high,
                declines.p_value as decline_p_value, frauds.p_value as fraud_p_value,
                channels.as_of, reporting_currency, without_rate_count
            from analytics_transaction_by_channel as channels
            left join analytics_transaction_channel_tests as declines
                on declines.measure = 'decline'
            left join analytics_transaction_channel_tests as frauds
                on frauds.measure = 'fraud'
        """,
        order=("transaction_count desc", "channel"),
        filters={"channel": "channel"},
    ),
    subject="payments",
    relation="part to whole",
    form="dot_intervals",
    weight=7,
    size="tall",
    needs=("transactions",),
    window="all years",
    explains=("transaction_kpis",),
    keywords=("ATM", "POS", "mobile", "online", "branch", "decline rate", "fraud rate"),
    uses_truth=("T22",),
)
def channel_mix(data: pd.DataFrame) -> View | None:
    """Panels of channels: shares, and two rates with intervals where there were such attempts."""
    total = data["transaction_count"].sum()
    if not total:
        return None
    shares = ["transaction_share_rate", "volume_share_rate"]
    rows = top_and_other(data, "channel", "transaction_count", shares, MOST_CHANNELS)
    names = [label(value) for value in rows["channel"]]
    keys = keys_of(rows, "channel")
    panels = [
        Estimates(
            names,
            rows["volume_share_rate"].tolist(),
            (),
            (),
            [
                f"<b>{shown}</b><br>{percent(row.volume_share_rate, 0)} of the money"
                f"<br>{percent(row.transaction_share_rate, 0)} of transactions"
                for shown, row in zip(names, rows.itertuples(), strict=True)
            ],
            title="Share of the money moved",
            keys=keys,
            twins=rows["transaction_share_rate"].tolist(),
            texts=[percent(value, 0) for value in rows["volume_share_rate"]],
        )
    ]
    for measure, n, said in (
        ("decline", "decided_attempt_count", "declined"),
        ("fraud", "attempt_count", "fraudulent"),
    ):
        p = data[f"{measure}_p_value"].dropna()
        is_found = len(p) > 0 and bool(p.iloc[0] < ALPHA)
        rate, low, high = (f"{measure}_{end}" for end in ("rate", "ci_low", "ci_high"))
        if not rows[rate].fillna(0).any():
            continue
        panels.append(
            Estimates(
                names,
                rows[rate].tolist(),
                rows[low].tolist(),
                rows[high].tolist(),
                [
                    f"<b>{shown}</b><br>{percent(row[rate], 2)} of "
                    f"{counted(row[n], 'attempt')} {said}<br>95{SPACE}% interval "
                    f"{percent(row[low], 2)} to {percent(row[high], 2)}"
                    for shown, (_, row) in zip(names, rows.iterrows(), strict=True)
                ],
                title=f"{said.capitalize()}, of attempts ({p_value(p.min())})",
                found=[is_found] * len(rows),
                keys=keys,
                texts=[percent(value, 2) for value in rows[rate]],
            )
        )
    picture = dot_intervals(
        panels,
        kind="percent",
        axis="Share",
        from_zero=True,
        legend=("channels differ", "channels may differ by chance"),
        twin_name="share of transactions",
        shared=False,
    )
    strong = enough(total)
    return picture.view(
        _channels_said(rows, data) if strong else f"{counted(total, 'transaction')} by channel",
        counted(total, "transaction"),
        Strength.STRONG if strong else Strength.PLAIN,
        keys=("channel",),
    )


def _channels_said(rows: pd.DataFrame, data: pd.DataFrame) -> str:
    said = []
    most = row_of_most(rows, "volume_share_rate")
    if most is not None:
        share = percent(most["volume_share_rate"], 0)
        said.append(f"{name(most['channel'])} moves {share} of the money")
    p = data["decline_p_value"].dropna()
    rates = numbers(rows, "decline_rate").dropna(subset=["decline_rate"])
    rates = rates[rates["decided_attempt_count"].ge(LEAST_UNITS)]
    rates = rates.sort_values("decline_rate", ascending=False)
    if len(rates) > 1 and differ(rates["decline_rate"]):
        worst, best = rates.iloc[0], rates.iloc[-1]
        if len(p) and p.iloc[0] >= ALPHA:
            said.append("declines differ between channels no more than by chance")
        elif len(p):
            ends = {"low": "decline_ci_low", "high": "decline_ci_high"}
            most_often = "" if stands_out(rates, **ends) else "among the most often, "
            said.append(
                f"{name(worst['channel'])} declines {most_often}"
                f"{percent(worst['decline_rate'], 2)} of attempts, "
                f"{name(best['channel'])} {percent(best['decline_rate'], 2)}"
            )
    return "; ".join(said) or "Business by channel"


@chart(
    id="category_treemap",
    category="descriptive",
    title="Spending by merchant category",
    question="What do customers spend their money on?",
    reading="Left: the share of all money spent in completed purchases that went to a category. "
    "Right: what one purchase in it costs on average.",
    model="analytics_transaction_by_category",
    source=Source(
        relation="analytics_transaction_by_category",
        columns=(
            "merchant_category",
            "purchase_amount",
            "purchase_count",
            "mean_ticket_amount",
            "as_of",
            "reporting_currency",
            "without_rate_count",
        ),
        where="purchase_count > %(none)s",
        parameters={"none": 0},
        order=("purchase_amount desc", "merchant_category"),
        filters={"merchant_category": "merchant_category"},
        recut="filterable",
    ),
    subject="payments",
    relation="ranking",
    form="ranked_bars",
    weight=5,
    needs=("transactions", "merchants"),
    window="all years",
    keywords=("merchant", "category", "spend", "ticket", "purchases"),
)
def category_treemap(data: pd.DataFrame) -> View | None:
    """Bars of the share of spending, and of the mean purchase beside them."""
    rows = top_and_other(data, "merchant_category", "purchase_amount", ["purchase_count"])
    total, purchases = rows["purchase_amount"].sum(), rows["purchase_count"].sum()
    if not total:
        return None
    rows["share"] = rows["purchase_amount"] / total
    rows["ticket"] = rows["purchase_amount"] / rows["purchase_count"].where(
        rows["purchase_count"] > 0
    )
    currency = currency_of(data)
    names = [label(value) for value in rows["merchant_category"]]
    hovers = [
        f"<b>{shown}</b><br>{money(row.purchase_amount, currency)} in {count(row.purchase_count)} "
        f"purchases<br>{percent(row.share)} of spending, {money(row.ticket, currency)} a purchase"
        for shown, row in zip(names, rows.itertuples(), strict=True)
    ]
    panels = [
        Bars(
            "Of all spending",
            rows["share"].tolist(),
            [percent(value, 0) for value in rows["share"]],
            hovers,
            "percent",
            "Share",
        ),
        Bars(
            "A purchase",
            rows["ticket"].tolist(),
            [money(value) for value in rows["ticket"]],
            hovers,
            "money",
            f"Mean amount, {currency}" if currency else "Mean amount",
            accent=1,
        ),
    ]
    strong = enough(purchases) and len(data) > 1
    return ranked_bars(names, panels, keys_of(rows, "merchant_category")).view(
        _categories_said(rows, currency)
        if strong
        else f"{counted(purchases, 'purchase')} by category",
        counted(purchases, "purchase"),
        Strength.WEAK if strong else Strength.PLAIN,
        keys=("merchant_category",),
    )


def _categories_said(rows: pd.DataFrame, currency: str) -> str:
    named = rows[~rows["merchant_category"].str.startswith("Other (")].dropna(subset=["share"])
    first = named.head(3)
    shares = listed([percent(value, 0) for value in first["share"]])
    names = listed([name(value) for value in first["merchant_category"]])
    verb = "takes" if len(first) == 1 else "take"
    said = f"{names} {verb} {shares} of spending"
    known = named[named["purchase_count"].ge(LEAST_UNITS)].dropna(subset=["ticket"])
    if len(known) < 2 or not differ(known["ticket"]):
        return said
    dearest = known.loc[known["ticket"].idxmax()]
    return (
        f"{said}; a purchase costs most in {name(dearest['merchant_category'])}, "
        f"{money(dearest['ticket'], currency)} on average"
    )
