"""The verb ``notebook``: Jupyter on the charts' notebooks, with the connection found."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add this family's verbs to the command line."""
    app.command(
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(notebook)


def notebook(context: typer.Context) -> None:
    """Open the charts' notebooks in Jupyter Lab, on this machine only.

    `bullion notebook CATEGORY` opens one: descriptive, inferential. Everything after goes to
    Jupyter as it is. Needs the extra `notebook`.

    Examples:  bullion notebook  |  bullion notebook descriptive  |  bullion notebook --no-browser
    """
    from bullion.db import connect
    from bullion.engines.registry import is_installed
    from bullion.errors import BullionError
    from bullion.paths import install_command
    from bullion.settings import LOCALHOST, get_settings

    words = list(context.args)
    category = words.pop(0) if words and not words[0].startswith("-") else None
    if not is_installed("jupyterlab"):
        raise BullionError(f"Jupyter is not installed: {install_command('notebook')}.")
    place = _place(category)
    settings = get_settings()
    connect(settings).close()
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.ip={LOCALHOST}", str(place)]
    sys.stdout.flush()
    os.execve(sys.executable, [*command, *words], settings.child_environ())


def _place(category: str | None) -> Path:
    """The folder of the notebooks, or that of a category; BullionError for an unknown one."""
    from bullion.charts.registry import CATEGORIES
    from bullion.errors import BullionError

    if category is not None and category not in CATEGORIES:
        raise BullionError(f"There is no category '{category}'; there are {', '.join(CATEGORIES)}.")
    folder = _folder()
    return folder / f"{CATEGORIES[category].folder}.ipynb" if category else folder


def _folder() -> Path:
    """``visualizations`` of the project; an installed bullion's are copied to the current folder,
    where they may be changed, and one that is there is kept."""
    from bullion.paths import PROJECT_DIR, work_dir

    source, folder = PROJECT_DIR / "visualizations", work_dir() / "visualizations"
    folder.mkdir(exist_ok=True)
    for file in source.glob("*.ipynb"):
        if not (folder / file.name).exists():
            shutil.copyfile(file, folder / file.name)
    return folder
