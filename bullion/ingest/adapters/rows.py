"""The rows of a mapping's SELECT; a record on which it fails is a reject, where it can be told."""

from __future__ import annotations

import json
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from bullion.contract import Table
from bullion.errors import BullionError
from bullion.ingest.adapters.sandbox import first_line, is_row_by_row, limited
from bullion.ingest.adapters.sources import FILE, ROW, SourceTable
from bullion.ingest.checking.rejects import Reject
from bullion.ingest.reading.batch import RawBatch

_ROWS_PER_BATCH = 20_000
# So many records that fail mean that the SQL is wrong, not they.
_MOST_FAILING = 50
_OF_VALUES = (
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.OutOfRangeException,
)
_ADVICE = "try_strptime, try_cast and the like give null where a value cannot be read"


class MappedReader:
    """The rows of one SELECT as record batches; broken records of its first source are rejects.

    ``place`` names mapping and table in messages.
    """

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        sql: str,
        main: SourceTable,
        table: Table,
        place: str,
    ) -> None:
        self.notes: list[str] = list(main.notes)
        self._database = database
        self._sql = sql
        self._main = main
        self._place = place
        self._days = {column.name for column in table.columns if column.type == "date"}

    def content_hash(self) -> str:
        """Not asked for: the batch's hash is that of all sources that it reads."""
        return self._main.hash

    def batches(self) -> Iterator[RawBatch]:
        """All rows by their _source_row; BullionError where the SQL fails as a whole."""
        with limited(self._database, self._place):
            failing = self._evaluated()
        rejects = [*self._main.rejects, *failing]
        rejects.sort(key=lambda reject: reject.source_row)
        rows = self._database.sql("from results.rows")
        if ROW not in rows.columns:
            rows = rows.project(f"*, row_number() over () as {ROW}")
        rows = rows.order(ROW)
        for batch in rows.to_arrow_reader(_ROWS_PER_BATCH):
            columns = {
                name: self._as_days(column) if name in self._days else column
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
                if name not in (ROW, FILE)
            }
            yield RawBatch(
                columns,
                batch.column(ROW).cast(pa.int64()),
                lambda positions, batch=batch: [  # type: ignore[misc]
                    (None, _json(batch.slice(position, 1).to_pylist()[0])) for position in positions
                ],
                rejects,
            )
            rejects = []
        if rejects:
            yield RawBatch({}, pa.array([], pa.int64()), lambda _: [], rejects)

    def _evaluated(self) -> list[Reject]:
        """Keep the SELECT's rows in results.rows; returns the records on which it fails."""
        try:
            self._evaluate()
        except duckdb.Error as error:
            failing = self._failing(error)
            excluded = ", ".join(map(str, failing))
            self._show_main(f"{ROW} not in ({excluded})")
            self._evaluate()
            return [self._reject(ordinal, said) for ordinal, said in failing.items()]
        return []

    def _evaluate(self) -> None:
        try:
            self._database.execute(f"create or replace table results.rows as\n{self._sql}")
        except duckdb.InterruptException as error:
            # No record is at fault, so none is looked for.
            raise BullionError(f"{self._place}: its SQL was interrupted.") from error

    def _failing(self, error: duckdb.Error) -> dict[int, str]:
        """The ordinals of the records on which the SELECT fails, each with what DuckDB says.

        They are found by halves. Raises BullionError where one row is made of several records, and
        where too many fail.
        """
        main = self._main.name
        if not self._fails_by_value(error) or not is_row_by_row(self._database, self._sql, main):
            raise BullionError(f"{self._place}: {first_line(error)} ({_ADVICE}).") from error
        found = self._database.execute(f"select max({ROW}) from sources.{main}").fetchone()
        ranges = [(1, found[0] or 0)] if found else []
        failing: dict[int, str] = {}
        while ranges:
            low, high = ranges.pop()
            try:
                self._show_main(f"{ROW} between {low} and {high}")
                self._evaluate()
            except duckdb.Error as inner:
                if low < high:
                    middle = (low + high) // 2
                    ranges += [(middle + 1, high), (low, middle)]
                    continue
                failing[low] = first_line(inner)
                if len(failing) == _MOST_FAILING:
                    raise BullionError(
                        f"{self._place}: it fails on {_MOST_FAILING} records or more, first on "
                        f"record {min(failing)}: {failing[min(failing)]} ({_ADVICE})."
                    ) from inner
        return failing

    def _fails_by_value(self, error: duckdb.Error) -> bool:
        """Whether it is a value that the SELECT fails on: of no record it does not."""
        kinds = (
            duckdb.ConversionException,
            duckdb.InvalidInputException,
            duckdb.OutOfRangeException,
        )
        if not isinstance(error, kinds):
            return False
        try:
            self._show_main("false")
            self._evaluate()
        except duckdb.Error:
            return False
        return True

    def _show_main(self, condition: str) -> None:
        name = self._main.name
        self._database.execute(
            f"create or replace view visible.{name} as "
            f"select * from sources.{name} where {condition}"
        )

    def _reject(self, ordinal: int, said: str) -> Reject:
        row = self._database.sql(f"from sources.{self._main.name} where {ROW} = {ordinal}")
        values = row.to_arrow_table().to_pylist()[0]
        # The record is kept as it stood; a reason is printed, and the value may be personal.
        for value in values.values():
            if isinstance(value, str) and len(value) > 1:
                said = said.replace(f'"{value}"', "a value").replace(f"'{value}'", "a value")
        reason = f"The mapping's SQL fails on the record: {said}."
        return Reject(ordinal, None, None, "mapping", _json(values), reason)

    @staticmethod
    def _as_days(column: pa.Array) -> pa.Array:
        """Timestamps that are all midnight as days; SQL's functions of dates give timestamps."""
        if not pa.types.is_timestamp(column.type) or column.type.tz:
            return column
        days = column.cast(pa.date32(), safe=False)
        same = pc.all(pc.equal(days.cast(column.type), column)).as_py()
        return days if same is not False else column


def _json(values: dict[str, object]) -> str:
    return json.dumps(values, default=str, ensure_ascii=False)
