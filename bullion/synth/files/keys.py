"""Natural keys of the generated tables: one definition for every author."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bullion.synth.files import columns

_SHAPES = {
    "product": ("PRD", 3),
    "branch": ("BR", 4),
    "atm": ("ATM", 5),
    "advisor": ("ADV", 4),
    "agent": ("AGT", 4),
    "customer": ("CUS", 8),
    "account": ("ACC", 9),
    "application": ("APP", 12),
    "interaction": ("INT", 12),
    "payment": ("PAY", 12),
    "event": ("EVT", 12),
    "segment_history": ("SEG", 12),
    "assessment": ("RSK", 12),
    "enrollment": ("ENR", 12),
    "balance": ("BAL", 12),
    "engagement": ("ENG", 12),
    "merchant": ("MER", 6),
    "campaign": ("CMP", 5),
    "transaction": ("TXN", 12),
    "alert": ("ALT", 12),
    "report": ("REP", 12),
}


def key(kind: str, numbers: NDArray, valid: NDArray[np.bool_] | None = None) -> pa.Array:
    """Text keys of a kind: customers take index + 1, accounts Accounts.number, others 1-based."""
    prefix, width = _SHAPES[kind]
    return columns.ids(prefix, numbers, width, valid)
