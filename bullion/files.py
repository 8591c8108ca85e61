"""Files and folders of one owner: made private, opened without following anybody's link.

As root, bullion may be in a folder that another user controls: what stands there in the place of a
file of ours must not lead root to write, read or give away a file elsewhere.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bullion.errors import BullionError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_ADVICE = {
    errno.ENOSPC: "the disk is full: make space",
    errno.EDQUOT: "your quota of the disk is used up: make space",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "it may not be written or read by you",
    errno.EPERM: "it may not be written or read by you",
    errno.ENOTDIR: "a file stands where a folder should be",
    errno.EEXIST: "something else stands there",
    errno.EISDIR: "a folder stands where a file should be",
    errno.ELOOP: "a link stands there, which bullion does not follow: remove it",
}


def said(error: OSError, home: Path) -> str:
    """One line for what the operating system refused, with the way out below BULLION_HOME."""
    words = _ADVICE.get(error.errno or 0) or (error.strerror or str(error)).lower()
    if not isinstance(error.filename, str | bytes):
        return f"{words[0].upper()}{words[1:]}."
    name = os.fsdecode(error.filename)
    within = Path(name).is_relative_to(home) or home.is_relative_to(name)
    other = "; else set BULLION_HOME to a folder of your own" if within else ""
    return f"{name}: {words}{other}."


@contextmanager
def one_line(home: Path) -> Iterator[None]:
    """Turn what the operating system refuses meanwhile into a BullionError of one line."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(home)
        raise BullionError(said(error, home)) from error


def private_umask() -> None:
    """What this process and its children make from now on is closed to other users."""
    os.umask(os.umask(0o077) | 0o077)


def open_own(path: Path, flags: int) -> int:
    """Open, or with O_CREAT make (0600), an ordinary file of ours; its descriptor.

    Raises BullionError where a link, a file of several names, another user's file or no file at
    all stands there, and OSError.
    """
    # Whatever stands there instead, such as a pipe, is not waited for.
    flags |= os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    descriptor = os.open(path, flags, PRIVATE_FILE)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise BullionError(f"{path} is no ordinary file: remove it.")
        owner = path.parent.lstat().st_uid
        if status.st_nlink > 1 and owner != os.geteuid():
            raise BullionError(
                f"{path} is a file of several names (hard links), of which one may be another's: "
                "remove it."
            )
        if status.st_uid not in {os.geteuid(), 0, owner}:
            raise BullionError(f"{path} belongs to another user: remove it.")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_own(path: Path) -> str:
    """The text of a file of ours, as :func:`open_own` opens it; what is no text is left out."""
    with os.fdopen(open_own(path, os.O_RDONLY), encoding="utf-8", errors="ignore") as file:
        return file.read()


def give(descriptor: int, uid: int, gid: int) -> None:
    """As root, give an opened file or folder to a user."""
    if os.geteuid() == 0:
        os.fchown(descriptor, uid, gid)


def write_file(
    path: Path, text: str, mode: int = PRIVATE_FILE, owner: tuple[int, int] | None = None
) -> None:
    """Write a file in one step: a reader sees the old text or the new, never half of it.

    As root it is given to ``owner`` (user and group), else to whom its folder belongs.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            folder = path.parent.lstat()
            give(file.fileno(), *(owner or (folder.st_uid, folder.st_gid)))
            file.write(text)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def make_folder(path: Path, mode: int = PRIVATE_FOLDER, owner: int | None = None) -> None:
    """Make a folder of that mode, owned as its parent is; one that is ours gets the mode, and one
    of ``owner`` (else of the parent's) as well.

    Raises BullionError where a link, a file or another user's folder stands there, and OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    parent = path.parent.stat()
    try:
        path.mkdir(mode=mode)
        is_new = True
    except FileExistsError:
        is_new = False
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise BullionError(
                f"{path} is a link or a file where a folder should be: remove it."
            ) from error
        raise
    try:
        status = os.fstat(descriptor)
        owner = parent.st_uid if owner is None else owner
        if status.st_uid not in {os.geteuid(), 0, owner}:
            raise BullionError(
                f"{path} belongs to another user: remove it, or set BULLION_HOME to a folder of "
                "your own."
            )
        if status.st_uid == os.geteuid() or os.geteuid() == 0:
            if stat.S_IMODE(status.st_mode) != mode:
                os.fchmod(descriptor, mode)
            if is_new:
                give(descriptor, parent.st_uid, parent.st_gid)
    finally:
        os.close(descriptor)


def refuse_links(folder: Path) -> None:
    """Raise BullionError where an entry of a folder is another user's link, or of a folder of
    another user's a file of several names."""
    is_ours = folder.lstat().st_uid == os.geteuid()
    for entry in os.scandir(folder):
        status = entry.stat(follow_symlinks=False)
        is_link = stat.S_ISLNK(status.st_mode) and status.st_uid != os.geteuid()
        if is_link or (stat.S_ISREG(status.st_mode) and status.st_nlink > 1 and not is_ours):
            raise BullionError(f"{entry.path} is a link of another user's: remove it.")


def close_to_others(folder: Path) -> None:
    """Take from other users what an older bullion left them of the entries of a folder, as far as
    these are ours."""
    for entry in os.scandir(folder):
        status = entry.stat(follow_symlinks=False)
        is_plain = stat.S_ISDIR(status.st_mode) or (
            stat.S_ISREG(status.st_mode) and status.st_nlink == 1
        )
        if not is_plain or not status.st_mode & 0o077 or status.st_uid != os.geteuid():
            continue
        descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & ~0o077)
        finally:
            os.close(descriptor)
