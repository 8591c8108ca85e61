"""The patches on the next release of dbt: they fit it, or they leave it alone and say so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

# Fetches a binary from outside the index when it is installed; no patch needs it.
LEFT_OUT = "dbt-core-experimental-parser ; python_version < '3'"
START = """
import inspect, json
import dbt.adapters.postgres.connections as connections
from dbt.graph.queue import GraphQueue
from dbt.plugins.manager import PluginManager
from dbt.task.runnable import GraphRunnableTask
from dbt.version import __version__

PluginManager.from_modules("bullion")
functions = {
    "lock": [GraphRunnableTask.execute_with_hooks],
    "order": [GraphQueue._get_scores, GraphQueue.get, GraphRunnableTask.run_queue],
    "postgres": [connections.PostgresConnectionManager.cancel],
}
replaced = {
    patch: [inspect.unwrap(each) is not each for each in found]
    for patch, found in functions.items()
}
print(json.dumps({"version": __version__, "replaced": replaced}))
"""


@pytest.mark.slow
def test_patches_fit_the_next_dbt_or_leave_it_alone(tmp_path: Path) -> None:
    major, minor = map(int, version("dbt-core").split(".")[:2])
    environ = _environ_with(tmp_path, f"dbt-core>={major}.{minor + 1}", "dbt-postgres")
    done = subprocess.run(
        [sys.executable, "-c", START],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert not found["version"].startswith(f"{major}.{minor}.")
    for patch, replaced in found["replaced"].items():
        line = f"bullion leaves dbt alone ({patch}): "
        assert len(set(replaced)) == 1, found
        assert replaced[0] != (line in done.stderr), (found, done.stderr)
    print(f"dbt-core {found['version']}: {found['replaced']}\n{done.stderr}")


def _environ_with(folder: Path, *requirements: str) -> dict[str, str]:
    """An environment in which these are found before what is installed; skips without them."""
    overrides = folder / "overrides.txt"
    overrides.write_text(f"{LEFT_OUT}\n")
    target = folder / "next"
    command = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet"]
    command += ["--python", sys.executable, "--target", str(target), "--only-binary", ":all:"]
    command += ["--overrides", str(overrides), *requirements]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"The next dbt cannot be installed: {error}")
    if done.returncode != 0:
        pytest.skip(f"The index has no next dbt that installs here: {done.stderr.strip()[-300:]}")
    return os.environ | {"PYTHONPATH": str(target)}
