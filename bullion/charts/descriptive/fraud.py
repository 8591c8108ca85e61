"""What becomes of fraud alerts and of the money in them."""

from __future__ import annotations

import pandas as pd

from bullion.charts.floors import enough
from bullion.charts.formats import (
    count,
    counted,
    currency_of,
    is_missing,
    label,
    money,
    number,
    percent,
)
from bullion.charts.forms.parts import Picture, height_of, stacked
from bullion.charts.forms.steps import Stage, add_steps, steps_words
from bullion.charts.registry import chart
from bullion.charts.source import Source
from bullion.charts.view import Strength, View

FUNNEL_STAGES = 3
_ROW = 46
_ROLES = {"Lost": "bad", "Recovered": "good"}


@chart(
    id="fraud_funnel",
    category="descriptive",
    title="From fraud alert to loss",
    question="What becomes of fraud alerts, and how much of the money comes back?",
    reading="Above: how many of all alerts were taken under review and confirmed as fraud, and "
    "within how many hours half of them were. A step that every alert takes is left out. Below: of "
    "the money at risk in confirmed fraud, what was declined or reversed before it left, what is "
    "lost and what came back. Fraud that no alert was confirmed for is not in it.",
    model="analytics_fraud_summary",
    source=Source(
        relation="analytics_fraud_summary",
        columns=(
            "stage",
            "stage_rank",
            "alert_count",
            "conversion_rate",
            "alert_share_rate",
            "stage_amount",
            "median_hours",
            "as_of",
            "reporting_currency",
            "without_rate_count",
        ),
        where="(select sum(alert_count) from analytics_fraud_summary) > %(none)s",
        parameters={"none": 0},
        order=("stage_rank",),
        recut="filterable",
    ),
    subject="fraud",
    relation="flow",
    form="steps",
    weight=7,
    needs=("fraud_alerts", "transactions"),
    window="all years",
    keywords=("alerts", "funnel", "investigation", "loss", "recovery", "prevention"),
)
def fraud_funnel(data: pd.DataFrame) -> View | None:
    """Steps of alerts, and the confirmed money in its parts."""
    rows = data.sort_values("stage_rank", kind="stable").drop_duplicates("stage_rank")
    rows = rows.reset_index(drop=True)
    alerts = rows["alert_count"].max()
    if is_missing(alerts) or not alerts:
        return None
    taken, parts = rows.head(FUNNEL_STAGES), rows.iloc[FUNNEL_STAGES:]
    # A step that all alerts take says nothing.
    says = taken["alert_count"].ne(alerts) | (taken.index == 0)
    taken = taken[says]
    currency = currency_of(data)
    stages = [_alerts(row, place == 0) for place, row in enumerate(taken.itertuples())]
    total = pd.to_numeric(parts["stage_amount"]).sum()
    amounts = [_amount(row, total, currency) for row in parts.itertuples()]
    heights = [_ROW * max(2, len(stages)), _ROW * max(2, len(amounts))]
    if not amounts or not total:
        figure = stacked(heights[:1], ["Alerts"])
        heights = heights[:1]
    else:
        figure = stacked(heights, ["Alerts", "Money in confirmed fraud"])
        unit = f"Amount, {currency}" if currency else "Amount"
        add_steps(figure, amounts, "money", unit, 2)
    add_steps(figure, stages, "count", "Alerts", 1)
    figure.update_layout(margin_t=40)
    words = "; ".join(filter(None, (steps_words(stages), steps_words(amounts) if total else "")))
    said = _funnel_said(rows, parts, total)
    return Picture(figure, height_of(heights), words).view(
        said or f"{count(alerts)} fraud alerts were raised",
        counted(alerts, "alert"),
        Strength.STRONG if said else Strength.PLAIN,
        keys=("stage",),
    )


def _alerts(row: object, is_first: bool) -> Stage:
    stage, n = label(row.stage), count(row.alert_count)  # type: ignore[attr-defined]
    text = n if is_first else f"{n}, {percent(row.alert_share_rate, 0)}"  # type: ignore[attr-defined]
    hours = row.median_hours  # type: ignore[attr-defined]
    said = "" if is_missing(hours) else f"half in {number(hours, 1)} hours"
    return Stage(
        stage,
        row.alert_count,  # type: ignore[attr-defined]
        f"{text}<br>{said}" if said else text,
        f"<b>{stage}</b><br>{text} of alerts<br>{said}",
    )


def _amount(row: object, total: float, currency: str) -> Stage:
    stage, amount = label(row.stage), row.stage_amount  # type: ignore[attr-defined]
    share = percent(float(amount) / total, 0) if total and not is_missing(amount) else ""
    text = f"{money(amount, currency)}, {share}" if share else money(amount, currency)
    return Stage(
        stage, amount, text, f"<b>{stage}</b><br>{text} of the money", _ROLES.get(stage, "accent")
    )


def _funnel_said(rows: pd.DataFrame, parts: pd.DataFrame, total: float) -> str:
    said = []
    confirmed = rows[rows["stage_rank"].eq(FUNNEL_STAGES)]
    if len(confirmed) and enough(rows["alert_count"].max()):
        rate = confirmed.iloc[0]["alert_share_rate"]
        if not is_missing(rate):
            said.append(f"{percent(rate, 0)} of alerts turn out to be fraud")
    lost = pd.to_numeric(parts.loc[parts["stage"].eq("Lost"), "stage_amount"]).dropna()
    frauds = confirmed["alert_count"].max()
    if len(lost) and total > 0 and enough(frauds):
        said.append(f"{percent(float(lost.iloc[0]) / total, 0)} of the money in it is lost")
    return "; ".join(said)
