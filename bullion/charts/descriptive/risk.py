"""What goes wrong: fraud alerts, loan instalments."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from bullion.charts.formats import count, is_missing, label, money, percent
from bullion.charts.registry import chart
from bullion.charts.theme import BAD, BLUE, GOOD, ORANGE, PAPER, PURPLE, TEXT, YELLOW, present

FUNNEL_STAGES = 3
MOST_BUCKETS = 8


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
    "stage_amount, median_hours, as_of from analytics_fraud_summary where (select "
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
    reading="Above: all money that was due, less what was paid by its date, less what was "
    "paid late; what is left was missed. Below: of all money now owed on open loans, the "
    "share whose borrower is at least that far behind (the portfolio at risk).",
    model="analytics_loan_payment_summary",
    query="select bucket_number, delinquency_bucket, instalment_count, scheduled_amount, "
    "paid_on_time_amount, paid_late_amount, short_amount, missed_amount, lower_days, "
    "loan_count, outstanding_amount, portfolio_at_risk_rate, as_of from (select "
    "bucket_number, delinquency_bucket, instalment_count, scheduled_amount, "
    "paid_on_time_amount, paid_late_amount, short_amount, missed_amount, as_of from "
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
