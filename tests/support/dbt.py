"""dbt in the test's own process: starting it takes four seconds and reading the project ten, so it
is started once, and what one process of the tests has read the others take over.

A dbt process of its own holds what was read to be valid for one connection, so the databases of
tests take turns with few names.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bullion.engines.build import dbt_arguments
from bullion.engines.whole import close_duckdb

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_QUIET = ("--quiet", "--log-level-file", "none")
_DEPRECATED = '{"error":["Deprecations"]}'
_FILE = "partial_parse.msgpack"
_ENVIRON = "environ.txt"
# Read when a model runs, not when the project is read; the database's name is put in.
_LATE = {
    "BULLION_DUCKDB",
    "BULLION_HOME",
    "BULLION_LAKE",
    "PGDATABASE",
    "PGHOST",
    "PGPASSFILE",
    "PGPASSWORD",
    "PGPORT",
    "PGUSER",
}
# Names a folder for what the session's processes read; conftest makes and removes it.
SHARED = "BULLION_TEST_PARSED"
# What dbt has read, by target, --vars, environment and database.
_manifests: dict[tuple[str, ...], Manifest] = {}
# The folders where it has kept that for processes of its own, by target and whole environment.
_folders: dict[tuple[str, ...], Path] = {}
_own_folder = tempfile.TemporaryDirectory(prefix="bullion-parsed-")


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
    from dbt_common.behavior_flags import BehaviorFlagRendered

    # For each flag of each adapter dbt looks through the sources of all that has called it, to name
    # the flag's origin in a warning: a quarter of what a build costs in a process as full as this.
    BehaviorFlagRendered._default_source = staticmethod(_no_source)  # type: ignore[method-assign]
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


def _no_source() -> str:
    return "dbt"


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
    manifest = _project(environ, target, variables)
    try:
        return invoke([*dbt_arguments(verb), *options, *arguments], manifest, environ)
    finally:
        if target == "duckdb":
            # Else its file cannot be opened for reading.
            close_duckdb()


def manifest_of(environ: Mapping[str, str], target: str = "dev") -> Manifest:
    """The project as dbt reads it for a warehouse, on PostgreSQL or another target."""
    return _project(environ, target)


@contextmanager
def changed_text(manifest: Manifest, unique_id: str, old: str, new: str) -> Iterator[None]:
    """The project with another text of a model or a macro."""
    is_macro = unique_id in manifest.macros
    changed: Any = manifest.macros[unique_id] if is_macro else manifest.nodes[unique_id]
    name = "macro_sql" if is_macro else "raw_code"
    text = getattr(changed, name)
    assert old in text
    try:
        setattr(changed, name, text.replace(old, new))
        manifest.build_flat_graph()
        yield
    finally:
        setattr(changed, name, text)
        manifest.build_flat_graph()


def bring_parsed(state: Path, environ: Mapping[str, str], target: str = "dev") -> None:
    """What is known of the project, for a dbt process of its own with this target folder."""
    if (state / _FILE).exists():
        return
    key = (target, *_as_text(environ))
    if key not in _folders:
        folder = _shared(environ, target, "")
        if (folder / _ENVIRON).read_text().splitlines() != _as_text(environ):
            folder = Path(_own_folder.name) / str(len(_folders))
            _parse(environ, target, "", folder)
        _folders[key] = folder
    state.mkdir(parents=True, exist_ok=True)
    shutil.copy(_folders[key] / _FILE, state / _FILE)


def _project(environ: Mapping[str, str], target: str = "dev", variables: str = "") -> Manifest:
    from dbt.contracts.graph.manifest import Manifest

    from dbt_bullion import foundations

    database = _database(environ, target)
    key = (*_shape(environ, target, variables), database)
    if key not in _manifests:
        # dbt does so when it reads a project, which another process may have done.
        foundations.apply(foundations.PROJECT)
        read = _shared(environ, target, variables) / _FILE
        _manifests[key] = Manifest.from_msgpack(read.read_bytes())
        _call_database(_manifests[key], database)
        # It stays to the end: no collection need look through it again.
        gc.freeze()
    return _manifests[key]


def _shape(environ: Mapping[str, str], target: str, variables: str) -> tuple[str, ...]:
    """What decides how the project is read, but for the database's name."""
    early = {name: value for name, value in environ.items() if name not in _LATE}
    return (target, variables, *_as_text(early))


def _shared(environ: Mapping[str, str], target: str, variables: str) -> Path:
    """The folder of what was read for a target, --vars and environment, by whichever process came
    first."""
    shape = "\0".join(_shape(environ, target, variables))
    name = hashlib.sha256(shape.encode()).hexdigest()[:16]
    folder = Path(os.environ.get(SHARED, _own_folder.name)) / name
    with _alone_in(folder):
        if not (folder / _ENVIRON).exists():
            _parse(environ, target, variables, folder)
            (folder / _ENVIRON).write_text("\n".join(_as_text(environ)))
    return folder


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """No other process is within, with the same folder, at the same time."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _parse(environ: Mapping[str, str], target: str, variables: str, folder: Path) -> None:
    options = ["--target", target, "--target-path", str(folder)]
    options += ["--warn-error-options", _DEPRECATED]
    if variables:
        options += ["--vars", variables]
    invoke([*dbt_arguments("parse"), *options], environ=environ)


def _as_text(environ: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in sorted(environ.items())]


def _database(environ: Mapping[str, str], target: str) -> str:
    """What the engine calls the database that holds the schemas."""
    if target == "duckdb":
        return Path(environ["BULLION_DUCKDB"]).stem
    return environ.get("PGDATABASE", "bullion")


def _call_database(manifest: Manifest, database: str) -> None:
    """Give all relations of a project another database, as reading it for that would."""
    for node in (*manifest.nodes.values(), *manifest.sources.values()):
        if node.relation_name:
            standing = f'"{node.database}".'
            assert node.relation_name.startswith(standing), node.relation_name
            node.relation_name = f'"{database}".' + node.relation_name.removeprefix(standing)
        node.database = database
    manifest.build_flat_graph()
