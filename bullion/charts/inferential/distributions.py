"""What shape values have: lifetime values against two fits, amounts in Q-Q plots."""

from __future__ import annotations

import math

import pandas as pd

from bullion.charts.floors import enough
from bullion.charts.formats import (
    SPACE,
    counted,
    currency_of,
    is_missing,
    money,
    number,
    p_value,
    percent,
    short,
)
from bullion.charts.forms.distribution import Mark, Spread, distribution, money_range, size_ticks
from bullion.charts.forms.lines import Line, Panel, lines
from bullion.charts.forms.notes import Note
from bullion.charts.registry import chart
from bullion.charts.rows import keys_of, numbers
from bullion.charts.source import Source
from bullion.charts.view import Strength, View

_VALUES = "analytics_customer_lifetime_value_distribution"
_AMOUNTS = "analytics_transaction_amount_normality_test"


@chart(
    id="clv_histogram",
    category="inferential",
    title="Customer lifetime value",
    question="What is a customer worth, and is that value spread normally or lognormally?",
    reading="Bars are customers by lifetime value, the hatched one all above. The lines are how "
    "many a normal and a lognormal distribution with the same mean and spread would put in each "
    "bar. Upright: the value of the customer in the middle (median), dotted the mean.",
    model=_VALUES,
    source=Source(
        sql=f"""
            select
                bins.bin_number, bins.lower_amount, bins.upper_amount, bins.customer_count,
                bins.normal_expected_count, bins.lognormal_expected_count, bins.normal_density,
                bins.lognormal_density, profile.customer_count as all_count, profile.estimate,
                profile.ci_low, profile.ci_high, profile.winsorised_mean, profile.median_value,
                bins.as_of, bins.reporting_currency, bins.without_rate_count
            from {_VALUES} as bins
            left join {_VALUES}_profile as profile
                on profile.customer_segment = 'All' and profile.value_scale = 'raw'
        """,
        order=("bin_number",),
    ),
    subject="customers",
    relation="distribution",
    form="distribution",
    weight=6,
    audience="analyst",
    needs=("customers",),
    lacks="customers with their lifetime value",
    window="today",
    explains=("customer_kpis",),
    keywords=("CLV", "lifetime value", "lognormal", "histogram", "mean", "median"),
)
def clv_histogram(data: pd.DataFrame) -> View | None:
    """Bars with both expected counts as curves; median and mean marked."""
    first = data.iloc[0]
    rows = numbers(
        data.dropna(subset=["lower_amount"]),
        "lower_amount",
        "upper_amount",
        "customer_count",
        "normal_density",
        "lognormal_density",
    ).reset_index(drop=True)
    total = rows["customer_count"].sum()
    if rows.empty or not total:
        return None
    currency = currency_of(data)
    widths = (rows["upper_amount"] - rows["lower_amount"]).dropna()
    width = float(widths.iloc[0]) if len(widths) else 1.0
    middles = rows["lower_amount"] + width / 2
    closed = rows["upper_amount"].notna()
    curves = [
        (
            shown,
            middles[closed].tolist(),
            (rows.loc[closed, column] * width * total).tolist(),
            accent,
            dash,
        )
        for shown, column, accent, dash in (
            ("Lognormal fit", "lognormal_density", 1, "solid"),
            ("Normal fit", "normal_density", 3, "dash"),
        )
        if rows.loc[closed, column].notna().any()
    ]
    marks = [
        Mark(float(value), text, side)
        for value, text, side in (
            (first["median_value"], f"median {money(first['median_value'], currency)}", "left"),
            (first["estimate"], f"mean {money(first['estimate'], currency)}{_gap(first)}", "right"),
        )
        if not is_missing(value)
    ]
    spread = Spread(
        middles.tolist(),
        rows["customer_count"].tolist(),
        [
            f"<b>{money_range(row.lower_amount, row.upper_amount)}</b><br>"
            f"{counted(row.customer_count, 'customer')}"
            for row in rows.itertuples()
        ],
        keys=keys_of(rows, "bin_number"),
        marks=marks,
        open_end=not bool(closed.iloc[-1]),
        curves=curves,
        words="; ".join([mark.text for mark in marks] + [_interval(first, currency)]).strip("; "),
    )
    low = float(rows["lower_amount"].min())
    high = float(rows["lower_amount"].max()) + width
    picture = distribution(
        [spread],
        places=size_ticks(high),
        reach=(low, high),
        axis=f"Lifetime value{f', {currency}' if currency else ''} (hatched: and above)",
        axis_y="Customers",
        height=340,
    )
    strong = enough(total)
    n = counted(total if is_missing(first["all_count"]) else first["all_count"], "customer")
    said = _clv_said(data, first, currency) if strong else f"{n} by lifetime value"
    return picture.view(said, n, Strength.WEAK if strong else Strength.PLAIN, keys=("bin_number",))


def _gap(row: pd.Series) -> str:
    """How far the mean lies from the median."""
    mean, middle = row["estimate"], row["median_value"]
    if is_missing(mean) or is_missing(middle) or not middle or abs(mean / middle - 1) < 0.02:
        return ""
    gap = float(mean) / float(middle) - 1
    return f", {percent(abs(gap), 0)} {'above' if gap > 0 else 'below'}"


def _interval(row: pd.Series, currency: str) -> str:
    if is_missing(row["ci_low"]) or is_missing(row["ci_high"]):
        return ""
    low, high = money(row["ci_low"], currency), money(row["ci_high"], currency)
    return f"95{SPACE}% interval of the mean {low} to {high}"


def _clv_said(data: pd.DataFrame, first: pd.Series, currency: str) -> str:
    distances = {
        shape: (data["customer_count"] - data[f"{shape}_expected_count"]).abs().sum()
        for shape in ("lognormal", "normal")
        if data[f"{shape}_expected_count"].notna().any()
    }
    fit = ""
    if len(distances) > 1:
        near = min(distances, key=lambda shape: distances[shape])
        far = max(distances, key=lambda shape: distances[shape])
        fit = f": values are nearer to {near} than to {far}"
    if is_missing(first["median_value"]):
        return f"Lifetime values{fit.replace(': values', '')}" if fit else "Lifetime values by size"
    said = f"The customer in the middle is worth {money(first['median_value'], currency)}"
    gap = _gap(first)
    if is_missing(first["estimate"]):
        return f"{said}{fit}"
    return (
        f"{said}, the mean lies{gap.strip(',')} it{fit}"
        if gap
        else f"{said}, as the mean says{fit}"
    )


@chart(
    id="qq_plots",
    category="inferential",
    title="Normality of purchase amounts",
    question="Are amounts normal, as they are or as logarithms?",
    reading="How far each amount, less the mean of its category and segment, lies from where a "
    "normal distribution would have it, both in standard deviations. Normal amounts stay at zero, "
    "within the band in which 95 % of such points lie by chance; a rise at the right end is a long "
    "tail of large amounts. The panels have scales of their own.",
    model=f"{_AMOUNTS}_points",
    source=Source(
        sql=f"""
            select
                points.transaction_type, points.amount_scale, points.point_number,
                points.attempt_count, points.probability, points.normal_quantile,
                points.sample_value, points.standardised_value, tests.skewness,
                tests.excess_kurtosis, tests.departure, tests.p_value, points.as_of
            from {_AMOUNTS}_points as points
            inner join {_AMOUNTS} as tests
                on tests.transaction_type = points.transaction_type
                    and tests.amount_scale = points.amount_scale
                    and tests.basis = 'within_cells'
        """,
        order=("attempt_count desc", "transaction_type", "amount_scale desc", "point_number"),
        filters={"transaction_type": "transaction_type"},
    ),
    subject="payments",
    relation="distribution",
    form="lines",
    weight=2,
    audience="statistician",
    needs=("transactions",),
    lacks="transactions, thousands of one type",
    window="all years",
    keywords=("Q-Q", "normality", "lognormal", "Jarque-Bera", "skewness", "kurtosis"),
    uses_truth=("T24",),
)
def qq_plots(data: pd.DataFrame) -> View | None:
    """Two panels, raw and log, of the commonest transaction type: distances from the normal."""
    wanted = ("normal_quantile", "standardised_value", "probability", "attempt_count")
    rows = numbers(data, *wanted).dropna(subset=["transaction_type", *wanted])
    rows = rows[rows["probability"].between(0, 1, inclusive="neither")]
    if rows.empty:
        return None
    kind = str(rows["transaction_type"].iloc[0])
    rows = rows[rows["transaction_type"] == kind]
    panels, verdicts = [], {}
    for scale, shown, role in (("raw", "As they are", 1), ("log", "Logarithms", 0)):
        points = rows[rows["amount_scale"] == scale].sort_values("point_number")
        if points.empty:
            continue
        verdicts[scale] = points.iloc[0]
        panels.append(_panel(points, shown, role))
    if not panels:
        return None
    name = f"{' '.join(w if w.isupper() else w.lower() for w in kind.split())}s"
    n = f"{short(rows['attempt_count'].max())} attempted {name}, frauds left out"
    strong = enough(rows["attempt_count"].max())
    return lines(panels, x="number", axis="Where a normal distribution has it, in SD").view(
        _qq_said(verdicts, name) if strong else n,
        n,
        Strength.PLAIN,
        keys=("transaction_type", "amount_scale", "point_number"),
    )


def _panel(points: pd.DataFrame, shown: str, role: int) -> Panel:
    gaps = points["standardised_value"] - points["normal_quantile"]
    # The asymptotic error of a quantile of a normal sample (Stuart and Ord, 1987).
    errors = [
        1.96
        * math.sqrt(row.probability * (1 - row.probability) / row.attempt_count)
        / (math.exp(-(row.normal_quantile**2) / 2) / math.sqrt(2 * math.pi))
        for row in points.itertuples()
    ]
    at = points["normal_quantile"].tolist()
    band = Line(
        "Chance",
        at,
        [0.0] * len(at),
        [""] * len(at),
        "neutral",
        [-error for error in errors],
        errors,
        thin=True,
    )
    line = Line(
        shown,
        at,
        gaps.tolist(),
        [
            f"<b>{percent(row.probability, 2)} of the amounts</b><br>lie up to "
            f"{number(row.standardised_value)} standard deviations, {number(row.normal_quantile)} "
            "if they were normal"
            for row in points.itertuples()
        ],
        role,
        keys=keys_of(points, "transaction_type", "amount_scale", "point_number"),
    )
    title = f"{shown}: {_shape(points.iloc[0])}"
    reach = max(float(gaps.abs().max()), *errors) or 1.0
    notes = [Note(y=0.0)]
    return Panel(
        [band, line],
        "number",
        "Distance, in SD",
        title,
        200,
        notes=notes,
        from_zero=False,
        high=reach,
    )


def _shape(row: pd.Series) -> str:
    skew = "" if is_missing(row["skewness"]) else f"skewness {number(row['skewness'])}, "
    return f"{skew}{p_value(row['p_value'])}"


def _qq_said(verdicts: dict[str, pd.Series], name: str) -> str:
    # What nobody would see is called no departure, whatever a test of very many amounts says.
    normal = {
        scale: row["departure"] == "Negligible"
        for scale, row in verdicts.items()
        if not is_missing(row["departure"])
    }
    if set(normal) != {"raw", "log"}:
        return f"Shape of the amounts of {name}"
    if normal["log"]:
        also = "nor can the amounts" if normal["raw"] else "the amounts themselves can"
        return f"Logarithms of {name} cannot be told from normal, {also}"
    if normal["raw"]:
        return f"Amounts of {name} cannot be told from normal, their logarithms can"
    return f"Neither amounts of {name} nor their logarithms are normal"
