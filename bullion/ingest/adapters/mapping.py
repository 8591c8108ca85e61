"""A mapping file: which files a source has, and one SELECT for each table that it fills."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from bullion.contract import Table, load_contract
from bullion.documents import Entry, read_document
from bullion.errors import BullionError
from bullion.ingest.checking.values import ValueFormat, value_format
from bullion.ingest.reading.header import delimiter_from_option

_YAML_NULLS = ("NULL", "null", "Null", "~")
FOLDER = Path(__file__).parent


def _sql_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        raise ValueError(f"has the name '{name}': SQL reads it, so use letters, digits and _")
    return name


def _delimiter(text: str) -> str:
    try:
        return delimiter_from_option(text)
    except BullionError as error:
        raise ValueError(f"is '{text}': give , ; | or tab") from error


def _one_select(sql: str) -> str:
    # DuckDB takes a while to be imported.
    from bullion.ingest.adapters.sandbox import require_one_select

    require_one_select(sql)
    return sql


def _tables_schema(schema: dict[str, Any]) -> None:
    """Name the contract's tables in the JSON schema, each with its columns."""
    schema["properties"] = {
        table.name: {**schema["additionalProperties"], "description": _told(table)}
        for table in load_contract().values()
    }
    schema["additionalProperties"] = False


def _told(table: Table) -> str:
    columns = [f"{each.name} (required)" if each.required else each.name for each in table.columns]
    return f"{table.description} Columns: {', '.join(columns)}."


class SourceFile(Entry):
    """One file of the source, or several of one layout: to SQL a table of text columns.

    They are named as its header, or as ``columns`` says; beside them stand _source_row (the
    record's ordinal) and _source_file.
    """

    file: str = Field(
        min_length=1,
        description="Its name in the folder that is loaded; compressed (.gz, .bz2, .xz, .zst, "
        ".zip) it is found too. With * or ? all files of that pattern, which must have the same "
        "columns. Delimited text, JSON, Parquet or .xlsx: what it is, its content says.",
        examples=["account.asc", "statement_*.csv"],
    )
    delimiter: Annotated[str, AfterValidator(_delimiter)] | None = Field(
        None,
        description="The character that parts its fields, or tab; found in its first line unless "
        "given.",
        examples=[";", ",", "|", "tab"],
    )
    encoding: str | None = Field(
        None,
        min_length=1,
        description="Its encoding; UTF-8, or Latin-1 where it is not, unless given.",
        examples=["utf-8", "latin-1", "cp1250"],
    )
    header: bool | None = Field(
        None,
        description="Whether its first line names its columns. Without, they do, and a first line "
        "that looks like a record is refused; false: the columns are column1, column2, or those "
        "of columns.",
    )
    columns: tuple[Annotated[str, Field(min_length=1)], ...] | None = Field(
        None,
        min_length=1,
        description="With header: false, the names of its columns by position.",
        examples=[["booked", "payee", "amount"]],
    )
    skip_lines: int = Field(
        0,
        ge=0,
        description="How many lines stand before its header (or first record) and are passed over.",
        examples=[4],
    )
    sheet: str | None = Field(
        None,
        min_length=1,
        description="Of a workbook, the sheet; else the one that has data.",
    )
    decimal: Literal[".", ","] = Field(
        ".",
        description="The decimal sign of its numbers. It holds for what tables take from this "
        "source, their first, as text.",
    )
    date_format: str | None = Field(
        None,
        min_length=1,
        description="How its dates are written, where not YYYY-MM-DD. It holds for what tables "
        "take from this source, their first, as text.",
        examples=["DD.MM.YYYY", "MM/DD/YYYY", "YYMMDD"],
    )
    null_words: tuple[str, ...] = Field(
        (),
        alias="null",
        description="Words that stand for no value in it: to SQL they are null.",
        examples=[["n/a", "-"]],
    )

    @model_validator(mode="before")
    @classmethod
    def _spells_null(cls, raw: Any) -> Any:
        """YAML reads the key null, and such words in its list, as nothing, and numbers as such."""
        if not isinstance(raw, dict):
            return raw
        named = {"null" if key is None else key: value for key, value in raw.items()}
        if isinstance(words := named.get("null"), list):
            named["null"] = [
                word for each in words for word in (_YAML_NULLS if each is None else (str(each),))
            ]
        return named

    @field_validator("date_format")
    @classmethod
    def _is_date_format(cls, text: str | None) -> str | None:
        try:
            value_format(".", text)
        except BullionError as error:
            raise ValueError(f"is no way of writing dates: {error}") from error
        return text

    @model_validator(mode="after")
    def _columns_are_of_no_header(self) -> SourceFile:
        if self.columns is not None and self.header is not False:
            raise ValueError("has columns, which name those of a file without one: header: false")
        return self

    @property
    def has_header(self) -> bool:
        """Whether the first line is a header: it is, unless the mapping says otherwise."""
        return self.header is not False

    @property
    def style(self) -> ValueFormat:
        """How its values are written."""
        return value_format(self.decimal, self.date_format)


class TableMapping(Entry):
    """How one table of the contract is made."""

    reads: tuple[str, ...] = Field(
        alias="from",
        min_length=1,
        description="The sources that the SELECT may read. The first gives the rows their file, "
        "the way its values are written and, where the SELECT has it, their _source_row.",
        examples=[["ledger", "clients"]],
    )
    sql: Annotated[str, AfterValidator(_one_select)] = Field(
        min_length=1,
        description="One SELECT in DuckDB's SQL, which reaches nothing but the sources. It names "
        "its columns as the contract does; those left out are null. With _source_row (the record's "
        "ordinal in its file) a reject is found again; with _op a row can say upsert or delete.",
    )


class Mapping(Entry):
    """What `bullion load --from` reads: a layout that is not the contract's, and the way there."""

    description: str = Field(min_length=1, description="Whose layout it is, in a sentence.")
    sources: dict[Annotated[str, AfterValidator(_sql_name)], SourceFile] = Field(
        min_length=1, description="The source's files, by the names that SQL reads them by."
    )
    extracted_at: Annotated[str, AfterValidator(_one_select)] = Field(
        min_length=1,
        description="A SELECT over the sources of one date or timestamp: their newest event, which "
        "stands for the time of the extract unless --extracted-at says it.",
        examples=["select max(booked)::date from ledger"],
    )
    tables: dict[str, TableMapping] = Field(
        min_length=1,
        description="The tables of the contract that the source fills.",
        json_schema_extra=_tables_schema,
    )

    @field_validator("tables")
    @classmethod
    def _exist(
        cls, tables: dict[str, TableMapping], info: ValidationInfo
    ) -> dict[str, TableMapping]:
        """Tables are the contract's, and read from the file's sources."""
        sources = info.data.get("sources")
        for name, mapped in tables.items():
            if name not in load_contract():
                near = difflib.get_close_matches(name, load_contract(), n=1)
                known = near[0] if near else ", ".join(load_contract())
                raise ValueError(f"has {name}, which is no table of the contract: {known}")
            # Without sources there is an error already.
            unknown = [source for source in mapped.reads if source not in (sources or mapped.reads)]
            if unknown:
                raise ValueError(
                    f"has {name} from {', '.join(unknown)}, but the sources are "
                    f"{', '.join(sources or ())}"
                )
        return tables


def known_adapters() -> list[str]:
    """Names of the mappings that come with Bullion."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


def mapping_path(name: str) -> Path:
    """Where a mapping is, by its name or by the path of a ``.yml`` file."""
    return Path(name) if name.endswith((".yml", ".yaml")) else FOLDER / f"{name}.yml"


def read_mapping(name: str) -> Mapping:
    """A mapping by its name, or by the path of a ``.yml`` file.

    Raises BullionError when there is none, and naming the line and the field when something in it
    is not as it should be.
    """
    try:
        return read_document(mapping_path(name), Mapping)
    except FileNotFoundError as error:
        raise BullionError(
            f"There is no adapter '{name}': known are {', '.join(known_adapters())}, "
            "or give the path of a mapping file (.yml)."
        ) from error
