"""Times builds, and runs a build's own statements bare for comparison."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bullion.db import connect
from bullion.engines.build import dbt_arguments
from bullion.errors import BullionError
from bullion.settings import Settings

_WRITES = re.compile(
    r"^\s*(?:/\*.*?\*/|--[^\n]*\n|\s)*"
    r"(create|insert|delete|truncate|drop|alter|analyze|update|comment)\b",
    re.IGNORECASE | re.DOTALL,
)
STAR = ("tag:silver", "tag:dimension", "tag:facts")
ANALYTICS = ("tag:analytics",)


@dataclass(frozen=True)
class Build:
    """One timed dbt run: wall seconds of the process, and seconds inside dbt's run phase."""

    wall_seconds: float
    run_seconds: float
    models: int


def timed_build(
    environ: Mapping[str, str],
    state: Path,
    *arguments: str,
    select: Sequence[str] = STAR,
    target: str = "dev",
    threads: int | None = 2,
    capture: Path | None = None,
) -> Build:
    """Run the models of ``select`` once (silver, dimensions and facts unless others are named);
    with ``capture`` their statements go to that file.

    ``environ`` leads dbt to the warehouse; ``threads`` None leaves the profile's number.
    Raises BullionError with dbt's last words when it fails.
    """
    _make_seeds(environ, state, target)
    options = ["--target", target, "--select", *select, *arguments]
    if threads is not None:
        options += ["--threads", str(threads)]
    begun = time.perf_counter()
    _run_apart("run", environ, state, options, capture)
    wall = time.perf_counter() - begun
    results = json.loads((state / "target" / "run_results.json").read_text())
    return Build(wall, float(results["elapsed_time"]), len(results["results"]))


def _make_seeds(environ: Mapping[str, str], state: Path, target: str = "dev") -> None:
    """What `dbt run` takes as made."""
    _run_apart("seed", environ, state, ["--target", target])


def _run_apart(
    verb: str,
    environ: Mapping[str, str],
    state: Path,
    options: Sequence[str],
    capture: Path | None = None,
) -> None:
    command = [sys.executable, "-m", "tools.bench.builds", str(capture or "")]
    command += dbt_arguments(verb)
    command += ["--target-path", str(state / "target"), "--log-path", str(state), *options]
    finished = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        raise BullionError(f"The bench's dbt {verb} failed: {finished.stdout[-1500:]}")


def slowest_models(state: Path, count: int = 10) -> list[tuple[str, float]]:
    """(model, seconds) of the last build in ``state``, slowest first."""
    results = json.loads((state / "target" / "run_results.json").read_text())["results"]
    timed = [(r["unique_id"].split(".")[-1], float(r["execution_time"])) for r in results]
    return sorted(timed, key=lambda item: -item[1])[:count]


def replay(settings: Settings, capture: Path) -> float:
    """Seconds that the captured statements take when they are run bare, in order."""
    statements = json.loads(capture.read_text())
    _make_seeds(settings.child_environ(), capture.parent)
    with connect(settings, autocommit=True) as connection:
        connection.execute("set role transformer")
        begun = time.perf_counter()
        for group in statements:
            with connection.transaction():
                for statement in group:
                    connection.execute(statement)
        return time.perf_counter() - begun


def run_captured(capture: str, arguments: Sequence[str]) -> bool:
    """dbt with ``arguments`` in this process; what it writes with, grouped by model, to a file."""
    from dbt.cli.main import dbtRunner

    groups: dict[str, list[str]] = {}

    def remember(event: Any) -> None:
        if event.info.name != "SQLQuery":
            return
        statement = event.data.sql
        if _WRITES.match(statement):
            node = getattr(event.data.node_info, "unique_id", "") or "hooks"
            groups.setdefault(node, []).append(statement)

    runner = dbtRunner(callbacks=[remember] if capture else [])
    succeeded = bool(runner.invoke(list(arguments)).success)
    if capture:
        Path(capture).write_text(json.dumps(list(groups.values())))
    return succeeded


if __name__ == "__main__":
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    sys.exit(0 if run_captured(sys.argv[1], sys.argv[2:]) else 1)
