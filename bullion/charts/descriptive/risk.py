"""What goes wrong: fraud alerts, loan instalments, loans lost."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from bullion.charts.descriptive.indicators import INDICATOR_HEIGHT, indicator_grid, rows_of_grid
from bullion.charts.descriptive.indicators import Figure as KeyFigure
from bullion.charts.formats import count, is_missing, label, money, percent
from bullion.charts.registry import chart
from bullion.charts.rows import current_and_year_ago
from bullion.charts.theme import (
    BAD,
    BLUE,
    GOOD,
    GREY,
    ORANGE,
    PAPER,
    PURPLE,
    TEXT,
    YELLOW,
    present,
)

FUNNEL_STAGES = 3
MOST_BUCKETS = 8
LOAN_FIGURES = (
    KeyFigure("outstanding_amount", "Owed on loans", more_is="neither"),
    KeyFigure("portfolio_at_risk_30_rate", "30 days behind", ".2%", more_is="bad"),
    KeyFigure("portfolio_at_risk_60_rate", "60 days behind", ".2%", more_is="bad"),
    KeyFigure("portfolio_at_risk_90_rate", "90 days behind", ".2%", more_is="bad"),
    KeyFigure("charge_off_amount", "Written off", more_is="bad"),
    KeyFigure("net_charge_off_rate", "Net charge-off rate", ".2%", more_is="bad"),
    KeyFigure("default_rate", "Default rate", ".2%", more_is="bad"),
)


@chart(
    id="fraud_funnel",
    category="descriptive",
    title="From fraud alert to loss",
    question="What becomes of fraud alerts, and how much of the money comes back?",
    reading="Above: how many of all alerts were taken under review and confirmed as "
    "fraud. Below: of the money at risk in confirmed fraud, what was declined or reversed "
    "before it left, what came back and what is lost. Fraud that no alert was confirmed for "
    "is not in it.",
    model="analytics_fraud_summary",
    query="select stage, stage_rank, alert_count, conversion_rate, alert_share_rate, "
    "stage_amount, median_hours, as_of, reporting_currency, without_rate_count "
    "from analytics_fraud_summary where (select "
    "sum(alert_count) from analytics_fraud_summary) > 0 order by stage_rank",
)
def fraud_funnel(data: pd.DataFrame) -> go.Figure:
    """A funnel of alerts, and one bar of the confirmed money in its parts."""
    rows = data.sort_values("stage_rank", kind="stable")
    funnel, parts = rows.head(FUNNEL_STAGES), rows.iloc[FUNNEL_STAGES:]
    figure = make_subplots(
        rows=2,
        cols=1,
        row_heights=[0.7, 0.3],
        vertical_spacing=0.16,
        subplot_titles=["<b>Alerts</b>", "<b>Money in confirmed fraud</b>"],
    )
    figure.add_trace(
        go.Funnel(
            y=[
                f"{label(name)}<br><b>{count(alerts)}</b> ({percent(share, 0)})"
                for name, alerts, share in zip(
                    funnel["stage"],
                    funnel["alert_count"],
                    funnel["alert_share_rate"],
                    strict=True,
                )
            ],
            x=funnel["alert_count"],
            textinfo="none",
            marker={"color": [BLUE, "#2B84B8", ORANGE][: len(funnel)]},
            connector={"fillcolor": "rgba(0, 114, 178, 0.10)", "line": {"width": 0}},
            customdata=[_hours(value) for value in funnel["median_hours"]],
            hovertemplate="<b>%{y}</b><br>%{x:,} alerts%{customdata}<extra></extra>",
            showlegend=False,
        ),
        row=1,
        col=1,
    )
    total = parts["stage_amount"].sum()
    for part, colour in zip(parts.iloc[::-1].itertuples(), (GOOD, BAD, BLUE), strict=False):
        amount = 0.0 if is_missing(part.stage_amount) else float(part.stage_amount)
        share = f" ({percent(amount / total, 0)})" if total > 0 else ""
        figure.add_bar(
            y=["Money"],
            x=[amount],
            orientation="h",
            name=f"{label(part.stage)}: {money(amount)}{share}",
            marker={"color": colour, "line": {"color": PAPER, "width": 2}},
            hovertemplate=f"<b>{label(part.stage)}</b><br>%{{x:,.0f}}{share}<extra></extra>",
            row=2,
            col=1,
        )
    figure.update_annotations(x=0, xanchor="left", font={"size": 13, "color": TEXT})
    figure.update_layout(barmode="stack", legend={"traceorder": "normal"})
    figure.update_xaxes(visible=False, row=1, col=1)
    figure.update_xaxes(title="Amount", tickformat="~s", nticks=5, row=2, col=1)
    figure.update_yaxes(type="category", gridcolor=PAPER)
    figure.update_yaxes(showticklabels=False, row=2, col=1)
    n = f"{count(rows['alert_count'].max())} alerts"
    return present(figure, _funnel_said(funnel, parts), data, n, height=540)


def _hours(value: object) -> str:
    return "" if is_missing(value) else f"<br>half of them within {float(str(value)):,.1f} hours"


def _funnel_said(funnel: pd.DataFrame, parts: pd.DataFrame) -> str:
    said = []
    if len(funnel) == FUNNEL_STAGES and not is_missing(funnel.iloc[-1]["alert_share_rate"]):
        confirmed = percent(funnel.iloc[-1]["alert_share_rate"], 0)
        said.append(f"{confirmed} of alerts turn out to be fraud")
    total = parts["stage_amount"].sum()
    lost = parts.loc[parts["stage"].eq("Lost"), "stage_amount"].dropna()
    if len(lost) and total > 0:
        said.append(f"{percent(float(lost.iloc[0]) / total, 0)} of the money in it is lost")
    return "; ".join(said) or "What becomes of fraud alerts"


@chart(
    id="loan_payment_waterfall",
    category="descriptive",
    title="Loan instalments: due, paid, missed",
    question="Are loan instalments paid, and how much of what is lent out is at risk?",
    reading="Above: all money that was due, less what was received by its date, less what came "
    "late, less what is missing where a part has come (short); what is left was missed. Below: of "
    "all money now owed on open loans, the share whose oldest instalment that was not paid in "
    "full is at least that far behind (the portfolio at risk). Loans written off are not in it.",
    model="analytics_loan_payment_summary",
    query="select bucket_number, delinquency_bucket, instalment_count, scheduled_amount, "
    "paid_on_time_amount, paid_late_amount, short_amount, missed_amount, lower_days, "
    "loan_count, outstanding_amount, portfolio_at_risk_rate, as_of, reporting_currency, "
    "without_rate_count from (select "
    "bucket_number, delinquency_bucket, instalment_count, scheduled_amount, "
    "paid_on_time_amount, paid_late_amount, short_amount, missed_amount, as_of, "
    "reporting_currency, without_rate_count from "
    "analytics_loan_payment_summary) as payments left join (select delinquency_bucket, "
    "lower_days, loan_count, outstanding_amount, portfolio_at_risk_rate from "
    "analytics_loan_ageing) as ageing using (delinquency_bucket) where (select "
    "sum(instalment_count) from analytics_loan_payment_summary) > 0 order by "
    "bucket_number",
)
def loan_payment_waterfall(data: pd.DataFrame) -> go.Figure:
    """A waterfall of scheduled money, and the portfolio at risk by days past due."""
    sums = data[
        [
            "scheduled_amount",
            "paid_on_time_amount",
            "paid_late_amount",
            "short_amount",
            "missed_amount",
        ]
    ].sum()
    steps = [
        ("Due", float(sums["scheduled_amount"]), BLUE),
        ("On time", -float(sums["paid_on_time_amount"]), GOOD),
        ("Late", -float(sums["paid_late_amount"]), YELLOW),
        ("Short", -float(sums["short_amount"]), PURPLE),
        ("Missed", -float(sums["missed_amount"]), BAD),
    ]
    steps = [step for step in steps if step[0] != "Short" or step[1] != 0]
    tops = [sum(amount for _, amount, _ in steps[:place]) for place in range(len(steps))]
    figure = make_subplots(
        rows=2,
        cols=1,
        row_heights=[0.6, 0.4],
        vertical_spacing=0.2,
        subplot_titles=["<b>Instalments that were due</b>", "<b>Portfolio at risk</b>"],
    )
    figure.add_bar(
        x=[f"{name}<br>{money(abs(amount))}" for name, amount, _ in steps],
        y=[amount for _, amount, _ in steps],
        base=tops,
        marker_color=[colour for _, _, colour in steps],
        hovertemplate="%{x}<extra></extra>",
        showlegend=False,
        row=1,
        col=1,
    )
    late = data[data["lower_days"] > 0].sort_values("lower_days").head(MOST_BUCKETS)
    figure.add_bar(
        x=[f"{int(days)}+" for days in late["lower_days"]],
        y=late["portfolio_at_risk_rate"],
        marker_color=BLUE,
        text=[percent(rate) for rate in late["portfolio_at_risk_rate"]],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="at least %{x} days behind: %{y:.2%} of what is owed<extra></extra>",
        showlegend=False,
        row=2,
        col=1,
    )
    figure.update_annotations(x=0, xanchor="left", font={"size": 13, "color": TEXT})
    figure.update_yaxes(title="Amount", tickformat="~s", nticks=5, rangemode="tozero", row=1, col=1)
    figure.update_yaxes(
        title="Of all owed", tickformat=".0%", nticks=4, rangemode="tozero", row=2, col=1
    )
    figure.update_xaxes(type="category", tickangle=0)
    figure.update_xaxes(title="Days past due", row=2, col=1)
    n = f"{count(data['instalment_count'].sum())} instalments"
    if data["loan_count"].notna().any():
        n += f", {count(data['loan_count'].sum())} open loans"
    return present(figure, _payments_said(sums, late), data, n, height=600)


def _payments_said(sums: pd.Series, late: pd.DataFrame) -> str:
    due = float(sums["scheduled_amount"])
    said = []
    if due > 0:
        on_time, late_share, missed = (
            percent(sums[column] / due)
            for column in ("paid_on_time_amount", "paid_late_amount", "missed_amount")
        )
        said.append(
            f"{on_time} of instalment money came on time, {late_share} late, {missed} not yet"
        )
    by_30 = late[late["lower_days"] == 30]
    if len(by_30) and not is_missing(by_30.iloc[0]["portfolio_at_risk_rate"]):
        said.append(
            f"{percent(by_30.iloc[0]['portfolio_at_risk_rate'])} of what is owed is 30 days behind"
        )
    return "; ".join(said) or "Loan instalments that were due"


@chart(
    id="loan_risk",
    category="descriptive",
    title="Loans at risk, and lost",
    question="How good is the loan book: how much is behind, and how much was lost?",
    reading="Behind: of all money owed on open loans, the share whose borrower is so many days "
    "behind. Written off, net of what was recovered and over what was owed on average, and the "
    "share of loans in order a year before that went into default are of the last twelve months. "
    "Read them together: a loan that is written off is behind no more. Small: the relative change "
    "against a year ago, red for the worse.",
    model="analytics_loan_risk",
    query="select * from analytics_loan_risk where (select max(loan_count) from "
    "analytics_loan_risk) > 0 order by period_rank",
)
def loan_risk(data: pd.DataFrame) -> go.Figure:
    """Indicators of the current period, each with its change against a year ago."""
    now, before = current_and_year_ago(data)
    figure = indicator_grid(LOAN_FIGURES, now, before)
    said = []
    if not is_missing(now["portfolio_at_risk_30_rate"]):
        behind = percent(now["portfolio_at_risk_30_rate"])
        said.append(f"{behind} of what is owed is 30 days behind")
    if not is_missing(now["net_charge_off_rate"]):
        lost = percent(now["net_charge_off_rate"])
        said.append(f"{lost} was lost in the last twelve months")
    n = (
        f"{count(now['loan_count'])} open loans; defaults of {count(now['cohort_count'])} that were"
        " in order"
    )
    height = 120 + INDICATOR_HEIGHT * rows_of_grid(LOAN_FIGURES)
    return present(figure, "; ".join(said) or "Loans at risk, and lost", data, n, height)


@chart(
    id="loan_vintages",
    category="descriptive",
    title="Defaults by the year in which loans were made",
    question="Are the loans of one year better than those of another?",
    reading="Each line: of the loans made in that year, the share in default by the time that all "
    "of them were so many months old, with 95 % intervals. Compare lines at one age, never their "
    "ends: a young line has had less time to fail. Grey: earlier years.",
    model="analytics_loan_vintages",
    query="select vintage_year, months_on_book, loan_count, default_count, default_rate, "
    "default_ci_low, default_ci_high, as_of from analytics_loan_vintages order by "
    "vintage_year, months_on_book",
)
def loan_vintages(data: pd.DataFrame) -> go.Figure:
    """A line a vintage, the last ones in colour."""
    colours = (BLUE, ORANGE, GOOD, PURPLE)
    figure = go.Figure()
    data = data.dropna(subset=["vintage_year", "months_on_book"])
    years = sorted(data["vintage_year"].unique(), reverse=True)
    for place, year in enumerate(years):
        rows = data[data["vintage_year"] == year].sort_values("months_on_book")
        is_late = place < len(colours)
        figure.add_scatter(
            x=rows["months_on_book"],
            y=rows["default_rate"],
            mode="lines+markers",
            name=f"{int(year)} ({count(rows['loan_count'].max())} loans)" if is_late else "Earlier",
            showlegend=place <= len(colours),
            line={"color": colours[place] if is_late else GREY, "width": 2 if is_late else 1},
            marker={"size": 6 if is_late else 4},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": rows["default_ci_high"] - rows["default_rate"],
                "arrayminus": rows["default_rate"] - rows["default_ci_low"],
                "thickness": 1,
                "width": 0,
                "visible": is_late,
            },
            customdata=rows["default_count"],
            hovertemplate=f"<b>Made in {int(year)}</b><br>%{{y:.1%}} in default (%{{customdata}})"
            " by month %{x}<extra></extra>",
        )
    figure.update_xaxes(title="Months since the loan was made", dtick=6)
    figure.update_yaxes(title="In default", tickformat=".0%", rangemode="tozero")
    first = data.drop_duplicates("vintage_year")
    n = f"{count(first['loan_count'].sum())} loans of {count(len(years))} years"
    return present(figure, _vintages_said(data), data, n, height=480)


def _vintages_said(data: pd.DataFrame) -> str:
    """The last two vintages at the oldest age that both have reached."""
    known = data.drop_duplicates(["months_on_book", "vintage_year"])
    rates = known.pivot(index="months_on_book", columns="vintage_year", values="default_rate")
    both = rates.iloc[:, -2:].dropna()
    if rates.shape[1] < 2 or both.empty:
        return "Defaults by the year in which loans were made"
    (before, last), (before_rate, last_rate) = both.columns, both.iloc[-1]
    return (
        f"After {int(both.index[-1])} months {percent(last_rate)} of the loans made in {int(last)}"
        f" were in default, {percent(before_rate)} of those made in {int(before)}"
    )
