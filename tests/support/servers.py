"""Looking at an embedded server from outside."""

from __future__ import annotations

from pathlib import Path

from bullion.server import cluster, process
from bullion.settings import Settings, get_settings


def settings_of(home: Path) -> Settings:
    """Settings that lead to that home's server."""
    return get_settings({"BULLION_HOME": str(home)})


def data_of(home: Path) -> Path:
    """The data directory of a home that was started once."""
    layout = cluster.existing_layout(home)
    assert layout is not None
    return layout.data


def postmaster(home: Path) -> process.Postmaster:
    """The running server of a home."""
    server = process.find_postmaster(data_of(home))
    assert server is not None
    return server
