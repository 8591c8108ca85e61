"""Increments on Spark write the partitions that they touch, and no others."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bullion.paths import PROJECT_DIR
from tests.support.cli import environ_of

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
# In a process of its own: a session is the process's only one, and stays.
CODE = """
import json, sys
from pathlib import Path
from tests.integration.spark import test_partitions as our
from tests.support.macros import make_project, run_dbt

folder = Path(sys.argv[1])
hooks = {"on-run-start": ["{{ prepare_build() }}"]}
project = make_project(folder, our.MODELS, **hooks)
home = Path(sys.argv[2])
run_dbt(project, "run", target="spark_local")
before = our.files_of(home, "by_month", "2025-05")
run_dbt(project, "run", target="spark_local")
after = our.files_of(home, "by_month", "2025-05")

from pyspark.sql import SparkSession

def rows(query):
    return [[str(value) for value in row] for row in SparkSession.active().sql(query).collect()]

found = {
    "by_month": rows("select id, day from gold.by_month order by id"),
    "partitions": rows("show partitions gold.by_month"),
    "tables": rows("show tables in gold"),
    "january": our.files_of(home, "by_month", "2025-01"),
    "may": [before, after],
    "by_owner": rows("select owner, day from gold.by_owner order by owner, day"),
}
Path(sys.argv[3]).write_text(json.dumps(found))
"""


def files_of(home: Path, table: str, partition: str) -> list[str]:
    """Names of the data files of a partition that hold a row."""
    import pyarrow.parquet as pq

    folder = home / "spark" / "warehouse" / "gold.db" / table / f"_partition={partition}"
    files = sorted(folder.glob("*.parquet"))
    return [file.name for file in files if pq.read_metadata(file).num_rows]


def test_touched_partitions_are_written_anew(tmp_path: Path) -> None:
    """A row leaves its month empty, another is deleted; what is not touched keeps its file."""
    result = tmp_path / "found.json"
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path / "project"), str(tmp_path), str(result)],
        env=environ_of(tmp_path, BULLION_SPARK_MASTER="local[1]"),
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    found = json.loads(result.read_text())
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
