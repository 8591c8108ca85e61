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
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from bullion.build import dbt_arguments

_QUIET = ("--quiet", "--log-level-file", "none")
_DEPRECATED = '{"error":["Deprecations"]}'
_FILE = "partial_parse.msgpack"
_read: dict[tuple[str, str, tuple[tuple[str, str], ...]], Manifest] = {}
_folder = tempfile.TemporaryDirectory(prefix="bullion-parsed-")


def invoke(
    arguments: Sequence[str],
    manifest: Manifest | None = None,
    environ: Mapping[str, str] | None = None,
) -> Any:
    """What dbt's command results in, with ``environ`` added to the environment while it runs.

    A failure fails the test with dbt's words.
    """
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
) -> None:
    """``dbt run``, or another verb; ``environ`` leads it to the warehouse, ``state`` is a folder
    for what it compiles."""
    variables = dict(pairwise(arguments)).get("--vars", "")
    options = ["--no-write-json", "--target", target, "--target-path", str(state)]
    manifest = manifest_of(environ, target, variables)
    try:
        invoke([*dbt_arguments(verb), *options, *arguments], manifest, environ)
    finally:
        if target == "duckdb":
            # Else its file stays open, and cannot be opened for reading.
            DuckDBConnectionManager.close_all_connections()
            gc.collect()


def manifest_of(environ: Mapping[str, str], target: str = "dev", variables: str = "") -> Manifest:
    """The project as dbt reads it for a warehouse, with the value of ``--vars``; read once."""
    key = (target, variables, tuple(sorted(environ.items())))
    if key not in _read:
        folder = _folder_of(environ, target)
        options = ["--target", target, "--target-path", str(folder)]
        options += ["--warn-error-options", _DEPRECATED]
        if variables:
            options += ["--vars", variables, "--no-partial-parse"]
        parsed = invoke([*dbt_arguments("parse"), *options], environ=environ)
        assert isinstance(parsed, Manifest)
        _read[key] = parsed
    return _read[key]


def bring_parsed(state: Path, environ: Mapping[str, str]) -> None:
    """What is known of the project on PostgreSQL, for a dbt process of its own with this folder."""
    if not (state / _FILE).exists():
        manifest_of(environ)
        state.mkdir(parents=True, exist_ok=True)
        shutil.copy(_folder_of(environ) / _FILE, state / _FILE)


def _folder_of(environ: Mapping[str, str], target: str = "dev") -> Path:
    return Path(_folder.name) / target / environ["PGDATABASE"]
