"""The server's log: files of bounded size, which the server begins anew while it runs.

They are in ``logs`` beside the data, where the server's user may write, each named by the time at
which it begins. What PostgreSQL says before it has opened the first, such as of a setting that it
does not know, is in ``BULLION_HOME/logs/postgres.log``, where older releases had all of it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bullion.files import PRIVATE_FOLDER, make_folder, open_own
from bullion.server.identity import Identity, acting_as
from bullion.server.layout import ServerFiles

# Of each file, of all of them, and how many.
FILE_MEGABYTES, KEPT_MEGABYTES, KEPT_FILES = 10, 200, 400
_START_KEPT_BYTES = 1 << 20


def log_settings(layout: ServerFiles) -> dict[str, str]:
    """PostgreSQL's settings of that log, by name."""
    return {
        "logging_collector": "on",
        "log_destination": "stderr",
        "log_directory": str(layout.logs),
        "log_filename": "postgres-%Y%m%d-%H%M%S.log",
        "log_file_mode": "0600",
        "log_rotation_size": f"{FILE_MEGABYTES}MB",
        "log_rotation_age": "7d",
        # A file is begun anew within the second only after ten megabytes: it goes on.
        "log_truncate_on_rotation": "off",
    }


def log_files(layout: ServerFiles) -> list[Path]:
    """All files of the log, oldest first, those that a start or an older release wrote before."""
    return [layout.log.with_suffix(".log.1"), layout.log, *_rolled(layout)]


def make_ready(layout: ServerFiles, identity: Identity) -> None:
    """Before a start: make the folder, and let no file that others open grow without end."""
    with acting_as(identity):
        make_folder(layout.logs, PRIVATE_FOLDER)
    if layout.log.exists() and layout.log.stat().st_size > _START_KEPT_BYTES:
        layout.log.replace(layout.log.with_suffix(".log.1"))


def prune(layout: ServerFiles, identity: Identity) -> None:
    """Delete the oldest files beyond the kept number and size; the newest is the server's own."""
    with acting_as(identity):
        size = 0
        for number, file in enumerate(reversed(_rolled(layout)), start=1):
            size += file.lstat().st_size
            if number > 1 and (number > KEPT_FILES or size > KEPT_MEGABYTES << 20):
                file.unlink(missing_ok=True)


def ends(layout: ServerFiles) -> dict[Path, int]:
    """Where each file ends now."""
    return {file: file.lstat().st_size for file in log_files(layout) if file.exists()}


def written_since(layout: ServerFiles, identity: Identity, before: Mapping[Path, int]) -> str:
    """What has been written since :func:`ends` was asked."""
    texts = []
    for path in log_files(layout):
        if not path.exists():
            continue
        # The folder is the server's user's, the file of the start is ours.
        with acting_as(identity if path.parent == layout.logs else _ourselves(identity)):
            descriptor = open_own(path, os.O_RDONLY)
        with os.fdopen(descriptor, "rb") as file:
            file.seek(before.get(path, 0))
            texts.append(file.read().decode("utf-8", "replace"))
    return "".join(texts)


def _rolled(layout: ServerFiles) -> list[Path]:
    return sorted(layout.logs.glob("postgres-*.log"))


def _ourselves(identity: Identity) -> Identity:
    return Identity(identity.uid, identity.gid, switched=False)
