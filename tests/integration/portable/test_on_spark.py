"""The portable macros and the statistical functions on Spark."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bullion.paths import PROJECT_DIR
from tests.support.cli import environ_of

# In a process of its own: a session is the process's only one, and stays.
CODE = """
import sys
from pathlib import Path
from tests.integration.portable import test_macros, test_stats_functions
from tests.support.macros import make_project, run_dbt

folder = Path(sys.argv[1])
project = test_stats_functions.project_of(folder / "functions")
for _ in range(2):
    run_dbt(project, "run", target="spark_local")

from pyspark.sql import SparkSession

def rows(query):
    return [tuple(row) for row in SparkSession.active().sql(query).collect()]

found = test_stats_functions.as_numbers(rows(test_stats_functions.QUERY.format("gold.bounds")))
assert found == test_stats_functions.EXPECTED, found
test_macros.check(rows, make_project(folder / "macros"), "spark_local")
"""


@pytest.mark.spark
def test_macros_and_functions_give_the_same_on_spark(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)],
        env=environ_of(tmp_path, BULLION_SPARK_MASTER="local[1]"),
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
