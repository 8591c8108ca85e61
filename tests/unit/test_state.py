"""What bullion keeps for its next run is made anew where it is damaged, and no reason to stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bullion import demo
from bullion.engines.spark import cluster
from bullion.report.entries import standing_entries
from bullion.server.process import find_postmaster
from bullion.server.secrets import known_word, password_of, write_passfile
from bullion.verify import seeds
from bullion.verify.scratch import SeedJob

DAMAGES = [b"", b"{", b"[]", b"[1]", b"null", b'"x"', b"7", b'{"port": {}}', bytes(range(256))]


def cached(folder: Path) -> object:
    """The cache of verification's finished banks."""
    job = SeedJob(1, False, 10, (), 1, 0)
    seeds._file(folder, job).write_bytes((folder / "state").read_bytes())
    return seeds._stored(folder, job)


def of_spark(folder: Path) -> object:
    """The record of a cluster of Spark."""
    file = folder / "spark" / "cluster" / "cluster.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes((folder / "state").read_bytes())
    return cluster.find(folder)


def of_demo(folder: Path) -> object:
    """The stamp of a bank that the demo has generated."""
    (folder / demo._STAMP).write_bytes((folder / "state").read_bytes())
    return demo._is_generated(folder, 10) or None


def of_report(folder: Path) -> object:
    """The entries of a written report."""
    (folder / "assets").mkdir()
    (folder / "assets" / "charts.json").write_bytes((folder / "state").read_bytes())
    return standing_entries(folder, without=[]) or None


def of_postmaster(folder: Path) -> object:
    """PostgreSQL's own pid file."""
    (folder / "postmaster.pid").write_bytes((folder / "state").read_bytes())
    return find_postmaster(folder)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("read", [cached, of_spark, of_demo, of_report, of_postmaster])
def test_damaged_state_counts_as_none(
    tmp_path: Path, read: Callable[[Path], object], damage: bytes
) -> None:
    (tmp_path / "state").write_bytes(damage)
    assert read(tmp_path) is None


@pytest.mark.parametrize("damage", [b"", b"\n", b"\x00\x01", "\u00e9".encode(), bytes(range(256))])
def test_damaged_password_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "bullion").write_bytes(damage)
    (tmp_path / "pgpass").write_bytes(damage)
    assert known_word(tmp_path, "bullion") == ""
    word = password_of(tmp_path, "bullion")
    assert password_of(tmp_path, "bullion") == known_word(tmp_path, "bullion") == word
    assert write_passfile(tmp_path).read_text().endswith(f":bullion:{word}\n")
