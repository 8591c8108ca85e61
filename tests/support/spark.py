"""What a Spark warehouse holds, for the comparison of engines.

Views are Spark's to read, and its metastore serves one process at a time: a process of its own
reads every table and view once and leaves them as Parquet files.

    python -m tests.support.spark HOME FOLDER SCHEMA...
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from bullion.engines.spark.session import open_session
from bullion.paths import PROJECT_DIR
from tests.support.parity import SCHEMAS, Columns, is_compared, kind_of

if TYPE_CHECKING:
    import pyarrow as pa

KINDS_FILE = "kinds.json"


@dataclass
class SparkSide:
    """The warehouse of a BULLION_HOME as it was when it was read."""

    folder: Path
    name: str = "Spark"

    def relations(self) -> dict[str, Columns]:
        """Tables and views with their columns' kinds."""
        kinds: dict[str, Columns] = json.loads((self.folder / KINDS_FILE).read_text())
        return kinds

    def rows(self, relation: str) -> pa.Table:
        """All rows of one of them."""
        return pq.read_table(self.folder / f"{relation}.parquet")


def read_spark(home: Path, folder: Path, schemas: Sequence[str] = SCHEMAS) -> SparkSide:
    """Read the whole warehouse of a BULLION_HOME; nothing else may have its metastore open."""
    folder.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.spark", str(home), str(folder), *schemas],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return SparkSide(folder)


def _write_all(home: Path, folder: Path, schemas: Sequence[str]) -> None:
    kinds: dict[str, Columns] = {}
    with open_session(home) as session:
        for schema in schemas:
            for relation in session.catalog.listTables(schema):
                rows = session.table(f"{schema}.{relation.name}")
                columns = {
                    name: kind_of(type_name)
                    for name, type_name in rows.dtypes
                    if is_compared(relation.name, name)
                }
                if not columns:
                    continue
                full_name = f"{schema}.{relation.name}"
                kinds[full_name] = columns
                pq.write_table(rows.select(*columns).toArrow(), folder / f"{full_name}.parquet")
    (folder / KINDS_FILE).write_text(json.dumps(kinds))


if __name__ == "__main__":
    _write_all(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
