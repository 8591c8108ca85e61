"""kill -9 of a load into a lake at each of its steps, and two loads at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from bullion.ingest.run import load_paths
from tests.support.cli import command

HEADER = "engagement_id,customer_id,engaged_at,action_type,is_converted\n"
ROWS = 2_000
# Loads a folder into a lake, and dies before the n-th rename into place; -1: while writing rows.
DYING_LOAD = """
import os, signal, sys
from pathlib import Path
from bullion.ingest.lake import destination, folder as files
from bullion.ingest.run import load_paths

folder, target, last = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
renames = 0
publish, write = files.publish, destination.LakeSink.finish

def dying_publish(*paths):
    global renames
    renames += 1
    if renames == last:
        os.kill(os.getpid(), signal.SIGKILL)
    publish(*paths)

def dying_write(sink):
    sink._flush()
    os.kill(os.getpid(), signal.SIGKILL)

files.publish = destination.publish = dying_publish
if last == -1:
    destination.LakeSink.finish = dying_write
load_paths([folder], lake=target)
print(renames)
"""
STATE = """
    select source_file, rows_loaded, rows_rejected,
        (select count(distinct _source_row) from digital_engagement as d
            where d._batch_id = a.batch_id),
        (select count(*) from rejected_rows as r where r.batch_id = a.batch_id)
    from load_audit as a order by 1
"""
WHOLE = [
    ("2024-01-01/digital_engagement.csv", ROWS, 0, ROWS, 0),
    ("2024-01-02/digital_engagement.csv", ROWS, 1, ROWS, 1),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two extracts; the second has a bad record."""
    folder = tmp_path_factory.mktemp("extracts")
    for day in (1, 2):
        path = folder / f"2024-01-0{day}" / "digital_engagement.csv"
        path.parent.mkdir()
        lines = [f"E{i},C{i % 99},2024-01-01 10:00:{i % 60:02},Login,true" for i in range(ROWS)]
        bad = ["E-bad,C1,yesterday,Login,true"] if day == 2 else []
        path.write_text(HEADER + "\n".join([*lines, *bad]) + "\n")
    return folder


def dying_load(folder: Path, lake: Path, last: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", DYING_LOAD, str(folder), str(lake), str(last)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def state(lake: Path, query: str = STATE) -> list[tuple[object, ...]]:
    with duckdb.connect() as database:
        for name in ("digital_engagement", "rejected_rows", "load_audit"):
            database.read_parquet(f"{lake}/{name}/*.parquet").create_view(name)
        return database.execute(query).fetchall()


def test_a_load_killed_at_any_step_is_made_good_by_the_next(tmp_path: Path, folder: Path) -> None:
    whole = dying_load(folder, tmp_path / "whole", 0)
    assert whole.returncode == 0, whole.stderr
    made_with_the_lake = len(list((tmp_path / "whole").glob("*/000000000000.parquet")))
    steps = range(made_with_the_lake + 1, int(whole.stdout) + 1)
    assert len(steps) == 2 * len(["number", "rows", "audit"]) + len(["rejects"])
    for step in (-1, *steps):
        lake = tmp_path / str(step)
        died = dying_load(folder, lake, step)
        assert died.returncode == -9, died.stderr
        seen = state(lake)
        assert seen == WHOLE[: len(seen)]
        assert load_paths([folder], lake=lake).is_good
        assert state(lake) == WHOLE
        # Nothing is left that a later build's pinned batch would let in.
        counted = "select distinct _batch_id from digital_engagement union all select batch_id "
        assert state(lake, f"select count(*) from ({counted} from load_audit)") == [(4,)]
        assert state(lake, "select count(*) from digital_engagement") == [(2 * ROWS,)]
        assert list((lake / "_staging").iterdir()) == []


def test_two_loads_at_once_take_turns(tmp_path: Path, folder: Path) -> None:
    lake = tmp_path / "lake"
    loads = [
        subprocess.Popen(
            command("load", str(folder / f"2024-01-0{day}"), "--lake", str(lake)),
            stdout=subprocess.DEVNULL,
            env=os.environ | {"BULLION_HOME": str(tmp_path)},
        )
        for day in (1, 2)
    ]
    assert [load.wait(timeout=60) for load in loads] == [0, 0]
    assert state(lake) == WHOLE
    assert sorted(state(lake, "select batch_id from load_audit")) == [(1,), (2,)]
