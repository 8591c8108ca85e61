"""The project's macros in a dbt project of their own, without its models: parsed in a second."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bullion.paths import PROJECT_DIR
from tests.support.dbt import invoke

_CASE = "-- next case"


def make_project(folder: Path, models: Mapping[str, str] | None = None, **config: Any) -> Path:
    """Write a project named as ours with our macros and profiles; returns its folder."""
    project = folder / "project"
    (project / "models").mkdir(parents=True)
    ours = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    settings = {
        "name": ours["name"],
        "version": ours["version"],
        "config-version": 2,
        "profile": ours["profile"],
        "macro-paths": [str(PROJECT_DIR / "macros")],
        "flags": {"send_anonymous_usage_stats": False, "use_colors": False},
        "vars": ours["vars"],
        "models": {ours["name"]: {"+schema": "gold"}},
    } | config
    (project / "dbt_project.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    for name, sql in (models or {}).items():
        (project / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")
    return project


def run_dbt(
    project: Path, *arguments: str, target: str, environ: Mapping[str, str] | None = None
) -> Any:
    """Run dbt on the project in this process; a failure fails the test with dbt's words."""
    where = ["--target", target, "--project-dir", str(project), "--profiles-dir", str(PROJECT_DIR)]
    return invoke([*arguments, *where], environ=environ)


def render(project: Path, queries: Sequence[str], target: str) -> list[str]:
    """Queries with their macros written out for an engine; needs no server."""
    text = f"\n{_CASE}\n".join(queries)
    arguments = ["compile", "--inline", text, "--no-introspect", "--no-populate-cache"]
    compiled = run_dbt(project, *arguments, target=target).results[0].node.compiled_code
    return [query.strip() for query in re.split(rf"\n{_CASE}\n", compiled)]
