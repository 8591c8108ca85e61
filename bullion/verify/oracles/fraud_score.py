"""Accuracy of the fraud score by scikit-learn, from every attempt in the facts."""

from __future__ import annotations

from collections.abc import Iterator

from bullion.verify.bank import Connection
from bullion.verify.registry import Difference, oracle

SCORED = """
    select fraud_score::float8, is_fraud::int
    from fact_transactions
    where is_customer_initiated and fraud_score is not null and is_fraud is not null
"""


@oracle(
    name="AUC, average precision and KS",
    model="analytics_fraud_detection_accuracy_evaluation",
    library="sklearn",
)
def ranking(connection: Connection) -> Iterator[Difference]:
    """The areas and the largest distance of the whole curve."""
    import numpy as np
    from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

    found = connection.execute(
        "select estimate, ks_statistic, average_precision"
        " from analytics_fraud_detection_accuracy_evaluation where estimate is not null"
    ).fetchone()
    if found is None:
        return
    scores, labels = np.array(connection.execute(SCORED).fetchall()).T
    false_positive_rate, recall, _ = roc_curve(labels, scores)
    yield Difference("AUC", found.estimate, float(roc_auc_score(labels, scores)))
    yield Difference("KS", found.ks_statistic, float(np.max(recall - false_positive_rate)))
    yield Difference(
        "average precision",
        found.average_precision,
        float(average_precision_score(labels, scores)),
    )


@oracle(
    name="standard error of the AUC",
    model="analytics_fraud_detection_accuracy_evaluation",
    library="scipy",
)
def delong(connection: Connection) -> Iterator[Difference]:
    """DeLong's variance from midranks, in the way of Sun and Xu (2014)."""
    import numpy as np
    from scipy.stats import rankdata

    found = connection.execute(
        "select standard_error from analytics_fraud_detection_accuracy_evaluation"
        " where standard_error is not null"
    ).fetchone()
    if found is None:
        return
    scores, labels = np.array(connection.execute(SCORED).fetchall()).T
    frauds, honest = scores[labels == 1], scores[labels == 0]
    ranks = rankdata(np.concatenate([frauds, honest]))
    of_frauds = (ranks[: len(frauds)] - rankdata(frauds)) / len(honest)
    of_honest = 1 - (ranks[len(frauds) :] - rankdata(honest)) / len(frauds)
    variance = of_frauds.var(ddof=1) / len(frauds) + of_honest.var(ddof=1) / len(honest)
    yield Difference("standard error", found.standard_error, float(np.sqrt(variance)))


@oracle(
    name="confusion counts, precision, recall and F1",
    model="analytics_fraud_detection_accuracy",
    library="sklearn",
)
def confusion(connection: Connection) -> Iterator[Difference]:
    """Every fifth threshold."""
    import numpy as np
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    rows = connection.execute(
        "select * from analytics_fraud_detection_accuracy"
        " where flagged_count > 0 and fraud_count > 0 order by threshold"
    ).fetchall()[::5]
    if not rows:
        return
    scores, labels = np.array(connection.execute(SCORED).fetchall()).T
    for row in rows:
        flagged = scores >= float(row.threshold)
        ours = (
            row.true_negative_count,
            row.false_positive_count,
            row.false_negative_count,
            row.true_positive_count,
        )
        library = confusion_matrix(labels, flagged, labels=[0, 1]).ravel()
        for name, mine, theirs in zip(("TN", "FP", "FN", "TP"), ours, library, strict=True):
            yield Difference(f"{name} at {row.threshold}", mine, int(theirs))
        precision, recall, f1, _ = precision_recall_fscore_support(
            labels, flagged, average="binary", zero_division=0
        )
        yield Difference(f"precision at {row.threshold}", row.precision_rate, float(precision))
        yield Difference(f"recall at {row.threshold}", row.recall_rate, float(recall))
        yield Difference(f"F1 at {row.threshold}", row.f1_score, float(f1))


@oracle(
    name="points of the ROC curve",
    model="analytics_fraud_detection_accuracy_points",
    library="sklearn",
)
def curve(connection: Connection) -> Iterator[Difference]:
    """The thinned points lie on the curve, and the area under them is nearly that of all."""
    import numpy as np
    from sklearn.metrics import auc, roc_curve

    points = connection.execute(
        "select * from analytics_fraud_detection_accuracy_points order by point_number"
    ).fetchall()
    if not points:
        return
    scores, labels = np.array(connection.execute(SCORED).fetchall()).T
    false_positive_rate, recall, thresholds = roc_curve(labels, scores, drop_intermediate=False)
    place = {round(float(each), 6): at for at, each in enumerate(thresholds) if np.isfinite(each)}
    for point in points:
        at = 0 if point.threshold is None else place[round(float(point.threshold), 6)]
        yield Difference(f"recall of point {point.point_number}", point.recall_rate, recall[at])
        yield Difference(
            f"false positive rate of point {point.point_number}",
            point.false_positive_rate,
            false_positive_rate[at],
        )
    thinned = auc([p.false_positive_rate for p in points], [p.recall_rate for p in points])
    whole = auc(false_positive_rate, recall)
    yield Difference("area under the points", max(0.0, abs(thinned - whole) - 1e-3), 0.0)
