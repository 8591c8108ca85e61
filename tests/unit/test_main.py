"""The command's beginning."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest

from bullion import cli

INTERRUPTED = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path, target=None):
        if name == "bullion.cli":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.{handler})
sys.meta_path.insert(0, Interrupt())
sys.argv = ["bullion", "--help"]
from bullion.__main__ import main
main()
"""


def _run(handler: str) -> subprocess.CompletedProcess[str]:
    code = INTERRUPTED.format(handler=handler)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )


def test_an_interrupt_while_modules_are_imported() -> None:
    done = _run("default_int_handler")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "bullion: interrupted.\n")


def test_where_interrupts_are_ignored_they_stay_so() -> None:
    done = _run("SIG_IGN")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            psycopg.errors.DiskFull("could not write:\n No space left on device"),
            "(could not write: No space left on device): make space",
        ),
        (
            psycopg.errors.AdminShutdown("terminating\x1b[2J"),
            "(terminating\\x1b[2J): see that it runs",
        ),
    ],
)
def test_what_befalls_the_server_is_one_line(
    error: Exception,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main(["status"])
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert told == f"bullion: The server could not go on {said}, and run the command again.\n"


def test_a_mistake_of_ours_is_not_told_as_the_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise psycopg.errors.UndefinedColumn("no such column")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(psycopg.errors.UndefinedColumn):
        cli.main(["status"])
