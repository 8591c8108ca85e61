"""The verb ``notebook``, with a Jupyter that is only told of."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from bullion import db, paths
from bullion.cli import main
from bullion.commands import notebook
from bullion.engines import registry
from bullion.paths import PROJECT_DIR
from bullion.settings import passfile_of


class ReplacedError(Exception):
    """The process would be another by now."""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """What is executed instead of this process: program, arguments, environment."""
    calls: list[Any] = []

    class Connection:
        def close(self) -> None: ...

    def execve(*call: Any) -> None:
        calls.extend(call)
        raise ReplacedError

    monkeypatch.setenv("BULLION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PGPASSWORD", "of another server")
    monkeypatch.setattr(db, "connect", lambda settings: Connection())
    monkeypatch.setattr(registry, "is_installed", lambda module: module == "jupyterlab")
    monkeypatch.setattr(os, "execve", execve)
    return calls


def _run(*arguments: str) -> None:
    with pytest.raises(ReplacedError):
        main(["notebook", *arguments])


def test_jupyter_gets_the_folder_and_the_connection(started: list[Any], tmp_path: Path) -> None:
    _run()
    program, arguments, environ = started
    assert program == arguments[0] == sys.executable
    assert arguments[1:] == [
        "-m",
        "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        str(PROJECT_DIR / "visualizations"),
    ]
    assert environ["PGPASSFILE"] == str(passfile_of(tmp_path / "home"))
    assert "PGPASSWORD" not in environ


@pytest.mark.parametrize(
    ("arguments", "place", "passed"),
    [
        (["descriptive"], "01_descriptive_analytics.ipynb", []),
        (["inferential", "--no-browser"], "04_inferential_analytics.ipynb", ["--no-browser"]),
        (["--no-browser", "--port", "9999"], "", ["--no-browser", "--port", "9999"]),
    ],
)
def test_a_category_is_opened_and_the_rest_passed_on(
    started: list[Any], arguments: list[str], place: str, passed: list[str]
) -> None:
    _run(*arguments)
    path = PROJECT_DIR / "visualizations" / place
    assert path.exists()
    assert started[1][4:] == [str(path), *passed]


def test_an_unknown_category_is_one_line(started: list[Any], capsys: Any) -> None:
    with pytest.raises(SystemExit):
        main(["notebook", "descriptve"])
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("bullion: There is no category 'descriptve'; there are descriptive,")
    assert not started


def test_without_jupyter_it_says_what_to_install(
    started: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(registry, "is_installed", lambda module: False)
    with pytest.raises(SystemExit):
        main(["notebook"])
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("bullion: Jupyter is not installed: pip install -e '.[notebook]'")
    assert not started


def test_an_installed_bullion_copies_the_notebooks_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(paths, "IS_CHECKOUT", False)
    folder = notebook._folder()
    assert folder == tmp_path / "visualizations"
    found = sorted(folder.glob("*.ipynb"))
    assert [file.name for file in found] == sorted(
        file.name for file in (PROJECT_DIR / "visualizations").glob("*.ipynb")
    )
    found[0].write_text("changed")
    notebook._folder()
    assert found[0].read_text() == "changed"
    assert json.loads(found[1].read_text())["nbformat"] == 4
