"""Files of one owner: private, written whole, opened without following a link."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from bullion.errors import BullionError
from bullion.files import make_folder, one_line, open_own, read_own, said, write_file


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_file_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "word"
    path.write_text("old")
    path.chmod(0o644)
    write_file(path, "new")
    assert (path.read_text(), mode_of(path)) == ("new", 0o600)
    assert [*tmp_path.iterdir()] == [path]


def test_link_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_file(tmp_path / "link", "new")
    assert (tmp_path / "target").read_text() == "kept"
    assert (tmp_path / "link").read_text() == "new"


@pytest.mark.parametrize("kind", ["link", "dangling", "folder", "pipe"])
def test_what_is_no_file_is_refused_in_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "lock"
    if kind in {"link", "dangling"}:
        path.symlink_to(tmp_path if kind == "link" else tmp_path / "none")
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(BullionError) as raised, one_line(tmp_path):
        os.close(open_own(path, os.O_RDWR | os.O_CREAT))
    assert str(path) in str(raised.value)
    assert not (tmp_path / "none").exists()


def test_what_is_no_text_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "word").write_bytes(b"\xffa\xfe")
    assert read_own(tmp_path / "word") == "a"


def test_folder_gets_its_mode(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    assert mode_of(tmp_path / "a" / "b") == 0o700
    (tmp_path / "a" / "b").chmod(0o755)
    make_folder(tmp_path / "a" / "b", 0o711)
    assert mode_of(tmp_path / "a" / "b") == 0o711
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "file").write_text("")
    for name in ("link", "file"):
        with pytest.raises(BullionError, match="where a folder should be"):
            make_folder(tmp_path / name)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.ENOTDIR, 99])
def test_what_the_system_refuses_is_one_line(number: int) -> None:
    home = Path("/home/ann/.bullion")
    inside = said(OSError(number, os.strerror(number), str(home / "lock")), home)
    assert inside.startswith(f"{home}/lock: ")
    assert "BULLION_HOME" in inside
    assert "BULLION_HOME" not in said(OSError(number, os.strerror(number), "/data/x.csv"), home)
    assert said(OSError(number, os.strerror(number)), home).endswith(".")
