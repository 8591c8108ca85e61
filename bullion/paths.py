"""Where the project's files are, which are only read, and where commands write.

In a checkout both are its folder. An installed wheel holds the files in ``bullion/project``, into
which nothing is written: what commands write goes to the folder that they are run in.
"""

from __future__ import annotations

from pathlib import Path

from bullion.errors import BullionError

PACKAGE_DIR = Path(__file__).resolve().parent
IS_CHECKOUT = (PACKAGE_DIR.parent / "dbt_project.yml").is_file()
PROJECT_DIR = PACKAGE_DIR.parent if IS_CHECKOUT else PACKAGE_DIR / "project"


def work_dir() -> Path:
    """The folder of what commands write unless they are told another."""
    return PROJECT_DIR if IS_CHECKOUT else Path.cwd()


def install_command(extra: str) -> str:
    """The command that adds one of the extras to this installation."""
    if IS_CHECKOUT:
        return f"pip install -e '.[{extra}]' in the project's folder"
    return f"pip install 'bullion[{extra}]'"


def absolute(text: str | Path, variable: str) -> Path:
    """The path that a variable names, whole; raises BullionError where its ``~`` is nobody's."""
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise BullionError(
            f"{variable} begins with a home folder that this system does not know: write it whole."
        ) from error


def user_passfile() -> Path | None:
    """libpq's password file of the user; None for one without a home."""
    try:
        return Path("~/.pgpass").expanduser()
    except RuntimeError:
        return None
