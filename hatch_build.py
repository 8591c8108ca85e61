"""Puts the project's files into the wheel, as ``bullion/project``, for runs outside a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PROJECT_FILES = (
    "dbt_project.yml",
    "profiles.yml",
    "macros",
    "models",
    "postgres-init",
    "seeds",
    "tests/dbt",
    "visualizations",
)


class ProjectFiles(BuildHookInterface):
    """An editable wheel has the files already: it leads to the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it writes a wheel."""
        if version == "standard":
            for name in PROJECT_FILES:
                if (Path(self.root) / name).exists():
                    build_data["force_include"][name] = f"bullion/project/{name}"
