"""`bullion load` into a lake, and into PostgreSQL and a lake at once."""

from __future__ import annotations

import shutil
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bullion.db import connect
from bullion.ingest.run import load_one, load_paths
from bullion.settings import Settings
from tools.bench.copying import TURNS, make_bronze


def time_sinks(settings: Settings, file: Path, folder: Path) -> tuple[float, float]:
    """Median seconds of a lake's load and of both at once; ``settings`` is an empty database."""
    make_bronze(settings)
    lake_seconds, both_seconds = [], []
    for _ in range(TURNS):
        lake = folder / "lake_of_one_file"
        begun = time.perf_counter()
        load_paths([file], lake=lake)
        lake_seconds.append(time.perf_counter() - begun)
        shutil.rmtree(lake)
        with connect(settings, autocommit=True) as connection:
            connection.execute("set role archivist")
            connection.execute(f"truncate bronze.{file.stem}, bronze.load_audit cascade")
            connection.execute("reset role")
            begun = time.perf_counter()
            with ThreadPoolExecutor(2) as pool:
                running = pool.submit(load_paths, [file], lake=lake)
                load_one(connection, file)
                running.result()
            both_seconds.append(time.perf_counter() - begun)
        shutil.rmtree(lake)
    return statistics.median(lake_seconds), statistics.median(both_seconds)
