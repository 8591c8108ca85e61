"""Which user the server runs as. PostgreSQL refuses root, so root lends it another identity."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bullion.errors import BullionError
from bullion.paths import work_dir

_CANDIDATES = ("postgres", "nobody", "daemon")


@dataclass(frozen=True)
class Identity:
    """A user and primary group; ``switched`` when they are not this process's own."""

    uid: int
    gid: int
    switched: bool

    @property
    def name(self) -> str:
        """Login name, or the number where the system knows none."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)

    def popen_options(self) -> dict[str, Any]:
        """Arguments that make subprocess run a program as this user."""
        if not self.switched:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def own_identity() -> Identity:
    """The user of this process."""
    return Identity(os.geteuid(), os.getegid(), switched=False)


def server_identity(owner: int | None) -> Identity:
    """The user to run the server as.

    ``owner`` is the owner of an existing data directory, which decides. Otherwise: oneself, or as
    root the owner of the project, or an existing unprivileged user. Raises BullionError when the
    data is another user's, or when root finds no unprivileged user.
    """
    if os.geteuid() != 0:
        if owner is not None and owner != os.geteuid():
            raise BullionError(
                f"The server's data belongs to the user {Identity(owner, owner, True).name}, not "
                f"to you: run 'bullion up' as root or as that user, or set BULLION_HOME to a "
                "folder of your own."
            )
        return own_identity()
    if owner is not None:
        return _of_user(owner)
    project_owner = work_dir().stat().st_uid
    if project_owner != 0 and _known(project_owner):
        return _of_user(project_owner)
    users = {user.pw_name: user for user in pwd.getpwall() if user.pw_uid != 0}
    for name in (*_CANDIDATES, *users):
        if name in users:
            return Identity(users[name].pw_uid, users[name].pw_gid, switched=True)
    raise BullionError(
        "PostgreSQL does not run as root and this system has no other user: run bullion as an "
        "ordinary user."
    )


@contextmanager
def acting_as(identity: Identity) -> Iterator[None]:
    """As root, touch files with that user's rights alone while this lasts: in a folder that it
    controls, a link then leads to nothing that it could not reach itself."""
    if not identity.switched:
        yield
        return
    group, groups = os.getegid(), os.getgroups()
    os.setgroups([])
    os.setegid(identity.gid)
    os.seteuid(identity.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


def can_as(identity: Identity, check: Callable[[], bool]) -> bool:
    """Whether ``check`` is true when made by that user (in a forked process that becomes it)."""
    if not identity.switched:
        return check()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(identity.gid)
            os.setuid(identity.uid)
            os._exit(0 if check() else 1)
        except BaseException:  # noqa: BLE001 - the fork must never return into the caller
            os._exit(2)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) == 0


def can_run_install(identity: Identity, folder: Path) -> bool:
    """Whether that user can run the programs of an installation and read its files."""
    needed = [folder / "share" / "postgresql" / "postgres.bki", folder / "lib"]
    if not can_as(identity, lambda: all(os.access(path, os.R_OK) for path in needed)):
        return False
    try:
        # Only a run tells whether the libraries beside the installation are found as well.
        done = subprocess.run(
            [folder / "bin" / "postgres", "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            **identity.popen_options(),
        )
    except OSError:
        return False
    return bool(done.returncode == 0)


def can_enter(identity: Identity, folder: Path) -> bool:
    """Whether that user can pass through a folder that exists."""
    return can_as(identity, lambda: os.access(folder, os.X_OK))


def _known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _of_user(uid: int) -> Identity:
    """initdb looks its user up, so a number without a name will not do."""
    try:
        return Identity(uid, pwd.getpwuid(uid).pw_gid, switched=uid != os.geteuid())
    except KeyError:
        raise BullionError(
            f"The server's data belongs to user id {uid}, which this system does not know: give "
            "the data another owner, or set BULLION_HOME to a new folder."
        ) from None
