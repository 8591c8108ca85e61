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
            for file in project_files(Path(self.root)):
                build_data["force_include"][str(file)] = f"bullion/project/{file}"


def project_files(root: Path) -> list[Path]:
    """The files, from the project's folder on, without what Jupyter and others hide among them."""
    tops = [root / name for name in PROJECT_FILES]
    found = [file for top in tops for file in (top, *sorted(top.rglob("*"))) if file.is_file()]
    relative = [file.relative_to(root) for file in found]
    return [file for file in relative if not any(part.startswith(".") for part in file.parts)]
