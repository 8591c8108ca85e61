"""How the loan book stands: instalments, what is at risk, what was lost, by the year of lending."""

from __future__ import annotations

import pandas as pd

from bullion.charts.descriptive.key_figures import KeyFigure, cards_of
from bullion.charts.floors import LEAST_UNITS, enough
from bullion.charts.formats import (
    SPACE,
    count,
    counted,
    currency_of,
    is_missing,
    money,
    number,
    percent,
    points,
)
from bullion.charts.forms.bridge import Step, add_bridge, bridge_height, bridge_words
from bullion.charts.forms.cards import cards
from bullion.charts.forms.lines import Line, Panel, Points, lines
from bullion.charts.forms.notes import Note, draw_notes
from bullion.charts.forms.parts import Picture, height_of, stacked
from bullion.charts.forms.steps import Stage, add_steps, steps_words
from bullion.charts.registry import chart
from bullion.charts.rows import current_and_year_ago, keys_of, numbers
from bullion.charts.source import Source
from bullion.charts.targets import target_columns
from bullion.charts.view import Strength, View

_RISK = "analytics_loan_risk"
_MOST_BUCKETS = 8
_LAST_VINTAGES = 4
KEY_FIGURES = (
    KeyFigure("outstanding_amount", "Owed on loans", "money", "neither"),
    KeyFigure("portfolio_at_risk_30_rate", "30 days behind", "percent", "bad", "loan_count"),
    KeyFigure("portfolio_at_risk_60_rate", "60 days behind", "percent", "bad", "loan_count"),
    KeyFigure("portfolio_at_risk_90_rate", "90 days behind", "percent", "bad", "loan_count"),
    KeyFigure("charge_off_amount", "Written off in 12 months", "money", "neither"),
    KeyFigure("net_charge_off_rate", "Net charge-off rate", "percent", "bad", "loan_count"),
    KeyFigure("default_rate", "Default rate", "percent", "bad", "cohort_count"),
)
_TARGETS = (
    "portfolio_at_risk_30_rate",
    "portfolio_at_risk_90_rate",
    "net_charge_off_rate",
    "default_rate",
)


@chart(
    id="loan_payment_waterfall",
    category="descriptive",
    title="Loan instalments: due, paid, missed",
    question="Are loan instalments paid, and how much of what is lent out is at risk?",
    reading="Above: all money that was due, less what was received by its date, less what came "
    "late, less what is missing where a part has come (short); what is left was missed. Below: of "
    "all money now owed on open loans, the share whose oldest instalment that was not paid in full "
    "is at least that far behind (the portfolio at risk); the dotted line is the bank's target for "
    "30 days. Loans written off are not in it.",
    model="analytics_loan_payment_summary",
    source=Source(
        sql=f"""
            select
                payments.bucket_number, payments.delinquency_bucket, instalment_count,
                scheduled_amount, paid_on_time_amount, paid_late_amount, short_amount,
                missed_amount, lower_days, loan_count, outstanding_amount,
                portfolio_at_risk_rate, payments.as_of, payments.reporting_currency,
                payments.without_rate_count,
                {target_columns(_RISK, ("portfolio_at_risk_30_rate",))}
            from analytics_loan_payment_summary as payments
            left join analytics_loan_ageing as ageing
                on ageing.delinquency_bucket = payments.delinquency_bucket
            where (select sum(instalment_count) from analytics_loan_payment_summary) > 0
        """,
        order=("bucket_number",),
        recut="filterable",
    ),
    subject="lending",
    relation="flow",
    form="bridge",
    weight=8,
    needs=("loan_payments", "accounts"),
    window="all years; at risk today",
    explains=("loan_risk",),
    keywords=("delinquency", "PAR", "portfolio at risk", "repayment", "arrears", "waterfall"),
)
def loan_payment_waterfall(data: pd.DataFrame) -> View | None:
    """A bridge from the money that was due to what was missed, and the portfolio at risk."""
    amounts = ("scheduled", "paid_on_time", "paid_late", "short", "missed")
    sums = {each: float(pd.to_numeric(data[f"{each}_amount"]).sum()) for each in amounts}
    due = sums["scheduled"]
    if due <= 0:
        return None
    currency = currency_of(data)
    steps = [
        _step(name, sums[column] * sign, due, currency, role)
        for name, column, sign, role in (
            ("Due", "scheduled", 1, "total"),
            ("On time", "paid_on_time", -1, "good"),
            ("Late", "paid_late", -1, "neutral"),
            ("Short", "short", -1, "neutral"),
            ("Missed", "missed", -1, "bad"),
        )
        if column != "short" or sums[column]
    ]
    late = numbers(data, "lower_days", "portfolio_at_risk_rate", "outstanding_amount")
    late = late[late["lower_days"] > 0].dropna(subset=["portfolio_at_risk_rate"])
    late = late.sort_values("lower_days").drop_duplicates("lower_days").head(_MOST_BUCKETS)
    stages = [_at_risk(row) for row in late.itertuples()]
    heights = [bridge_height(steps), 40 * max(2, len(stages))]
    titles = ["Instalments that were due", "Owed and behind, by days past due"]
    if not stages:
        heights, titles = heights[:1], titles[:1]
    figure = stacked(heights, titles)
    add_bridge(figure, steps, f"Amount, {currency}" if currency else "Amount", 1)
    if stages:
        add_steps(figure, stages, "percent", "Of all owed on open loans", 2)
        target = pd.to_numeric(data["portfolio_at_risk_30_rate_target"]).max()
        if not is_missing(target):
            text = f"target {percent(target)}"
            draw_notes(figure, [Note(text, x=target, kind="target", at="start")], 2)
    figure.update_layout(margin_t=40)
    words = "; ".join(filter(None, (bridge_words(steps), steps_words(stages))))
    n = counted(data["instalment_count"].sum(), "instalment")
    loans = data["loan_count"].sum()
    if loans:
        n += f", {count(loans)} open loans"
    said = _payments_said(sums, late if loans >= LEAST_UNITS else late.head(0))
    strong = enough(data["instalment_count"].sum())
    return Picture(figure, height_of(heights), words).view(
        said if strong else f"{money(due, currency)} was due",
        n,
        Strength.STRONG if strong and len(late) else Strength.PLAIN,
        keys=("step",),
    )


def _step(name: str, amount: float, due: float, currency: str, role: str) -> Step:
    text = money(abs(amount), currency)
    if role != "total":
        text += f", {percent(abs(amount) / due)}"
    return Step(name, amount, text, f"<b>{name}</b><br>{text}", role)  # type: ignore[arg-type]


def _at_risk(row: object) -> Stage:
    days = f"{count(row.lower_days)}+ days"  # type: ignore[attr-defined]
    rate = percent(row.portfolio_at_risk_rate)  # type: ignore[attr-defined]
    return Stage(
        days,
        row.portfolio_at_risk_rate,  # type: ignore[attr-defined]
        rate,
        f"<b>At least {days} behind</b><br>{rate} of what is owed on open loans",
    )


def _payments_said(sums: dict[str, float], late: pd.DataFrame) -> str:
    by_30 = late[late["lower_days"] == 30]
    on_time = percent(sums["paid_on_time"] / sums["scheduled"])
    said = f"{on_time} of instalment money came on time"
    if len(by_30):
        behind = percent(by_30.iloc[0]["portfolio_at_risk_rate"])
        return f"{behind} of what is owed on loans is 30 days behind; {said}"
    return said


@chart(
    id="loan_risk",
    category="descriptive",
    title="Loans at risk, and lost",
    question="How good is the loan book: how much is behind, and how much was lost?",
    reading="Behind: of all money owed on open loans, the share whose borrower is so many days "
    "behind. Written off, net of what was recovered and over what was owed on average, and the "
    "share of loans in order a year before that went into default are of the last twelve months. "
    "Read them together: a loan that is written off is behind no more. Small: the change against a "
    "year ago, of a rate in percentage points; red for the worse, grey where chance alone would "
    "bring it.",
    model=_RISK,
    source=Source(
        sql=f"""
            select
                risk.*,
                {target_columns(_RISK, _TARGETS)}
            from {_RISK} as risk
            where (select max(loan_count) from {_RISK}) > 0
        """,
        columns=(
            "period",
            "period_rank",
            "loan_count",
            "cohort_count",
            *(each.column for each in KEY_FIGURES),
            *(f"{each}_target" for each in _TARGETS),
            "as_of",
            "reporting_currency",
            "without_rate_count",
        ),
        order=("period_rank",),
        recut="filterable",
    ),
    subject="lending",
    relation="magnitude",
    form="cards",
    weight=9,
    needs=("loan_payments", "accounts"),
    window="today; losses of 12 months",
    keywords=("NPL", "PAR", "charge-off", "default", "credit risk", "KPI"),
)
def loan_risk(data: pd.DataFrame) -> View | None:
    """Cards of the current period, each with its change against a year ago."""
    now, before = current_and_year_ago(data)
    if is_missing(now["loan_count"]) or not now["loan_count"]:
        return None
    found = cards_of(KEY_FIGURES, now, before, currency_of(data))
    said = []
    if enough(now["loan_count"]):
        behind, lost = now["portfolio_at_risk_30_rate"], now["net_charge_off_rate"]
        if not is_missing(behind):
            said.append(f"{percent(behind)} of what is owed on loans is 30 days behind")
            earlier = None if before is None else before["portfolio_at_risk_30_rate"]
            if not is_missing(earlier):
                said[-1] += f", {points(float(behind) - float(earlier or 0))} on a year ago"
        if not is_missing(lost):
            said.append(f"{percent(lost)} was lost in the last twelve months")
    n = f"{count(now['loan_count'])} open loans"
    if not is_missing(now["cohort_count"]):
        n += f"; defaults of {count(now['cohort_count'])} that were in order"
    return cards(found).view(
        "; ".join(said) or f"{counted(now['loan_count'], 'loan')} are open",
        n,
        Strength.STRONG if said else Strength.PLAIN,
        keys=("column",),
        cards=found,
    )


@chart(
    id="loan_vintages",
    category="descriptive",
    title="Defaults by the year in which loans were made",
    question="Are the loans of one year better than those of another?",
    reading="Each line: of the loans made in that year, the share in default by the time that all "
    "of them were so many months old; the shade around the last two is the 95 % interval. Compare "
    "lines at one age, never their ends: a young line has had less time to fail. Grey: earlier "
    "years. Years of fewer than 30 loans are left out.",
    model="analytics_loan_vintages",
    source=Source(
        relation="analytics_loan_vintages",
        columns=(
            "vintage_year",
            "months_on_book",
            "loan_count",
            "default_count",
            "default_rate",
            "default_ci_low",
            "default_ci_high",
            "as_of",
        ),
        order=("vintage_year", "months_on_book"),
        filters={"vintage": "vintage_year"},
        recut="filterable",
    ),
    subject="lending",
    relation="change over time",
    form="lines",
    weight=6,
    audience="analyst",
    needs=("loan_payments", "accounts"),
    window="all years",
    explains=("loan_risk",),
    keywords=("vintage", "cohort", "default", "seasoning"),
)
def loan_vintages(data: pd.DataFrame) -> View | None:
    """A line a vintage, the last ones in colour with their intervals."""
    known = numbers(data, "default_rate", "default_ci_low", "default_ci_high", "months_on_book")
    known = known.dropna(subset=["vintage_year", "months_on_book", "default_rate"])
    if known.empty:
        return None
    several = known["loan_count"].ge(LEAST_UNITS)
    known = known[several] if several.any() else known
    years = sorted(known["vintage_year"].unique(), reverse=True)
    drawn = [
        _vintage(known[known["vintage_year"] == year], int(year), place)
        for place, year in reversed(list(enumerate(years)))
    ]
    compared = _compared(known) if several.any() else known.iloc[:0]
    picture = lines(
        [Panel(drawn, "percent", "In default", height=360, points=_at_one_age(compared))],
        x="count",
        axis="Months since the loan was made",
    )
    said = _vintages_said(compared)
    n = count(known.drop_duplicates("vintage_year")["loan_count"].sum())
    return picture.view(
        said or f"{n} loans by the year in which they were made",
        f"{n} loans of {counted(len(years), 'year')}",
        Strength.WEAK if said else Strength.PLAIN,
        keys=("vintage_year", "months_on_book"),
    )


def _vintage(rows: pd.DataFrame, year: int, place: int) -> Line:
    rows = rows.sort_values("months_on_book")
    is_late, has_band = place < _LAST_VINTAGES, place < 2
    return Line(
        str(year),
        rows["months_on_book"].tolist(),
        rows["default_rate"].tolist(),
        [
            f"<b>Made in {year}</b><br>{percent(row.default_rate)} in default "
            f"({count(row.default_count)} of {count(row.loan_count)}) after "
            f"{number(row.months_on_book, 0)} months<br>95{SPACE}% interval "
            f"{percent(row.default_ci_low)} to {percent(row.default_ci_high)}"
            for row in rows.itertuples()
        ],
        place if is_late else "neutral",
        rows["default_ci_low"].tolist() if has_band else (),
        rows["default_ci_high"].tolist() if has_band else (),
        thin=not is_late,
        keys=keys_of(rows, "vintage_year", "months_on_book"),
        end=f"{year}" if is_late else "",
    )


def _compared(known: pd.DataFrame) -> pd.DataFrame:
    """The last two vintages, the earlier first, at the oldest age that both have reached."""
    known = known.drop_duplicates(["months_on_book", "vintage_year"])
    last = known[known["vintage_year"].isin(sorted(known["vintage_year"].unique())[-2:])]
    ages = last.groupby("months_on_book")["vintage_year"].nunique()
    both = ages.index[ages == 2]
    if both.empty:
        return last.iloc[:0]
    return last[last["months_on_book"] == both.max()].sort_values("vintage_year")


def _at_one_age(compared: pd.DataFrame) -> list[Points]:
    """The rates that the finding compares, written at their marks."""
    if compared.empty:
        return []
    return [
        Points(
            "Compared",
            compared["months_on_book"].tolist(),
            compared["default_rate"].tolist(),
            [
                f"<b>Made in {int(row.vintage_year)}</b><br>{percent(row.default_rate)} in default"
                for row in compared.itertuples()
            ],
            [percent(rate) for rate in compared["default_rate"]],
            ["top center" if each else "bottom center" for each in _is_higher(compared)],
            keys_of(compared, "vintage_year", "months_on_book"),
        )
    ]


def _is_higher(compared: pd.DataFrame) -> list[bool]:
    return compared["default_rate"].rank(method="first").eq(2).tolist()


def _vintages_said(compared: pd.DataFrame) -> str:
    if compared.empty:
        return ""
    before, last = compared.iloc[0], compared.iloc[1]
    said = (
        f"After {number(last['months_on_book'], 0)} months {percent(last['default_rate'])} of the "
        f"loans made in {int(last['vintage_year'])} were in default, "
        f"{percent(before['default_rate'])} of those made in {int(before['vintage_year'])}"
    )
    overlap = not (
        last["default_ci_low"] > before["default_ci_high"]
        or last["default_ci_high"] < before["default_ci_low"]
    )
    return f"{said}, which may be chance" if overlap else said
