"""How well the fraud score tells fraud from honest attempts, at every threshold and at some."""

from __future__ import annotations

import pandas as pd

from bullion.charts.floors import enough
from bullion.charts.formats import SPACE, count, is_missing, number, percent, short
from bullion.charts.forms.lines import Line, Panel, Points, lines
from bullion.charts.forms.matrix import matrix
from bullion.charts.forms.notes import Note
from bullion.charts.registry import chart
from bullion.charts.rows import complete, is_true, keys_of, numbers
from bullion.charts.source import Source
from bullion.charts.view import Strength, View

_THRESHOLDS = "analytics_fraud_detection_accuracy"
# Thresholds of the matrix beside the best one; of others a table tells.
SHOWN = (0.5, 0.8, 0.9, 0.95, 0.98)
# Columns of the matrix: the count, what it is a share of, and the columns of the share's interval.
CELLS = {
    "Fraud<br>caught": ("true_positive_count", "fraud_count", "recall_ci"),
    "Fraud<br>missed": ("false_negative_count", "fraud_count", None),
    "Honest<br>stopped": ("false_positive_count", "honest_count", None),
    "Honest<br>passed": ("true_negative_count", "honest_count", None),
    "Flagged<br>is fraud": ("true_positive_count", "flagged_count", "precision_ci"),
}


@chart(
    id="roc_curve",
    category="inferential",
    title="ROC curve of the fraud score",
    question="How well does the fraud score rank fraud above honest attempts?",
    reading="Each point is a threshold: to the right, how many honest attempts it would stop; "
    "upwards, how much fraud it would catch. The dashed diagonal is a score that knows nothing. "
    "AUC is the chance that a fraud has the higher score of a fraud and an honest attempt. The "
    "mark is the threshold of the best balance (F1), the one of the chart of fraud decisions.",
    model=f"{_THRESHOLDS}_points",
    source=Source(
        sql=f"""
            select
                points.point_number, points.threshold, points.recall_rate,
                points.false_positive_rate, points.precision_rate, points.fraud_count,
                points.legitimate_count, evaluation.estimate, evaluation.ci_low,
                evaluation.ci_high, best.threshold as best_threshold,
                best.recall_rate as best_recall_rate,
                best.false_positive_rate as best_false_positive_rate,
                best.precision_rate as best_precision_rate, points.as_of
            from {_THRESHOLDS}_points as points
            cross join {_THRESHOLDS}_evaluation as evaluation
            left join {_THRESHOLDS} as best on best.is_best_f1
        """,
        order=("point_number",),
    ),
    subject="fraud",
    relation="correlation",
    form="lines",
    weight=5,
    audience="analyst",
    needs=("transactions", "fraud_alerts"),
    window="all years",
    explains=("fraud_funnel",),
    keywords=("AUC", "ROC", "classifier", "DeLong", "precision", "recall"),
    uses_truth=("T03",),
)
def roc_curve(data: pd.DataFrame) -> View | None:
    """The curve with the diagonal, its area with the interval, and the best threshold."""
    first = data.iloc[0]
    rows = numbers(data, "recall_rate", "false_positive_rate", "precision_rate", "threshold")
    rows = complete(rows, "recall_rate", "false_positive_rate")
    rows = rows.drop_duplicates("point_number")
    if rows.empty or is_missing(first["fraud_count"]) or not first["fraud_count"]:
        return None
    curve = Line(
        "The fraud score",
        rows["false_positive_rate"].tolist(),
        rows["recall_rate"].tolist(),
        [
            f"<b>Flag {_flagged(row.threshold)}</b><br>{percent(row.recall_rate)} of fraud caught"
            f"<br>{percent(row.false_positive_rate, 2)} of honest attempts stopped"
            f"<br>{percent(row.precision_rate)} of the flagged are fraud"
            for row in rows.itertuples()
        ],
        keys=keys_of(rows, "point_number"),
    )
    chance = Line("Chance", [0.0, 1.0], [0.0, 1.0], ["", ""], "neutral", thin=True, dash="dash")
    notes = []
    if not is_missing(first["estimate"]):
        ends = (
            ""
            if is_missing(first["ci_low"]) or is_missing(first["ci_high"])
            else f"<br>95{SPACE}% interval {number(first['ci_low'], 3)} to "
            f"{number(first['ci_high'], 3)}"
        )
        wins = f"<br>{_wins(first)} of 100 pairs ranked right"
        auc = f"<b>AUC {number(first['estimate'], 3)}</b>{ends}{wins}"
        notes.append(Note(auc, x=0.42, y=0.36))
    panel = Panel(
        [chance, curve],
        "percent",
        "Fraud caught",
        height=420,
        points=_best(first),
        notes=notes,
        high=1.0,
    )
    everyone = first["fraud_count"] + first["legitimate_count"]
    strong = enough(everyone, first["fraud_count"]) and enough(first["fraud_count"])
    n = f"{count(first['fraud_count'])} frauds among {short(everyone)} attempts"
    return lines([panel], x="percent", axis="Honest attempts stopped").view(
        _roc_said(first) if strong else n,
        n,
        Strength.WEAK if strong else Strength.PLAIN,
        keys=("point_number",),
    )


def _best(first: pd.Series) -> list[Points]:
    if is_missing(first["best_recall_rate"]) or is_missing(first["best_false_positive_rate"]):
        return []
    score = number(first["best_threshold"])
    said = (
        f"<b>Flag score {score} and above</b><br>{percent(first['best_recall_rate'])} of fraud "
        f"caught<br>{percent(first['best_false_positive_rate'], 2)} of honest attempts stopped"
        f"<br>{percent(first['best_precision_rate'])} of the flagged are fraud"
    )
    return [
        Points(
            "Best balance",
            [float(first["best_false_positive_rate"])],
            [float(first["best_recall_rate"])],
            [said],
            [f"score {score}:<br>{percent(first['best_precision_rate'], 0)} of alarms are right"],
            ["middle right"],
            [[None]],
        )
    ]


def _flagged(threshold: float | None) -> str:
    return "nothing" if is_missing(threshold) else f"score {number(threshold, 3)} and above"


def _wins(first: pd.Series) -> str:
    return number(100 * float(first["estimate"]), 0)


def _roc_said(first: pd.Series) -> str:
    if is_missing(first["estimate"]):
        return "How well the fraud score ranks is not known"
    word = "higher than"
    if is_missing(first["ci_low"]) or first["ci_low"] <= 0.5:
        word = "no higher than by chance against"
    return f"The fraud score ranks a fraud {word} an honest attempt {_wins(first)} of 100 times"


@chart(
    id="confusion_by_threshold",
    category="inferential",
    title="Fraud decisions by threshold",
    question="What would be caught, missed and stopped in error at each threshold of the score?",
    reading="One row a threshold: attempts with at least that score are flagged. The first two "
    "columns divide the frauds, the next two the honest attempts, the last says how much of what "
    "is flagged is fraud. A stronger shade is a larger share; ranges are 95 % intervals. Framed: "
    "the best balance of catching and crying wolf (F1).",
    model=_THRESHOLDS,
    source=Source(
        relation=_THRESHOLDS,
        columns=(
            "threshold",
            "attempt_count",
            "fraud_count",
            "flagged_count",
            "true_positive_count",
            "false_positive_count",
            "true_negative_count",
            "false_negative_count",
            "precision_rate",
            "precision_ci_low",
            "precision_ci_high",
            "recall_rate",
            "recall_ci_low",
            "recall_ci_high",
            "false_positive_rate",
            "is_best_f1",
            "as_of",
        ),
        order=("threshold",),
    ),
    subject="fraud",
    relation="magnitude",
    form="matrix",
    weight=5,
    audience="analyst",
    needs=("transactions", "fraud_alerts"),
    window="all years",
    explains=("fraud_funnel", "roc_curve"),
    keywords=("confusion matrix", "precision", "recall", "false positives", "threshold", "F1"),
    uses_truth=("T03",),
)
def confusion_by_threshold(data: pd.DataFrame) -> View | None:
    """The four counts of some thresholds as cells shaded by their share, the best row framed."""
    known = numbers(data, "threshold").dropna(subset=["threshold"]).drop_duplicates("threshold")
    if known.empty or not known["fraud_count"].max() > 0:
        return None
    known = known.reset_index(drop=True)
    chosen = {int((known["threshold"] - at).abs().idxmin()) for at in SHOWN}
    best = known[is_true(known["is_best_f1"])].dropna(subset=["recall_rate", "precision_rate"])
    chosen |= set(best.index[:1])
    rows = known.loc[sorted(chosen)]
    rows = rows.assign(honest_count=rows["attempt_count"] - rows["fraud_count"])
    names = [number(value) for value in rows["threshold"]]
    cells = [[_cell(row, *cell) for cell in CELLS.values()] for _, row in rows.iterrows()]
    marked = list(rows.index).index(best.index[0]) if len(best) else None
    picture = matrix(
        names,
        list(CELLS),
        [[share for share, _ in line] for line in cells],
        [[text for _, text in line] for line in cells],
        [
            [
                f"<b>Scores from {at}</b><br>{column.replace('<br>', ' ')}: "
                f"{text.replace('<br>', ', ')}"
                for column, (_, text) in zip(CELLS, line, strict=True)
            ]
            for at, line in zip(names, cells, strict=True)
        ],
        keys=keys_of(rows, "threshold"),
        axis="Flagged from this score on",
        marked=marked,
    )
    first = known.iloc[0]
    strong = len(best) > 0 and enough(first["fraud_count"])
    n = f"{count(first['fraud_count'])} frauds among {short(first['attempt_count'])} attempts"
    return picture.view(
        _confusion_said(best.iloc[0]) if strong else n,
        n,
        Strength.WEAK if strong else Strength.PLAIN,
        keys=("threshold",),
    )


def _cell(row: pd.Series, part: str, whole: str, interval: str | None) -> tuple[float | None, str]:
    """A cell's share and text: count, share, and the interval of the share where there is one."""
    if is_missing(row[part]) or is_missing(row[whole]) or not row[whole]:
        return None, "–"
    share = float(row[part] / row[whole])
    text = f"<b>{count(row[part])}</b><br>{percent(share)}"
    if interval and not (is_missing(row[f"{interval}_low"]) or is_missing(row[f"{interval}_high"])):
        low, high = (100 * float(row[f"{interval}_{end}"]) for end in ("low", "high"))
        digits = 0 if low >= 10 else 1
        text += f"<br>({number(low, digits)}–{number(high, digits)})"
    return share, text


def _confusion_said(row: pd.Series) -> str:
    return (
        f"Flagging scores from {number(row['threshold'])} catches {percent(row['recall_rate'])} of "
        f"fraud, and {percent(row['precision_rate'])} of the alarms are right"
    )
