"""Running the command line as a user does."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bullion.cli import app, main
from bullion.paths import PROJECT_DIR

TIMEOUT_SECONDS = 120


def command(*arguments: str) -> list[str]:
    """The command line's argument list, with this Python."""
    return [sys.executable, "-m", "bullion.cli", *arguments]


@contextmanager
def heeding_interrupts() -> Iterator[None]:
    """What is started within heeds interrupts, even where a shell runs the tests as a job in the
    background: that ignores them, and so would what it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def environ_of(home: Path, **variables: str | None) -> dict[str, str]:
    """This environment with another BULLION_HOME and further variables (None: not set)."""
    wanted = os.environ | {"BULLION_HOME": str(home)} | variables
    return {name: value for name, value in wanted.items() if value is not None}


def bullion(
    home: Path, *arguments: str, check: bool = True, **variables: str | None
) -> subprocess.CompletedProcess[str]:
    """Run a verb on a home; with ``check`` a failure fails the test with the verb's words."""
    done = subprocess.run(
        command(*arguments),
        env=environ_of(home, **variables),
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if check:
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
    return done


def in_process(environ: Mapping[str, str], *arguments: str) -> str:
    """Run a verb without a process of its own, which takes two seconds to start; what it says."""
    done = CliRunner().invoke(app, arguments, env=environ, catch_exceptions=False)
    assert done.exit_code == 0, f"{arguments}: {done.output}"
    return done.output


def main_in_process(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a verb on a home as the program does, errors and all, without a process of its own."""
    stdout, stderr = io.StringIO(), io.StringIO()
    umask = os.umask(0o022)
    code: object = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(stdout), redirect_stderr(stderr):
        patch.setenv("BULLION_HOME", str(home))
        try:
            main(arguments)
        except SystemExit as ended:
            code = ended.code or 0
        finally:
            os.umask(umask)
    assert isinstance(code, int)
    return subprocess.CompletedProcess(arguments, code, stdout.getvalue(), stderr.getvalue())
