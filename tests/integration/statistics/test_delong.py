"""The area under the ROC curve with DeLong's error, against its definition and scikit-learn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.integration.statistics.conftest import Engine
from tests.support.lazy import lazily

metrics = lazily("sklearn.metrics")

COLUMNS = ["positive_count", "negative_count", "auc", "standard_error", "ci_low", "ci_high"]


def by_definition(
    positive: npt.NDArray[np.float64], negative: npt.NDArray[np.float64]
) -> tuple[float, float]:
    """Area and standard error from all pairs (DeLong, DeLong and Clarke-Pearson 1988)."""
    wins = (positive[:, None] > negative[None]) + 0.5 * (positive[:, None] == negative[None])
    first, second = wins.mean(axis=1), wins.mean(axis=0)
    variance = first.var(ddof=1) / len(positive) + second.var(ddof=1) / len(negative)
    return float(wins.mean()), float(np.sqrt(variance))


def test_against_the_definition(engine: Engine) -> None:
    random = np.random.default_rng(3)
    groups = {
        "ties": (np.round(random.normal(0.8, 1, 300), 1), np.round(random.normal(0, 1, 900), 1)),
        "good": (random.normal(5, 1, 40), random.normal(0, 1, 700)),
        "perfect": (np.array([3.0, 4.0]), np.array([1.0, 2.0, 2.5])),
        "one": (np.array([3.0]), np.array([1.0, 5.0, 3.0])),
    }
    names, scores, labels = [], [], []
    for name, (positive, negative) in groups.items():
        names += [name] * (len(positive) + len(negative))
        scores += [*positive, *negative]
        labels += [1.0] * len(positive) + [0.0] * len(negative)
    engine.table("scored", {"name": names, "score": scores, "hit": labels})
    query = "{{ delong('scored', 'score', 'hit', '1 - hit', by=['name']) }}"
    found = {row["name"]: row for row in engine.dicts(query, ["name", *COLUMNS])}
    for name, (positive, negative) in groups.items():
        row = found[name]
        assert (row["positive_count"], row["negative_count"]) == (len(positive), len(negative))
        labelled = np.r_[np.ones(len(positive)), np.zeros(len(negative))]
        area = metrics.roc_auc_score(labelled, np.r_[positive, negative])
        assert np.isclose(row["auc"], area, rtol=0, atol=1e-12)
        if name == "one":
            assert row["standard_error"] is None
            continue
        error = by_definition(positive, negative)[1]
        assert np.isclose(row["standard_error"], error, rtol=1e-9, atol=1e-15)
        assert np.isclose(row["ci_low"], max(area - 1.959963984540054 * error, 0))
        assert np.isclose(row["ci_high"], min(area + 1.959963984540054 * error, 1))
    # Grouped rows with counts are the same cases.
    engine.execute("drop table if exists grouped")
    engine.execute(
        "create table grouped as select score, sum(hit) as hits, count(*) as n "
        "from scored where name = 'ties' group by score"
    )
    [row] = engine.dicts("{{ delong('grouped', 'score', 'hits', 'n - hits') }}", COLUMNS)
    assert np.isclose(row["auc"], found["ties"]["auc"], rtol=1e-12)
    assert np.isclose(row["standard_error"], found["ties"]["standard_error"], rtol=1e-12)
    empty = "(select * from grouped where n < 0) as none"
    [row] = engine.dicts(f"{{{{ delong('{empty}', 'score', 'hits', 'n - hits') }}}}", COLUMNS)
    assert row["auc"] is None
    assert row["standard_error"] is None
