"""Where the command begins. Its modules take half a second to import; whoever interrupts it
meanwhile is told so in one line, as later on."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """End at once: nothing has been begun, and a library half imported raises what it will."""
    os.write(sys.stderr.fileno(), b"bullion: interrupted.\n")
    os._exit(130)


def main() -> None:
    """Run the command line."""
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
        from bullion import cli

        signal.signal(signal.SIGINT, signal.default_int_handler)
    else:
        from bullion import cli
    cli.main()


if __name__ == "__main__":
    main()
