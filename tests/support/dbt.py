"""dbt in the test's own process: starting it takes four seconds and reading the project ten, so it
is started once, and what it has read is kept.

dbt holds what it has read to be valid for a connection, so the databases of tests take turns with
few names.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from bullion.build import dbt_arguments

if TYPE_CHECKING:
    from tests.conftest import Database

_QUIET = ("--quiet", "--log-level-file", "none")
_DEPRECATED = '{"error":["Deprecations"]}'
_FILE = "partial_parse.msgpack"
_read: dict[tuple[str, str], Manifest] = {}
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


def run(database: Database, verb: str, arguments: Sequence[str], state: Path) -> None:
    """``dbt run``, or another verb, on a database of the test server."""
    variables = dict(pairwise(arguments)).get("--vars", "")
    options = ["--no-write-json", "--target-path", str(state)]
    invoke(
        [*dbt_arguments(verb), *options, *arguments],
        manifest_of(database, variables),
        _connection(database),
    )


def manifest_of(database: Database, variables: str = "") -> Manifest:
    """The project as dbt reads it for a database, with the value of ``--vars``; read once."""
    name = database.settings.database
    if (name, variables) not in _read:
        folder = Path(_folder.name) / name
        options = ["--target-path", str(folder), "--warn-error-options", _DEPRECATED]
        if variables:
            options += ["--vars", variables, "--no-partial-parse"]
        parsed = invoke([*dbt_arguments("parse"), *options], environ=_connection(database))
        assert isinstance(parsed, Manifest)
        _read[name, variables] = parsed
    return _read[name, variables]


def bring_parsed(target: Path, database: Database) -> None:
    """What is known of the project, for a dbt process of its own with this target folder."""
    if not (target / _FILE).exists():
        manifest_of(database)
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(_folder.name) / database.settings.database / _FILE, target / _FILE)


def _connection(database: Database) -> dict[str, str]:
    return database.settings.environ() | {"BULLION_HOME": str(database.settings.home)}
