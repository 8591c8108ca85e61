"""The bank's targets, from the seed ref_kpi_targets, as columns of a chart's rows."""

from __future__ import annotations

from collections.abc import Sequence


def target_columns(
    model: str, metrics: Sequence[str], period: str = "current", indent: int = 16
) -> str:
    """A column ``<metric>_target`` for each metric of a model, as lines of a select, all but the
    first one indented; null where the seed has none."""
    start = "\n" + " " * indent
    return f",{start}".join(
        start.join(
            (
                "(",
                "    select max(target_value)",
                "    from ref_kpi_targets",
                f"    where model_name = '{model}'",
                f"        and metric = '{metric}' and period = '{period}'",
                f") as {metric}_target",
            )
        )
        for metric in metrics
    )
