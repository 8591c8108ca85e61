"""dbt in the test's own process: starting it takes four seconds and reading the project ten, so it
is started once, and what it has read is kept.

dbt holds what it has read to be valid for a connection, so the databases of tests take turns with
few names.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bullion.engines.build import dbt_arguments

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_QUIET = ("--quiet", "--log-level-file", "none")
_DEPRECATED = '{"error":["Deprecations"]}'
_FILE = "partial_parse.msgpack"
# By target, --vars and environment: what dbt has read, and the folder where it has kept it.
_read: dict[tuple[str, str, tuple[tuple[str, str], ...]], tuple[Manifest, Path]] = {}
_folder = tempfile.TemporaryDirectory(prefix="bullion-parsed-")


def invoke(
    arguments: Sequence[str],
    manifest: Manifest | None = None,
    environ: Mapping[str, str] | None = None,
) -> Any:
    """What dbt's command results in, with ``environ`` added to the environment while it runs.

    A failure fails the test with dbt's words.
    """
    # Tests that need no dbt do not wait for it.
    from dbt.cli.main import dbtRunner

    before = dict(os.environ)
    os.environ.update(environ or {})
    try:
        done = dbtRunner(manifest=manifest).invoke([*_QUIET, *arguments])
    finally:
        os.environ.clear()
        os.environ.update(before)
    outcome: Any = done.result
    assert done.success, done.exception or "\n".join(
        f"{ran.node.name}: {ran.message}"
        for ran in outcome or []
        if ran.status not in ("success", "pass", "skipped", "warn")
    )
    return outcome


def run(
    environ: Mapping[str, str],
    verb: str,
    arguments: Sequence[str],
    state: Path,
    target: str = "dev",
) -> Any:
    """``dbt run``, or another verb, and what it results in; ``environ`` leads it to the warehouse,
    ``state`` is a folder for what it compiles."""
    variables = dict(pairwise(arguments)).get("--vars", "")
    options = ["--no-write-json", "--target", target, "--target-path", str(state)]
    manifest, _ = _project(environ, target, variables)
    try:
        return invoke([*dbt_arguments(verb), *options, *arguments], manifest, environ)
    finally:
        if target == "duckdb":
            _close_duckdb()


def manifest_of(environ: Mapping[str, str], target: str = "dev") -> Manifest:
    """The project as dbt reads it for a warehouse, one on PostgreSQL if not told otherwise."""
    return _project(environ, target)[0]


def bring_parsed(state: Path, environ: Mapping[str, str], target: str = "dev") -> None:
    """What is known of the project, for a dbt process of its own with this target folder."""
    if not (state / _FILE).exists():
        _, folder = _project(environ, target)
        state.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / _FILE, state / _FILE)


def _project(
    environ: Mapping[str, str], target: str = "dev", variables: str = ""
) -> tuple[Manifest, Path]:
    key = (target, variables, tuple(sorted(environ.items())))
    if key not in _read:
        folder = Path(_folder.name) / str(len(_read))
        options = ["--target", target, "--target-path", str(folder)]
        options += ["--warn-error-options", _DEPRECATED]
        if variables:
            options += ["--vars", variables]
        _read[key] = invoke([*dbt_arguments("parse"), *options], environ=environ), folder
    return _read[key]


def _close_duckdb() -> None:
    """Else its file stays open, and cannot be opened for reading."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()
    gc.collect()
