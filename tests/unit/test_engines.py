"""What a user hears when an engine cannot build."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bullion.cli import app
from bullion.engines import build, registry
from bullion.engines.build import ALL_TESTS, run_build
from bullion.engines.registry import ENGINES, find_engine
from bullion.engines.whole import WholeBuild
from bullion.errors import BullionError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A BULLION_HOME whose lake holds the record of one load."""
    monkeypatch.setenv("BULLION_HOME", str(tmp_path))
    for name in ("BULLION_LAKE", "BULLION_DUCKDB", "SPARK_THRIFT_HOST", "SPARK_THRIFT_PORT"):
        monkeypatch.delenv(name, raising=False)
    audit = tmp_path / "lake" / "load_audit"
    audit.mkdir(parents=True)
    (audit / "000000000001.parquet").touch()
    return tmp_path


def refusal(name: str) -> str:
    with pytest.raises(BullionError) as caught, ENGINES[name].reserved():
        pass
    return str(caught.value)


def test_paths_come_from_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = ENGINES["duckdb"].environ()
    assert environ["BULLION_LAKE"] == str(home / "lake")
    assert environ["BULLION_DUCKDB"] == str(home / "warehouse.duckdb")
    monkeypatch.setenv("BULLION_DUCKDB", "other.duckdb")
    assert ENGINES["duckdb"].environ()["BULLION_DUCKDB"] == str(Path.cwd() / "other.duckdb")


def test_a_ready_engine_is_reserved(home: Path) -> None:
    with ENGINES["duckdb"].reserved():
        assert "Another build" in refusal("duckdb")
    with ENGINES["duckdb"].reserved():
        pass


def test_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "is_installed", lambda module: False)
    assert "pip install -e '.[duckdb]'" in refusal("duckdb")
    assert "pip install -e '.[spark]'" in refusal("spark_local")


def test_modules_that_are_not_there() -> None:
    assert registry.is_installed("dbt.adapters.duckdb")
    assert not registry.is_installed("dbt.adapters.nothing")
    assert not registry.is_installed("nothing.at.all")


def test_empty_lake(home: Path) -> None:
    (home / "lake" / "load_audit" / "000000000001.parquet").unlink()
    assert refusal("duckdb").startswith(f"The lake {home / 'lake'} is empty: load extracts")


def test_a_file_named_as_a_schema(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULLION_DUCKDB", str(home / "gold.duckdb"))
    assert "give BULLION_DUCKDB another file name" in refusal("duckdb")


def test_a_file_that_is_open_elsewhere(home: Path) -> None:
    path = home / "warehouse.duckdb"
    code = f"import duckdb; held = duckdb.connect({str(path)!r}); print(flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout
        holder.stdout.readline()
        assert "close the program that has it open" in refusal("duckdb")
    finally:
        holder.communicate(b"\n")


def test_no_thrift_server(monkeypatch: pytest.MonkeyPatch) -> None:
    if not registry.is_installed("pyhive"):
        monkeypatch.setattr(registry, "is_installed", lambda module: True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("SPARK_THRIFT_PORT", str(taken.getsockname()[1]))
        assert refusal("spark").startswith("No Thrift server answers for Spark at 127.0.0.1:")
    monkeypatch.setenv("SPARK_THRIFT_PORT", "many")
    assert "SPARK_THRIFT_PORT is 'many'" in refusal("spark")


def test_unknown_engine_and_dbts_own_word() -> None:
    assert find_engine("postgres") is None
    with pytest.raises(BullionError, match="choose one of postgres, duckdb, spark, spark_local"):
        find_engine("snowflake")
    with pytest.raises(BullionError, match="write --engine"):
        run_build(["--target=duckdb"])


@pytest.mark.parametrize(
    ("verb", "arguments", "added"),
    [
        ("build", ["--select", "tag:silver"], ["--exclude-resource-type", "unit_test"]),
        ("build", ["--resource-type", "unit_test"], []),
        ("build", ["--exclude-resource-types=seed"], []),
        ("test", [], []),
    ],
)
def test_a_build_leaves_unit_tests_out(
    verb: str, arguments: list[str], added: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(build, "_run_dbt", lambda verb, words, *_: heard.extend(words))
    run_build(arguments, verb, "duckdb")
    assert heard[4:] == [*arguments, *added]


def test_all_tests_are_run_where_nothing_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """The option is told by the environment, for which dbt reads the project as it has it."""
    monkeypatch.setattr(WholeBuild, "stands", lambda _: "Nothing new")
    heard: list[dict[str, str]] = []
    monkeypatch.setattr(build, "_run_dbt", lambda _, words, environ, where: heard.append(environ))
    monkeypatch.setattr(build, "_note", lambda *_: None)
    monkeypatch.setattr(build, "duckdb_query", lambda: nullcontext(lambda _: []))
    # Set first, so that what the command sets goes with the test.
    monkeypatch.setenv(ALL_TESTS, "")
    for options in ([], ["--all-tests"]):
        result = CliRunner().invoke(app, ["build", "--engine", "duckdb", *options])
        assert result.exit_code == 0, result.output
    assert [environ[ALL_TESTS] for environ in heard] == ["1"]
