"""Increments on Spark write the partitions that they touch, and no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.macros import make_project, run_dbt
from tests.support.spark import SparkProcess, rows

pytestmark = [pytest.mark.spark, pytest.mark.timeout(900)]

# Alone in January: moves to February. In February: stays. Alone in March: is deleted. In April:
# new. In May: not touched.
BY_MONTH = """
{{ config(
    materialized='incremental', incremental_strategy='touched_keys', unique_key='id',
    partition_by={'month': 'day'}
) }}
-- depends_on: {{ ref('int_as_of') }}
{% if is_incremental() %}
select 1 as id, cast('2025-02-11' as date) as day, true as _is_alive
union all select 3, cast(null as date), false
union all select 4, cast('2025-04-10' as date), true
{% else %}
select 1 as id, cast('2025-01-10' as date) as day
union all select 2, cast('2025-02-10' as date)
union all select 3, cast('2025-03-10' as date)
union all select 5, cast('2025-05-10' as date)
{% endif %}
"""
# Of owner a everything from March on is taken anew; b stands.
BY_OWNER = """
{{ config(
    materialized='incremental', incremental_strategy='touched_keys', unique_key=['owner', 'day'],
    touched_by='owner', touched_from='day'
) }}
-- depends_on: {{ ref('int_as_of') }}
{% if is_incremental() %}
select
    'a' as owner,
    cast('2025-03-20' as date) as day,
    cast('2025-03-01' as date) as _touched_from,
    true as _is_alive
{% else %}
select 'a' as owner, cast('2025-02-10' as date) as day
union all select 'a', cast('2025-03-10' as date)
union all select 'a', cast('2025-04-10' as date)
union all select 'b', cast('2025-04-10' as date)
{% endif %}
"""
MODELS = {
    "int_as_of": "{{ config(schema='silver', materialized='table') }} select 1 as last_batch_id",
    "by_month": BY_MONTH,
    "by_owner": BY_OWNER,
}
# Schemas beside those of the bank that the session holds.
SUFFIX = "_partitions"


def _build_twice(folder: Path, home: Path) -> dict[str, Any]:
    """What the tables hold after a whole build and an increment."""
    project = make_project(folder, MODELS, **{"on-run-start": ["{{ prepare_build() }}"]})
    environ = {"BULLION_SCHEMA_SUFFIX": SUFFIX}
    run_dbt(project, "run", target="spark_local", environ=environ)
    before = files_of(home, "by_month", "2025-05")
    run_dbt(project, "run", target="spark_local", environ=environ)
    gold = f"gold{SUFFIX}"
    return {
        "by_month": _text(f"select id, day from {gold}.by_month order by id"),
        "partitions": _text(f"show partitions {gold}.by_month"),
        "tables": _text(f"show tables in {gold}"),
        "january": files_of(home, "by_month", "2025-01"),
        "may": [before, files_of(home, "by_month", "2025-05")],
        "by_owner": _text(f"select owner, day from {gold}.by_owner order by owner, day"),
    }


def _text(query: str) -> list[list[str]]:
    return [[str(value) for value in row] for row in rows(query)]


def files_of(home: Path, table: str, partition: str) -> list[str]:
    """Names of the data files of a partition that hold a row."""
    import pyarrow.parquet as pq

    schema = home / "spark" / "warehouse" / f"gold{SUFFIX}.db"
    folder = schema / table / f"_partition={partition}"
    files = sorted(folder.glob("*.parquet"))
    return [file.name for file in files if pq.read_metadata(file).num_rows]


def test_touched_partitions_are_written_anew(spark: SparkProcess, tmp_path: Path) -> None:
    """A row leaves its month empty, another is deleted; what is not touched keeps its file."""
    found = spark.call(_build_twice, tmp_path, spark.home)
    assert found["by_month"] == [
        ["1", "2025-02-11"],
        ["2", "2025-02-10"],
        ["4", "2025-04-10"],
        ["5", "2025-05-10"],
    ]
    assert [name for [name] in found["partitions"]] == [
        f"_partition={month}" for month in ("2025-02", "2025-04", "2025-05")
    ]
    assert found["january"] == []
    before, after = found["may"]
    assert before == after
    assert len(before) == 1
    assert sorted(name for _, name, _ in found["tables"]) == ["by_month", "by_owner"]
    assert found["by_owner"] == [
        ["a", "2025-02-10"],
        ["a", "2025-03-20"],
        ["b", "2025-04-10"],
    ]
