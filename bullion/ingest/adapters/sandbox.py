"""Where a mapping's SQL runs: it reads the tables it is shown, and nothing else on the machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

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


def require_one_select(sql: str) -> None:
    """Raise ValueError, as the end of a sentence, unless the text is one SELECT."""
    try:
        kinds = [statement.type.name for statement in duckdb.extract_statements(sql)]
    except duckdb.Error as error:
        raise ValueError(f"is no SQL: {first_line(error)}") from error
    if kinds != ["SELECT"]:
        found = ", ".join(kinds) or "nothing"
        raise ValueError(f"must be one SELECT and nothing else, not {found}")


def first_line(error: duckdb.Error) -> str:
    """What DuckDB says, without its picture of the place."""
    return str(error).strip().splitlines()[0]


def is_row_by_row(database: duckdb.DuckDBPyConnection, sql: str, main: str) -> bool:
    """Whether each row of the SELECT comes from one row of ``main`` and no other row of it.

    So without groups, windows, limits, subqueries and CTEs; other tables may be joined to it.
    """
    found = database.execute("select json_serialize_sql(?)", [sql]).fetchone()
    tree = json.loads(found[0]) if found else {}
    node: dict[str, Any] = next((one.get("node", {}) for one in tree.get("statements", ())), {})
    if (
        node.get("type") != "SELECT_NODE"
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
