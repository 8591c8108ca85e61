"""What may stand in ``models/bronze/_bronze__sources.yml``, beside what dbt itself reads there."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from bullion.documents import Entry

# The PostgreSQL type of each type of the contract.
DATA_TYPES = {
    "id": "text",
    "text": "text",
    "date": "date",
    "ts": "timestamp",
    "money": "numeric(18,3)",
    "rate": "numeric(9,6)",
    "score": "numeric(9,6)",
    "numeric": "numeric(18,6)",
    "exchange_rate": "numeric(18,9)",
    "int": "integer",
    "bool": "boolean",
}
_NUMBERS = ("money", "rate", "score", "numeric", "exchange_rate", "int")
# Columns that silver adds, beside those that begin with an underscore.
_SILVER_COLUMNS = ("is_deleted", "quarantine_rule")


class ColumnMeta(Entry):
    """What the contract says of a column beyond its name, PostgreSQL type and description."""

    type: Literal[
        "id",
        "text",
        "date",
        "ts",
        "money",
        "rate",
        "score",
        "numeric",
        "exchange_rate",
        "int",
        "bool",
    ]
    required: StrictBool = False
    pii: StrictBool = False
    references: str | None = None
    on_missing: Literal["quarantine", "unknown"] | None = None
    minimum: Decimal | None = Field(None, alias="min")
    maximum: Decimal | None = Field(None, alias="max")
    values: tuple[str, ...] = ()
    clean: Literal["upper", "lower", "staff"] | None = None
    time: Literal["past", "planned", "end", "birth"] | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if (self.references is None) != (self.on_missing is None):
            raise ValueError("needs both references and on_missing, or neither")
        if self.references and self.type != "id":
            raise ValueError(f"has references, which are for the type id, not {self.type}")
        if (self.minimum is None) != (self.maximum is None):
            raise ValueError("needs both min and max, or neither: the range is one rule")
        if self.minimum is not None and self.maximum is not None:
            if self.type not in _NUMBERS:
                raise ValueError(f"has min and max, which are for numbers, not {self.type}")
            if self.minimum > self.maximum:
                raise ValueError(f"has min {self.minimum} above max {self.maximum}")
        for name in ("values", "clean"):
            if getattr(self, name) and self.type != "text":
                raise ValueError(f"has {name}, which is for the type text, not {self.type}")
        if (self.time is None) != (self.type not in ("date", "ts")):
            raise ValueError(
                "needs time (past, planned, end or birth) where its type is date or ts, "
                "and only there"
            )
        _once("values", self.values)
        return self


class TableMeta(Entry):
    """The natural key of a table and the column that says when its rows happened."""

    key: tuple[str, ...] = Field(min_length=1)
    event_time: str | None = None


class _DbtEntry(BaseModel):
    """An entry of dbt's: dbt judges those of its keys that are not named here."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ColumnConfig(_DbtEntry):
    """dbt's ``config`` of a column."""

    meta: ColumnMeta


class ColumnEntry(_DbtEntry):
    """A column of a source's table."""

    name: str = Field(min_length=1)
    data_type: str
    description: str = Field(min_length=1)
    config: ColumnConfig

    @model_validator(mode="after")
    def _is_a_raw_column(self) -> Self:
        if self.name.startswith("_") or self.name in _SILVER_COLUMNS:
            raise ValueError("has a name that loading and silver give: take another")
        wanted = DATA_TYPES[self.config.meta.type]
        if self.data_type != wanted:
            raise ValueError(
                f"has the data_type {self.data_type}, but its meta.type {self.config.meta.type} "
                f"is {wanted}: change one of the two"
            )
        return self


class TableConfig(_DbtEntry):
    """dbt's ``config`` of a source's table."""

    meta: TableMeta


class TableEntry(_DbtEntry):
    """A raw table."""

    name: str = Field(min_length=1)
    description: str = Field(min_length=1)
    config: TableConfig
    columns: tuple[ColumnEntry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_its_key_and_event_time(self) -> Self:
        _once("columns", [column.name for column in self.columns])
        meta = self.config.meta
        types = {column.name: column.config.meta for column in self.columns}
        for name in meta.key:
            if name not in types:
                raise ValueError(f"has the key column {name}, which is none of its columns")
            if not types[name].required:
                raise ValueError(f"has the key column {name}, which needs meta.required: true")
        if meta.event_time and meta.event_time not in types:
            raise ValueError(f"has the event_time {meta.event_time}, which is none of its columns")
        if meta.event_time and types[meta.event_time].type not in {"date", "ts"}:
            raise ValueError(f"has the event_time {meta.event_time}, which is no date or ts")
        return self


class SourceEntry(_DbtEntry):
    """The source ``bronze``: all raw tables."""

    name: Literal["bronze"]
    tables: tuple[TableEntry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _references_its_own_keys(self) -> Self:
        _once("tables", [table.name for table in self.tables])
        keys = {table.name: table.config.meta.key for table in self.tables}
        for table in self.tables:
            for column in table.columns:
                parent = column.config.meta.references
                if parent is None:
                    continue
                if parent not in keys:
                    raise ValueError(
                        f"has {table.name}.{column.name} with references: {parent}, "
                        "which is none of its tables"
                    )
                if len(keys[parent]) != 1:
                    raise ValueError(
                        f"has {table.name}.{column.name} with references: {parent}, "
                        "whose key is more than one column"
                    )
        return self


class ContractFile(_DbtEntry):
    """The whole file."""

    sources: tuple[SourceEntry, ...] = Field(min_length=1, max_length=1)


def _once(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"has {name} twice among its {what}")
        seen.add(name)
