"""Independent random streams, one per (table, truth, block): no draw depends on another's."""

from __future__ import annotations

import hashlib

import numpy as np


def stream_key(*names: object) -> int:
    """A stable 128-bit integer for the names (the same on every machine and every run)."""
    text = "\x1f".join(str(name) for name in names)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")


def generator(seed: int, *names: object) -> np.random.Generator:
    """The random stream of these names under this seed; distinct names give independent streams."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, stream_key(*names)])))
