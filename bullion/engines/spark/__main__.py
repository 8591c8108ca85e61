"""`scripts/spark-cluster`: start, stop or show the cluster of this BULLION_HOME."""

from __future__ import annotations

import argparse
import sys

from bullion.engines.spark import cluster
from bullion.errors import BullionError
from bullion.files import private_umask
from bullion.settings import home_dir


def main() -> None:
    """Run one of the three verbs; a problem is one line and exit code 1."""
    parser = argparse.ArgumentParser(prog="scripts/spark-cluster", description=cluster.__doc__)
    parser.add_argument("verb", choices=["start", "stop", "status"])
    private_umask()
    try:
        _run(parser.parse_args().verb)
    except BullionError as error:
        sys.exit(str(error))


def _run(verb: str) -> None:
    home = home_dir()
    if verb == "stop":
        print("Spark has stopped." if cluster.stop(home) else "Spark was not running.")
        return
    found = cluster.start(home) if verb == "start" else cluster.find(home)
    if found is None:
        raise BullionError("Spark is not running: scripts/spark-cluster start.")
    print(f"Spark is running: master {found.master}, {len(cluster.workers(home))} workers.")
    print("To build on it:  " + " ".join(f"{k}={v}" for k, v in found.environ().items()), end=" ")
    print("dbt build --target spark")


if __name__ == "__main__":
    main()
