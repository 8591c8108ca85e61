"""A Spark session outside of dbt on the tables of the target ``spark_local``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment

from bullion.engines.spark.cluster import CONF_DIR
from bullion.engines.spark.java import java_home
from bullion.paths import PROJECT_DIR
from bullion.settings import LOCALHOST

TARGET = "spark_local"


def session_settings(home: Path) -> dict[str, str]:
    """The settings of the target in profiles.yml, where each has its reason, for that home."""
    profiles = yaml.safe_load((PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8"))
    settings = profiles["bullion"]["outputs"][TARGET]["server_side_parameters"]
    environ = os.environ | {"BULLION_HOME": str(home)}
    templates = Environment(autoescape=False)  # noqa: S701 - not a page, but Spark's settings
    return {
        name: templates.from_string(str(value)).render(env_var=environ.get)
        for name, value in settings.items()
    }


def get_session(home: Path) -> Any:
    """A ``pyspark.sql.SparkSession`` on the tables of a BULLION_HOME, this process's only one.

    The metastore serves one process at a time, and this one until it ends: no dbt, no cluster.
    """
    from pyspark.sql import SparkSession

    os.environ["JAVA_HOME"] = str(java_home())
    os.environ.setdefault("SPARK_CONF_DIR", str(CONF_DIR))
    os.environ.setdefault("SPARK_LOCAL_IP", LOCALHOST)
    builder = SparkSession.builder.enableHiveSupport()
    for name, value in session_settings(home).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
