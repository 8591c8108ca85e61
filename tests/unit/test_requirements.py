"""requirements*.txt, for plain pip, are what uv.lock says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bullion.paths import PROJECT_DIR

EXPORTS = {
    "requirements.txt": ["--extra", "build"],
    "requirements-dev.txt": ["--all-extras"],
}


def uv(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.prefix) / "bin" / "uv", *arguments],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", EXPORTS)
def test_requirements_are_in_step_with_the_lock(name: str) -> None:
    done = uv(
        "export", "--frozen", "--offline", "--quiet", "--no-header", "--no-emit-project",
        *EXPORTS[name],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (PROJECT_DIR / name).read_text() == done.stdout, (
        f"run: uv export --frozen --no-header --no-emit-project {' '.join(EXPORTS[name])} -o {name}"
    )


def test_every_requirement_has_a_hash() -> None:
    for name in EXPORTS:
        text = (PROJECT_DIR / name).read_text()
        requirements = [line for line in text.splitlines() if "==" in line]
        assert requirements
        assert all(line.endswith("\\") for line in requirements)
