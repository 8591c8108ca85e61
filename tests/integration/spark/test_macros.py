"""The portable macros on Spark."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.portable.test_macros import check
from tests.support.macros import make_project
from tests.support.spark import SparkProcess, rows


def _check(folder: Path) -> None:
    check(rows, make_project(folder), "spark_local")


@pytest.mark.spark
def test_macros_give_the_same_on_spark(spark: SparkProcess, tmp_path: Path) -> None:
    spark.call(_check, tmp_path)
