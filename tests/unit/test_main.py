"""The command's beginning."""

from __future__ import annotations

import subprocess
import sys

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
