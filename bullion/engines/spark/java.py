"""Which Java runs Spark."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from bullion.errors import BullionError

OLDEST_JAVA = 17
_ADVICE = (
    f"Spark needs Java {OLDEST_JAVA} or later: install it (Debian: openjdk-17-jre-headless) or "
    "set JAVA_HOME."
)


def java_home() -> Path:
    """The folder of a Java that Spark runs on: that of ``JAVA_HOME``, else of ``java`` on PATH.

    Raises BullionError when there is none or it is too old.
    """
    named = os.environ.get("JAVA_HOME")
    found = f"{named}/bin/java" if named else shutil.which("java")
    if found is None:
        raise BullionError(f"No Java was found. {_ADVICE}")
    try:
        said = subprocess.run(
            [found, "-version"], capture_output=True, text=True, timeout=60, check=True
        ).stderr
    except (OSError, subprocess.SubprocessError) as error:
        raise BullionError(f"{found} does not run ({error}). {_ADVICE}") from error
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < OLDEST_JAVA:
        raise BullionError(f"{found} is {said.splitlines()[0]}. {_ADVICE}")
    return Path(found).resolve().parent.parent
