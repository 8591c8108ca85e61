"""The last whole build of a warehouse: what it rested on, and whether it still stands.

A build of everything that has ended well leaves a row in ``silver.build_log``; whatever dbt begins
to build after it takes that away (macros/access/prepare_build.sql). While the row stands, the
project, its settings, the loads and the relations are what they were, and another build would
change nothing: it ends before dbt is started.
"""

from __future__ import annotations

import gc
import hashlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bullion.engines.registry import duckdb_path
from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR

Query = Callable[[str], list[tuple[Any, ...]]]

_NAME = "(whole build)"
_PROJECT_FILES = ("models", "macros", "seeds", "tests/dbt", "dbt_project.yml", "profiles.yml")
_PACKAGES = ("bullion", "dbt-core", "dbt-adapters", "dbt-postgres", "dbt-duckdb")
# What dbt builds from and to, beside the project.
_VARIABLES = (
    "BULLION_DBT_PATCHES",
    "BULLION_DBT_ROLE",
    "BULLION_DUCKDB",
    "BULLION_LAKE",
    "BULLION_SCHEMA_SUFFIX",
)
_HARMLESS_DBT_VARIABLES = {
    "DBT_LOG_PATH",
    "DBT_PROFILES_DIR",
    "DBT_PROJECT_DIR",
    "DBT_TARGET_PATH",
    "DBT_USE_COLORS",
}
_HARMLESS = {"--fail-fast", "-x", "--quiet", "-q"}
_ANEW = {"--full-refresh", "-f"}


def is_whole(verb: str, arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether dbt is asked for everything, as the project has it: no selection and no variables."""
    options = _without_threads(arguments)
    named = {name for name in environ if name.startswith("DBT_")}
    return (
        verb == "build" and set(options) <= _HARMLESS | _ANEW and named <= _HARMLESS_DBT_VARIABLES
    )


def is_anew(arguments: Sequence[str]) -> bool:
    """Whether everything is to be built anew."""
    return not _ANEW.isdisjoint(arguments)


def _without_threads(arguments: Sequence[str]) -> Iterator[str]:
    words = iter(arguments)
    for word in words:
        if word == "--threads":
            next(words, None)
        elif not word.startswith("--threads="):
            yield word


@dataclass(frozen=True)
class WholeBuild:
    """The record of the last whole build, in the schemas with ``suffix``; ``query`` reads and
    writes it and raises BullionError."""

    query: Query
    fingerprint: str
    suffix: str

    def stands(self) -> str:
        """What to say where another build would change nothing; empty where it might."""
        try:
            found = self.query(self._record_that_holds())
        except BullionError:
            # No table or column of that name: a first build, or one after an older release's.
            return ""
        if not found:
            return ""
        batch, built_at, as_of = found[0]
        return (
            f"Nothing new since batch {batch} (as of {as_of:%Y-%m-%d %H:%M}): the warehouse stands "
            f"as built at {built_at:%Y-%m-%d %H:%M} UTC; --full-refresh builds it anew."
        )

    def note(self) -> None:
        """Record that a whole build has ended well."""
        silver = self._schema("silver")
        # A load that came meanwhile is not in the build.
        loads = f" where batch_id <= (select last_batch_id from {silver}.int_as_of)"
        built_at = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
        self.query(f"delete from {silver}.build_log where model_name = '{_NAME}'")
        self.query(
            f"insert into {silver}.build_log"
            " (model_name, last_batch_id, definition, state, built_at)"
            f" select '{_NAME}', last_batch_id, '{self.fingerprint}',"
            f" ({self._what_stands(loads)}), cast('{built_at}' as timestamp)"
            f" from {silver}.int_as_of"
        )

    def _record_that_holds(self) -> str:
        silver = self._schema("silver")
        return (
            "select log.last_batch_id, log.built_at, pin.as_of"
            f" from {silver}.build_log as log cross join {silver}.int_as_of as pin"
            f" where log.model_name = '{_NAME}' and log.definition = '{self.fingerprint}'"
            f" and log.state = ({self._what_stands('')})"
        )

    def _what_stands(self, which_loads: str) -> str:
        """A query of a hash of the loads and of the relations that dbt has made."""
        schemas = ", ".join(f"'{name}{self.suffix}'" for name in ("silver", "gold", "gold_pii"))
        relation = "cast(table_schema || '.' || table_name || ' ' || table_type as varchar)"
        return (
            f"select md5(loads || ' ' || relations) from (select cast(count(*) as varchar)"
            " || ' ' || coalesce(cast(max(batch_id) as varchar) || ' '"
            " || cast(max(finished_at) as varchar), '') as loads"
            f" from {self._schema('bronze')}.load_audit{which_loads}) as audited"
            f" cross join (select string_agg({relation}, ',' order by {relation}) as relations"
            f" from information_schema.tables where table_schema in ({schemas})) as standing"
        )

    def _schema(self, layer: str) -> str:
        return f'"{layer}{self.suffix}"'


def fingerprint_of(environ: Mapping[str, str]) -> str:
    """A hash of all that a whole build rests on but the data: the project's files, the packages,
    the settings."""
    digest = hashlib.md5(usedforsecurity=False)
    for path in _project_files():
        digest.update(f"{path}\n".encode())
        digest.update(path.read_bytes())
    for name in _PACKAGES:
        digest.update(f"{name} {_version(name)}\n".encode())
    for name in _VARIABLES:
        digest.update(f"{name}={environ.get(name)}\n".encode())
    return digest.hexdigest()


def _project_files() -> Iterator[Path]:
    plugin = importlib.util.find_spec("dbt_bullion")
    roots = [PROJECT_DIR / name for name in _PROJECT_FILES]
    roots += map(Path, plugin.submodule_search_locations or ()) if plugin else ()
    for root in roots:
        if root.is_file():
            yield root
        files = (path for path in root.rglob("*") if path.suffix != ".pyc" and path.is_file())
        yield from sorted(files)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"


@contextmanager
def postgres_query(connection: psycopg.Connection[Any], role: str) -> Iterator[Query]:
    """Queries by the role that builds, on a connection that commits each."""

    def query(text: str) -> list[tuple[Any, ...]]:
        try:
            with connection.transaction():
                if role:
                    name = sql.Identifier(role)
                    connection.execute(sql.SQL("set local role {}").format(name))
                cursor = connection.execute(text.encode())
                return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise _failed(error) from error

    yield query


def close_duckdb() -> None:
    """Close the DuckDB file that dbt has left open when it has run in this process."""
    if "dbt.adapters.duckdb.connections" in sys.modules:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()
        gc.collect()


@contextmanager
def duckdb_query() -> Iterator[Query]:
    """Queries of the DuckDB warehouse."""
    import duckdb

    close_duckdb()
    with duckdb.connect(duckdb_path()) as connection:

        def query(text: str) -> list[tuple[Any, ...]]:
            try:
                return connection.execute(text).fetchall()
            except duckdb.Error as error:
                raise _failed(error) from error

        yield query


def _failed(error: Exception) -> BullionError:
    return BullionError(f"The record of the last build cannot be used: {error}")
