"""Runs dbt on the warehouse, inside this process: who kills the one has killed the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

from bullion.db import connect
from bullion.engines.registry import POSTGRES, Engine, find_engine
from bullion.engines.whole import (
    Query,
    WholeBuild,
    close_duckdb,
    duckdb_query,
    fingerprint_of,
    is_anew,
    is_whole,
    postgres_query,
)
from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR
from bullion.sessions.building import PROGRAM, building
from bullion.settings import dbt_log_of, get_settings, home_dir, lake_dir, target_dir

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from bullion.engines.spark.statements import Statements

# In the environment: each test reads all (macros/quality/tested.sql).
ALL_TESTS = "BULLION_ALL_TESTS"
_TARGET_OPTIONS = ("--target", "-t")
_SELECTION_OPTIONS = ("--select", "-s", "--models", "--model", "-m", "--exclude", "--selector")
_TYPE_OPTIONS = ("--resource-type", "--exclude-resource-type")
_BUILDER = "transformer"

Session = Callable[[], AbstractContextManager[Query]]


def dbt_arguments(verb: str) -> list[str]:
    """The first words of a dbt command on this project: the verb and where the project is."""
    return [verb, "--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]


def run_build(arguments: Sequence[str], verb: str = "build", engine: str = POSTGRES) -> None:
    """Run ``dbt build`` with ``arguments`` on the configured server, or on another engine.

    A build of everything that would change nothing says so and ends, unless the environment asks
    for all tests. A build leaves unit tests out, which no data can break, unless the arguments name
    types of nodes.

    Raises BullionError when the engine cannot be used, when another build holds the warehouse or
    dbt fails; dbt has then said on its own output which models and tests failed.
    """
    for argument in arguments:
        if argument.split("=")[0] in _TARGET_OPTIONS:
            raise BullionError(
                f"'{argument}' is dbt's word for the engine; write --engine before dbt's own "
                "arguments."
            )
    chosen = find_engine(engine)
    if chosen is None:
        _build_on_postgres(verb, arguments)
    else:
        _build_on(chosen, verb, arguments)


def _build_on_postgres(verb: str, arguments: Sequence[str]) -> None:
    from bullion.ingest.postgres.ddl import follow_contract

    settings = get_settings()
    environ = settings.child_environ()
    role = environ.get("BULLION_DBT_ROLE", _BUILDER)
    suffix = environ.get("BULLION_SCHEMA_SUFFIX", "")
    holding = partial(connect, settings, application_name=f"{PROGRAM} lock")
    with (
        building(holding, role, suffix) as guard,
        connect(settings, autocommit=True) as connection,
    ):
        _say(follow_contract(connection))
        session = partial(postgres_query, connection, role)
        if not _stands(verb, arguments, environ, session):
            _run_dbt(verb, arguments, environ, settings.where)
            if guard.lost:
                raise BullionError(guard.lost)
            _note(verb, arguments, environ, session)


def _build_on(engine: Engine, verb: str, arguments: Sequence[str]) -> None:
    from bullion.ingest.lake.folder import Lake

    with engine.reserved():
        _say(Lake(lake_dir()).follow_contract())
        # A folder of its own, so that builds on two engines do not parse the project anew in turn.
        folder = target_dir(home_dir()) / engine.name
        options = ["--target", engine.name, "--target-path", str(folder)]
        environ = os.environ | engine.environ()
        # Spark's log holds no such record.
        session = duckdb_query if engine.name == "duckdb" else None
        if _stands(verb, arguments, environ, session):
            return
        if engine.statements is None:
            _run_dbt(verb, [*options, *arguments], environ, engine.where())
        else:
            _build_halves(engine, engine.statements, verb, arguments, options, environ)
        _note(verb, arguments, environ, session)


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        print(line, flush=True)


def _build_halves(
    engine: Engine,
    statements: Callable[[], AbstractContextManager[Statements]],
    verb: str,
    arguments: Sequence[str],
    options: Sequence[str],
    environ: Mapping[str, str],
) -> None:
    """Spark's warehouse: what Spark builds with ``options``, and the statistics over it, DuckDB."""
    from bullion.engines.spark import statistics

    folder = target_dir(home_dir()) / f"{engine.name}_statistics"
    duckdbs = ["--target", "duckdb", "--target-path", str(folder)]
    place = engine.lock().with_suffix(".tmp")
    duckdb_environ = {**environ, "BULLION_DUCKDB": str(place / statistics.FILE)}
    variables = _options(arguments, ("--vars",))
    manifest = _run_dbt("parse", [*duckdbs, "--quiet", *variables], duckdb_environ, engine.where())
    # Spark's own half of the project has no statistics, and a graph operator leads nowhere there:
    # what '+model' names is found in the whole.
    selection = _options(arguments, _SELECTION_OPTIONS)
    others = set(statistics.others(manifest))
    named: list[str] = []
    if selection:
        listed = ["--quiet", "--output", "name", *duckdbs, *variables, *selection]
        found = _run_dbt("list", listed, duckdb_environ, engine.where(), manifest)
        named = [name for name in found if name in others]
    also = ["--select", *named] if named else []
    _run_dbt(verb, [*options, *arguments, *also], environ, engine.where())
    with statements() as run, statistics.statistics_database(run, manifest, place):
        without_spark = [*arguments, *duckdbs, "--exclude", *sorted(others)]
        try:
            _run_dbt(verb, without_spark, duckdb_environ, engine.where(), manifest)
        finally:
            close_duckdb()


def _options(arguments: Sequence[str], names: Collection[str]) -> list[str]:
    """The options of dbt's arguments that have these names, each with its values."""
    found: list[str] = []
    is_one = False
    for word in arguments:
        if word.startswith("-"):
            is_one = word.split("=")[0] in names
        if is_one:
            found.append(word)
    return found


def _stands(
    verb: str, arguments: Sequence[str], environ: Mapping[str, str], session: Session | None
) -> bool:
    """Whether the last whole build is what this one would make; one line then says so."""
    if session is None or not is_whole(verb, arguments, environ):
        return False
    if is_anew(arguments) or environ.get(ALL_TESTS):
        return False
    with session() as query:
        said = _whole_build(query, environ).stands()
    if said:
        print(said)
    return bool(said)


def _note(
    verb: str, arguments: Sequence[str], environ: Mapping[str, str], session: Session | None
) -> None:
    if session is not None and is_whole(verb, arguments, environ):
        with session() as query:
            _whole_build(query, environ).note()


def _whole_build(query: Query, environ: Mapping[str, str]) -> WholeBuild:
    return WholeBuild(query, fingerprint_of(environ), environ.get("BULLION_SCHEMA_SUFFIX", ""))


def _run_dbt(
    verb: str,
    arguments: Sequence[str],
    environ: Mapping[str, str],
    where: str,
    manifest: Manifest | None = None,
) -> Any:
    """What dbt's command results in."""
    from dbt.cli.main import dbtRunner

    log = dbt_log_of(home_dir(environ))
    before, wanted = dict(os.environ), dict(environ)
    os.environ.clear()
    os.environ.update(wanted)
    arguments = [*arguments, *_without_unit_tests(verb, arguments)]
    try:
        result = dbtRunner(manifest=manifest).invoke([*dbt_arguments(verb), *arguments])
    finally:
        os.environ.clear()
        os.environ.update(before)
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    if result.exception is not None:
        raise BullionError(f"dbt {verb} could not run: {result.exception}") from result.exception
    if not result.success:
        raise BullionError(
            f"dbt {verb} failed on {where}; its messages above name the models and tests, "
            f"and {log} has the statements."
        )
    return result.result


def _without_unit_tests(verb: str, arguments: Sequence[str]) -> list[str]:
    """What to tell dbt beside ``arguments``: nothing where they name types of nodes themselves."""
    is_named = any(argument.startswith(_TYPE_OPTIONS) for argument in arguments)
    return ["--exclude-resource-type", "unit_test"] if verb == "build" and not is_named else []
