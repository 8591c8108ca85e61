"""Memory stays flat as the bank grows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bullion.synth.context import BLOCK_SIZE

PROGRAM = """
import resource, sys
from bullion.synth.bank import generate
bank = generate(sys.argv[1], customers=int(sys.argv[2]), start="2025-01-01", end="2025-06-30",
                seed=1, deltas=1, workers=1)
print(sum(bank.rows.values()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _rows_and_peak(out: Path, customers: int) -> tuple[int, int]:
    """Rows written and the peak resident size (kB) of a process that writes one bank."""
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(out), str(customers)],
        check=True,
        capture_output=True,
        text=True,
    )
    rows, peak = finished.stdout.split()
    return int(rows), int(peak)


def test_ten_times_the_customers_take_hardly_more_memory(tmp_path: Path) -> None:
    rows, peak = _rows_and_peak(tmp_path / "one", BLOCK_SIZE)
    more_rows, more_peak = _rows_and_peak(tmp_path / "ten", 10 * BLOCK_SIZE)
    assert more_rows > 8 * rows
    assert more_peak < 1.3 * peak
