"""Where a mapping's SQL runs: it reads the tables it is shown, and nothing else on the machine."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from bullion.errors import BullionError

MINUTES = "BULLION_MAPPING_MINUTES"
# The table functions that give rows of what they are given. Others read files, settings and
# addresses in memory (arrow_scan), or run text as SQL (query).
TABLE_FUNCTIONS = frozenset(
    {"generate_series", "json_each", "json_tree", "range", "repeat", "repeat_row", "unnest"}
)
_USUAL_MINUTES = 30.0
_LOOK_SECONDS = 0.5
# What a SELECT leaves of a disk, so that nothing else on the machine is stopped by it.
_DISK_LEFT = 1 << 30
_THREADS = 2
_TEMP_BYTES = 32 << 30
# Of what the machine, or the container, has.
_MEMORY = "25%"


def open_sandbox(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database in a folder of its own, with bounded memory and disk; not yet locked."""
    database = duckdb.connect(
        str(folder / "files.duckdb"),
        config={
            "threads": _THREADS,
            "memory_limit": _MEMORY,
            "temp_directory": str(folder / "temp"),
            "max_temp_directory_size": f"{_TEMP_BYTES >> 20}MiB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
        },
    )
    database.execute("set TimeZone = 'UTC'")
    for schema in ("sources", "visible", "results"):
        database.execute(f"create schema {schema}")
    database.execute("set schema = 'visible'")
    return database


def lock(database: duckdb.DuckDBPyConnection) -> None:
    """From here on no file, network or extension is reached, and no setting changed."""
    database.execute("set enable_external_access = false")
    database.execute("set lock_configuration = true")


@contextmanager
def limited(database: duckdb.DuckDBPyConnection, place: str) -> Iterator[None]:
    """End what runs in the database, by BullionError, when it takes more time or disk than a
    mapping's SQL may; ``place`` names it."""
    limit = _limit_seconds()
    folder = _folder(database)
    room = min(_DISK_LEFT, shutil.disk_usage(folder).free // 2)
    done = threading.Event()
    why: list[str] = []

    def watch() -> None:
        waited = 0.0
        while not done.wait(min(_LOOK_SECONDS, max(limit - waited, 0.01))):
            waited += _LOOK_SECONDS
            if not why and shutil.disk_usage(folder).free < room:
                why.append(f"it fills the disk of {folder.parent}: a join may lack its condition")
            elif not why and waited >= limit:
                why.append(
                    f"it has run for {limit / 60:g} minutes, the most that it may: a join may lack "
                    f"its condition; if it is right, set {MINUTES} to more"
                )
            if why:
                # Again and again, for what begins after an interruption knows nothing of it.
                database.interrupt()

    watcher = threading.Thread(target=watch, name="mapping limit", daemon=True)
    watcher.start()
    try:
        yield
    except (duckdb.Error, BullionError) as error:
        if why:
            raise BullionError(f"{place}: its SQL was stopped, for {why[0]}.") from error
        raise
    finally:
        done.set()
        watcher.join()


def _limit_seconds() -> float:
    text = os.environ.get(MINUTES) or str(_USUAL_MINUTES)
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < float("inf"):
        raise BullionError(f"{MINUTES} is '{text}': set it to a number of minutes above 0.")
    return minutes * 60


def _folder(database: duckdb.DuckDBPyConnection) -> Path:
    found = database.execute("select current_setting('temp_directory')").fetchone()
    assert found
    return Path(found[0]).parent


def require_one_select(sql: str) -> None:
    """Raise ValueError, as the end of a sentence, unless the text is one SELECT that calls no table
    function but those of TABLE_FUNCTIONS."""
    try:
        kinds = [statement.type.name for statement in duckdb.extract_statements(sql)]
    except duckdb.Error as error:
        raise ValueError(f"is no SQL: {first_line(error)}") from error
    if kinds != ["SELECT"]:
        found = ", ".join(kinds) or "nothing"
        raise ValueError(f"must be one SELECT and nothing else, not {found}")
    called = {
        part["function"]["function_name"].lower()
        for part in _parts(_tree(sql))
        if part.get("type") == "TABLE_FUNCTION"
    }
    if refused := sorted(called - TABLE_FUNCTIONS):
        raise ValueError(
            f"calls {', '.join(refused)}, but it reads its sources and no other tables; of table "
            f"functions there are {', '.join(sorted(TABLE_FUNCTIONS))}"
        )


def first_line(error: duckdb.Error) -> str:
    """What DuckDB says, without its picture of the place."""
    return str(error).strip().splitlines()[0]


def is_row_by_row(database: duckdb.DuckDBPyConnection, sql: str, main: str) -> bool:
    """Whether each row of the SELECT comes from one row of ``main`` and no other row of it.

    So without groups, windows, limits, subqueries and CTEs; other tables may be joined to it.
    """
    node: dict[str, Any] = _tree(sql)["statements"][0]["node"]
    if (
        node["type"] != "SELECT_NODE"
        or node["cte_map"]["map"]
        or node["group_sets"]
        or any(node[part] for part in ("having", "qualify", "sample"))
        or any(one["type"] != "ORDER_MODIFIER" for one in node["modifiers"])
    ):
        return False
    rows = database.execute(
        "select distinct function_name from duckdb_functions() where function_type = 'aggregate'"
    ).fetchall()
    aggregates = {name for (name,) in rows}
    tables = node["from_table"]
    while tables["type"] == "JOIN" and tables["join_type"] in ("INNER", "LEFT"):
        if _reads(tables["right"], main):
            return False
        tables = tables["left"]
    is_main = tables["type"] == "BASE_TABLE" and tables["table_name"].lower() == main.lower()
    return is_main and not _gathers([node["select_list"], node["where_clause"]], aggregates)


def _tree(sql: str) -> dict[str, Any]:
    """DuckDB's tree of a SELECT; raises ValueError, as the end of a sentence, where it gives none.

    Functions in it are as they are written; what tables and functions they mean is not looked up.
    """
    found = _parser().execute("select json_serialize_sql(?)", [sql]).fetchone()
    tree: dict[str, Any] = json.loads(found[0]) if found else {"error": True}
    if tree["error"]:
        raise ValueError(f"is no SELECT that can be looked through: {tree.get('error_message')}")
    return tree


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def _reads(tree: Any, main: str) -> bool:
    """Whether a part of a SELECT reads the table."""
    return any(
        part.get("type") == "BASE_TABLE" and part["table_name"].lower() == main.lower()
        for part in _parts(tree)
    )


def _gathers(tree: Any, aggregates: set[str]) -> bool:
    """Whether an expression is of several rows together, or has a SELECT of its own."""
    return any(
        part.get("class") in ("WINDOW", "SUBQUERY")
        or (part.get("class") == "FUNCTION" and part["function_name"].lower() in aggregates)
        for part in _parts(tree)
    )


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """All objects of DuckDB's tree of a SELECT."""
    if isinstance(tree, list):
        for each in tree:
            yield from _parts(each)
    elif isinstance(tree, dict):
        yield tree
        yield from _parts(list(tree.values()))
