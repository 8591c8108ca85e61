"""requirements*.txt, for plain pip, are what uv.lock says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bullion.paths import PROJECT_DIR

FILES = ["requirements.txt", "requirements-dev.txt", "requirements-spark.txt"]


def test_requirements_are_in_step_with_the_lock() -> None:
    done = subprocess.run(
        [sys.executable, PROJECT_DIR / "scripts" / "lock", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    text = (PROJECT_DIR / name).read_text()
    requirements = [line for line in text.splitlines() if line[:1].isalpha()]
    assert len(requirements) > 50
    for line in requirements:
        assert "==" in line
        assert line.endswith("\\"), f"{line} has no hash"


def test_pyspark_is_only_in_the_file_that_is_named_after_it() -> None:
    with_it = [name for name in FILES if "\npyspark==" in (PROJECT_DIR / name).read_text()]
    assert with_it == ["requirements-spark.txt"]
