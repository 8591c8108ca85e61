"""What the search of the front page looks at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bullion.charts.registry import CATEGORIES, Chart

if TYPE_CHECKING:
    from bullion.report.drawing import Drawn

# What people call it; what a chart of it is called here. One line a notion.
_SYNONYMS = (
    {"churn", "attrition", "left", "lost", "leavers", "retention"},
    {"heatmap", "heat map", "matrix", "tiles"},
    {"loan", "loans", "lending", "credit", "debt", "owed"},
    {"deposit", "deposits", "savings", "balance", "balances"},
    {"customer", "customers", "client", "clients"},
    {"fraud", "scam", "alerts"},
    {"payment", "payments", "transaction", "transactions", "purchases", "spending"},
    {"decline", "declined", "declines", "refused"},
    {"digital", "app", "online", "mobile", "sessions", "engagement"},
    {"ab", "a/b", "experiment", "experiments", "randomised", "trial"},
    {"default", "defaults", "bad loans", "charge-off", "delinquency", "arrears", "past due"},
    {"clv", "lifetime value", "customer value"},
    {"kpi", "kpis", "key figures", "indicators"},
    {"map", "geography", "states", "region"},
    {"sample size", "power"},
    {"roc", "auc", "classifier", "accuracy", "confusion"},
    {"distribution", "histogram", "spread"},
    {"trend", "time series", "monthly", "daily", "seasonal"},
    {"confidence", "interval", "intervals", "significance", "significant", "test"},
)


def words_of(chart: Chart, drawn: Drawn | None) -> str:
    """Everything that a chart may be looked for by, in lower case: titles, the finding, how it is
    read, its columns, the kind of picture, what else people call it."""
    category = CATEGORIES[chart.category]
    said = [chart.title, chart.question, chart.reading, chart.model, chart.id, category.title]
    said += [chart.subject, chart.relation, chart.form, *chart.keywords]
    if drawn is not None:
        said += [drawn.view.finding, drawn.subtitle, *drawn.columns]
        said += sorted({_kind(trace.type) for trace in drawn.view.figure.data})
    text = " ".join(said).lower()
    words = set(re.findall(r"[\w/-]+", text.replace("_", " ")))
    for notion in _SYNONYMS:
        if any(word in words or (" " in word and word in text) for word in notion):
            text = f"{text} {' '.join(sorted(notion))}"
    return re.sub(r"\s+", " ", text)


def _kind(trace: str) -> str:
    return {"scatter": "line point", "bar": "bar chart", "pie": "pie donut"}.get(trace, trace)
