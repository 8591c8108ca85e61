"""What leads to Spark, without Spark."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from bullion.engines.spark import cluster
from bullion.engines.spark.java import java_home
from bullion.engines.spark.session import session_settings
from bullion.errors import BullionError
from dbt_bullion.spark import open_with_settings


def _java(home: Path, words: str, code: int = 0) -> Path:
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit {code}\n")
    program.chmod(0o755)
    return home


@pytest.mark.parametrize("version", ["17.0.15", "25"])
def test_java_of_java_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    home = _java(tmp_path / "jdk", f'openjdk version "{version}" 2025-04-15')
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert java_home() == home


@pytest.mark.parametrize(
    ("words", "code"),
    [('openjdk version "11.0.2"', 0), ('java version "1.8.0_402"', 0), ("no such thing", 3)],
)
def test_java_that_spark_does_not_run_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, code: int
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(_java(tmp_path / "jdk", words, code)))
    with pytest.raises(BullionError, match="Spark needs Java 17 or later"):
        java_home()


def test_no_java_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BullionError, match="No Java was found"):
        java_home()


def test_session_outside_of_dbt_has_the_targets_settings(tmp_path: Path) -> None:
    settings = session_settings(tmp_path)
    assert settings["spark.sql.warehouse.dir"] == f"{tmp_path}/spark/warehouse"
    assert settings["spark.sql.ansi.enabled"] == "true"
    assert settings["spark.sql.timestampType"] == "TIMESTAMP_NTZ"
    assert "{{" not in "".join(settings.values())


def _opened_with(method: str) -> tuple[dict[str, str], float]:
    """The settings and the poll interval that a connection of dbt-spark is opened with."""
    seen = []

    class Manager:
        @classmethod
        def open(cls, connection):
            seen.append(connection.credentials)
            return connection

    open_with_settings(Manager)
    open_with_settings(Manager)
    credentials = SimpleNamespace(
        method=method,
        # As dbt-spark leaves it.
        server_side_parameters={"spark.sql.ansi.enabled": "false", "a": "b"},
        poll_interval=5,
    )
    for _ in range(2):
        Manager.open(SimpleNamespace(credentials=credentials))
    assert len(seen) == 2
    return credentials.server_side_parameters, credentials.poll_interval


def test_connections_are_opened_with_ansi_mode() -> None:
    assert _opened_with("session")[0] == {"spark.sql.ansi.enabled": "true", "a": "b"}
    settings, interval = _opened_with("thrift")
    assert settings == {
        "set:hiveconf:spark.sql.ansi.enabled": "true",
        "set:hiveconf:a": "b",
    }
    assert interval < 1


def test_no_cluster_is_found_where_none_was_started(tmp_path: Path) -> None:
    assert cluster.find(tmp_path) is None
    assert cluster.processes(tmp_path) == []
    assert cluster.stop(tmp_path) is False
