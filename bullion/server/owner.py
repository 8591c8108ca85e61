"""Whose a BULLION_HOME is. Root in another user's home acts as that user: whatever links stand
there lead to nothing that the user could not reach anyway."""

from __future__ import annotations

import os
import pwd
import stat
import sys
from pathlib import Path

import psycopg

from bullion.errors import BullionError
from bullion.paths import PACKAGE_DIR
from bullion.server.identity import Identity, can_as


def needed() -> tuple[Path, ...]:
    """A file of each kind that a run of bullion reads."""
    files = (sys.executable, os.__file__, psycopg.__file__, PACKAGE_DIR / "__init__.py")
    return tuple(Path(file) for file in files)


def controller_of(home: Path) -> int:
    """The user who says what stands at that path: the owner of the first folder or link on the way
    that is not root's, also where the home is not made yet."""
    way = Path("/")
    for part in home.parts[1:]:
        way /= part
        try:
            status = way.lstat()
        except OSError:
            break
        if status.st_uid != 0:
            return status.st_uid
        if stat.S_ISLNK(status.st_mode) and (beyond := controller_of(way.resolve())):
            return beyond
    return 0


def act_as_owner(home: Path) -> None:
    """As root, become for good the user whose home that is.

    An owner whom the system does not know (a mounted folder in a container) is none to become.
    Raises BullionError where that user cannot run this installation.
    """
    owner = _known_owner(home) if os.geteuid() == 0 else None
    if owner is None:
        return
    identity = Identity(owner.pw_uid, owner.pw_gid, switched=True)
    if not can_as(identity, lambda: all(os.access(file, os.R_OK) for file in needed())):
        raise BullionError(
            f"{home} belongs to {owner.pw_name}, who cannot read this installation: run bullion as "
            f"{owner.pw_name} from one that it can, or set BULLION_HOME to a folder of root's."
        )
    os.initgroups(owner.pw_name, owner.pw_gid)
    os.setgid(owner.pw_gid)
    os.setuid(owner.pw_uid)
    os.environ |= {"HOME": owner.pw_dir, "USER": owner.pw_name, "LOGNAME": owner.pw_name}


def refuse_others_home(home: Path) -> None:
    """Raise BullionError where the home is another user's, whom this process has not become."""
    if os.geteuid() == 0:
        owner = _known_owner(home)
        name = owner.pw_name if owner else ""
    else:
        uid = home.stat().st_uid if home.exists() else os.geteuid()
        name = "" if uid in {0, os.geteuid()} else Identity(uid, uid, switched=True).name
    if name:
        raise BullionError(
            f"{home} belongs to {name}: run as {name}, or set BULLION_HOME to a folder of your own."
        )


def _known_owner(home: Path) -> pwd.struct_passwd | None:
    uid = controller_of(home)
    try:
        return pwd.getpwuid(uid) if uid else None
    except KeyError:
        return None
