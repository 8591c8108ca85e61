"""The data dictionary: dbt's generated docs as one static HTML file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from bullion.engines.build import dbt_arguments
from bullion.errors import BullionError
from bullion.paths import work_dir
from bullion.report.texts import in_script
from bullion.settings import Settings, target_dir

PLACE = Path("docs") / "index.html"
# What stands before the data in the page of --static.
_MANIFEST, _CATALOG = "n={manifest:", ",catalog:"
_UNSEEN = (
    *("compiled_code", "unrendered_config", "checksum", "build_path", "created_at", "doc_blocks"),
    *("patch_path", "compiled_path", "root_path", "relation_name"),
)
_CONFIG = ("materialized", "contract", "docs")
_OF_COLUMN = ("name", "description", "data_type", "constraints", "tags")
_CODE = """
import sys
from dbt.cli.main import dbtRunner
sys.exit(not dbtRunner().invoke(sys.argv[1:]).success)
"""


def is_current(report: Path, home: Path) -> bool:
    """Whether the report's dictionary is younger than what dbt has last done to the project."""
    try:
        return (report / PLACE).stat().st_mtime > _manifest(home).stat().st_mtime
    except FileNotFoundError:
        return False


def make_dictionary(settings: Settings) -> Path:
    """Generate the docs of the warehouse as it is built, made small; returns the file.

    Raises BullionError with dbt's last words when that fails.
    """
    command = ["docs", "generate", *dbt_arguments("docs")[1:], "--static"]
    if _manifest(settings.home).exists():
        # A build has compiled the models.
        command.append("--no-compile")
    done = subprocess.run(
        [sys.executable, "-c", _CODE, *command],
        env=settings.child_environ(),
        cwd=work_dir(),
        capture_output=True,
        text=True,
        check=False,
    )
    file = target_dir(settings.home) / "static_index.html"
    if done.returncode != 0 or not file.exists():
        raise BullionError(f"dbt could not generate its docs: {done.stdout[-800:].strip()}")
    file.write_text(slim(file.read_text(encoding="utf-8")), encoding="utf-8")
    return file


def slim(page: str) -> str:
    """The page without what it never shows: macros of dbt's own packages, unit tests' rows, most
    of each configuration, comments that repeat descriptions. A page of another form stays as it
    is."""
    for mark, smaller in ((_MANIFEST, _slim_manifest), (_CATALOG, _slim_catalog)):
        start = page.find(mark) + len(mark)
        try:
            held, end = json.JSONDecoder().raw_decode(page, start)
        except ValueError:
            continue
        text = json.dumps(smaller(held), separators=(",", ":"), ensure_ascii=False)
        page = page[:start] + in_script(text) + page[end:]
    return page


def _slim_manifest(manifest: dict[str, Any]) -> dict[str, Any]:
    for node in [*manifest["nodes"].values(), *manifest["sources"].values()]:
        config = node.get("config", {})
        node["config"] = {name: config[name] for name in _CONFIG if config.get(name)}
        for name in _UNSEEN:
            node.pop(name, None)
        columns = {} if node["resource_type"] == "test" else node.get("columns", {})
        node["columns"] = {name: _slim_column(each) for name, each in columns.items()}
    own = manifest["metadata"]["project_name"]
    macros = {n: each for n, each in manifest["macros"].items() if each["package_name"] == own}
    for macro in macros.values():
        for name in (*_UNSEEN, "config", "meta"):
            macro.pop(name, None)
    return {**manifest, "macros": macros, "child_map": {}, "unit_tests": {}}


def _slim_column(column: dict[str, Any]) -> dict[str, Any]:
    kept = {name: column[name] for name in _OF_COLUMN if column.get(name)}
    if "constraints" in kept:
        kept["constraints"] = [
            {name: value for name, value in each.items() if value and not name.startswith("warn_")}
            for each in kept["constraints"]
        ]
    return kept


def _slim_catalog(catalog: dict[str, Any]) -> dict[str, Any]:
    for node in [*catalog["nodes"].values(), *catalog["sources"].values()]:
        node["metadata"]["comment"] = None
        for column in node["columns"].values():
            column["comment"] = None
    return catalog


def _manifest(home: Path) -> Path:
    return target_dir(home) / "manifest.json"


def column_texts(connection: psycopg.Connection[Any]) -> dict[str, dict[str, str]]:
    """What the dictionary says of the columns of gold, by model, as the build has left it."""
    rows = connection.execute(
        "select c.relname, a.attname, d.description from pg_description as d"
        " join pg_class as c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass"
        " join pg_attribute as a on a.attrelid = c.oid and a.attnum = d.objsubid"
        " where c.relnamespace = to_regnamespace('gold') and d.objsubid > 0"
    )
    found: dict[str, dict[str, str]] = {}
    for model, column, text in rows:
        found.setdefault(model, {})[column] = text
    return found
