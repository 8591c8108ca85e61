"""How well the fraud score tells fraud from honest attempts, at every threshold and at some."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from bullion.charts.formats import count, is_missing, percent, short
from bullion.charts.registry import chart
from bullion.charts.theme import BLUE, GREY, MUTED, ORANGE, PAPER, TEXT, present

# Thresholds of the matrices; of others a table tells.
SHOWN = (0.5, 0.8, 0.9, 0.95, 0.98)
# Tiles of a row: the count, what it is a share of, and the columns of the share's interval.
TILES = {
    "Fraud<br>caught": ("true_positive_count", "fraud_count", "recall_ci"),
    "Fraud<br>missed": ("false_negative_count", "fraud_count", None),
    "Honest,<br>stopped": ("false_positive_count", "honest_count", None),
    "Honest,<br>passed": ("true_negative_count", "honest_count", None),
    "Flagged<br>is fraud": ("true_positive_count", "flagged_count", "precision_ci"),
}


@chart(
    id="roc_curve",
    category="inferential",
    title="ROC curve of the fraud score",
    question="How well does the fraud score rank fraud above honest attempts?",
    reading="Each point is a threshold: to the right, how many honest attempts it would stop; "
    "upwards, how much fraud it would catch. The dashed diagonal is a score that knows nothing. "
    "AUC is the chance that a fraud has the higher score of a fraud and an honest attempt.",
    model="analytics_fraud_detection_accuracy_points",
    query="""
        select
            points.point_number, points.threshold, points.recall_rate,
            points.false_positive_rate, points.precision_rate, points.fraud_count,
            points.legitimate_count, evaluation.estimate, evaluation.ci_low, evaluation.ci_high,
            evaluation.ks_statistic, evaluation.ks_threshold, evaluation.average_precision,
            points.as_of
        from analytics_fraud_detection_accuracy_points as points
        cross join analytics_fraud_detection_accuracy_evaluation as evaluation
        order by points.point_number
    """,
)
def roc_curve(data: pd.DataFrame) -> go.Figure:
    """The curve with the diagonal, its area with the interval, and where KS is reached."""
    first = data.iloc[0]
    points = data.dropna(subset=["recall_rate", "false_positive_rate"])
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="A score that knows nothing",
        line={"color": GREY, "dash": "dash", "width": 1.5},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=points["false_positive_rate"],
        y=points["recall_rate"],
        mode="lines" if len(points) > 1 else "markers",
        name="The fraud score",
        line={"color": BLUE, "width": 3},
        fill="tozeroy",
        fillcolor="rgba(0, 114, 178, 0.10)",
        text=[_flagged(threshold) for threshold in points["threshold"]],
        customdata=points[["precision_rate"]],
        hovertemplate="<b>Flag %{text}</b><br>%{y:.1%} of fraud caught<br>%{x:.2%} of honest "
        "attempts stopped<br>%{customdata[0]:.1%} of the flagged are fraud<extra></extra>",
    )
    best = points.dropna(subset=["threshold"])
    if not is_missing(first["ks_threshold"]) and not best.empty:
        nearest = best.loc[(best["threshold"] - first["ks_threshold"]).abs().idxmin()]
        figure.add_scatter(
            x=[nearest["false_positive_rate"]],
            y=[nearest["recall_rate"]],
            mode="markers+text",
            name=f"Widest gap (KS {first['ks_statistic']:.2f})",
            marker={"color": ORANGE, "size": 11},
            text=[f"  score {first['ks_threshold']:.2f}"],
            textposition="middle right",
            textfont={"color": MUTED},
            hovertemplate="<b>Widest gap</b><br>%{y:.1%} of fraud caught<br>%{x:.1%} of honest "
            "attempts stopped<extra></extra>",
        )
    if not is_missing(first["estimate"]):
        interval = (
            ""
            if is_missing(first["ci_low"])
            else f"<br>95 % interval {first['ci_low']:.3f} to {first['ci_high']:.3f}"
        )
        figure.add_annotation(
            text=f"<b>AUC {first['estimate']:.3f}</b>{interval}",
            x=0.97,
            y=0.12,
            xref="paper",
            yref="paper",
            xanchor="right",
            align="right",
            showarrow=False,
        )
    figure.update_xaxes(title="Honest attempts stopped", tickformat=".0%", range=[0, 1])
    figure.update_yaxes(title="Fraud caught", tickformat=".0%", range=[0, 1.02])
    n = f"{count(first['fraud_count'])} frauds among {_attempts(first)} attempts"
    return present(figure, _roc_said(first), data, n, height=520)


def _flagged(threshold: float | None) -> str:
    return "nothing" if is_missing(threshold) else f"score {threshold:.3f} and above"


def _attempts(row: pd.Series) -> str:
    return short(row["fraud_count"] + row["legitimate_count"])


def _roc_said(first: pd.Series) -> str:
    if is_missing(first["estimate"]):
        return "How well the fraud score ranks is not known"
    ranked = f"{100 * first['estimate']:.0f} of 100"
    word = "higher than" if first["estimate"] > 0.5 else "no higher than by chance against"
    return f"The fraud score ranks a fraud {word} an honest attempt {ranked} times"


@chart(
    id="confusion_by_threshold",
    category="inferential",
    title="Fraud decisions by threshold",
    question="What would be caught, missed and stopped in error at each threshold of the score?",
    reading="One row a threshold: attempts with at least that score are flagged. The first two "
    "columns divide the frauds, the next two the honest attempts, the last says how much of what "
    "is flagged is fraud. Darker is a larger share; ranges are 95 % intervals.",
    model="analytics_fraud_detection_accuracy",
    query="""
        select
            threshold, attempt_count, fraud_count, flagged_count, true_positive_count,
            false_positive_count, true_negative_count, false_negative_count, precision_rate,
            precision_ci_low, precision_ci_high, recall_rate, recall_ci_low, recall_ci_high,
            false_positive_rate, is_best_f1, as_of
        from analytics_fraud_detection_accuracy
        order by threshold
    """,
)
def confusion_by_threshold(data: pd.DataFrame) -> go.Figure:
    """The four counts of some thresholds as a table of tiles, shaded by their share of the row."""
    known = data.dropna(subset=["threshold"])
    chosen = [
        known.loc[(known["threshold"] - at).abs().idxmin()] for at in SHOWN if not known.empty
    ]
    rows = pd.DataFrame(chosen).drop_duplicates("threshold") if chosen else data.head(1)
    names = ["–" if is_missing(value) else f"{value:.2f}" for value in rows["threshold"]]
    rows = rows.assign(honest_count=rows["attempt_count"] - rows["fraud_count"])
    lines = [[_tile(row, *tile) for tile in TILES.values()] for _, row in rows.iterrows()]
    figure = go.Figure()
    figure.add_heatmap(
        x=list(TILES),
        y=names,
        z=[[share for share, _ in line] for line in lines],
        zmin=0,
        zmax=1,
        text=[[text for _, text in line] for line in lines],
        texttemplate="%{text}",
        textfont={"size": 11, "color": TEXT},
        # Light enough that the letters can be read on every shade.
        colorscale=((0.0, "#FFFFFF"), (1.0, "#9CC9E6")),
        showscale=False,
        xgap=4,
        ygap=4,
        hovertemplate="<b>%{y}</b><br>%{x}: %{text}<extra></extra>",
    )
    figure.update_xaxes(title="What becomes of attempts", gridcolor=PAPER)
    figure.update_yaxes(
        title="Flagged from this score on", type="category", autorange="reversed", gridcolor=PAPER
    )
    first = data.iloc[0]
    n = f"{count(first['fraud_count'])} frauds among {short(first['attempt_count'])} attempts"
    return present(figure, _confusion_said(data), data, n, height=520)


def _tile(row: pd.Series, part: str, whole: str, interval: str | None) -> tuple[float | None, str]:
    """A tile's share and text: count, share, and the interval of the share where there is one."""
    if is_missing(row[part]) or is_missing(row[whole]) or not row[whole]:
        return None, "–"
    share = float(row[part] / row[whole])
    text = f"<b>{short(row[part])}</b><br>{percent(share)}"
    if interval and not is_missing(row[f"{interval}_low"]):
        low, high = 100 * row[f"{interval}_low"], 100 * row[f"{interval}_high"]
        text += f"<br>({low:.0f}–{high:.0f})"
    return share, text


def _confusion_said(data: pd.DataFrame) -> str:
    best = data[data["is_best_f1"].fillna(False).astype(bool)].dropna(
        subset=["threshold", "recall_rate", "precision_rate"]
    )
    if best.empty:
        return "No threshold of the fraud score stands out"
    row = best.iloc[0]
    return (
        f"Flagging scores from {row['threshold']:.2f} catches {percent(row['recall_rate'], 0)} of "
        f"fraud, and {percent(1 - row['precision_rate'], 0)} of the alarms are false"
    )
