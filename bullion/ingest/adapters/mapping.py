"""A mapping file: which files a source has, and one SELECT for each table that it fills."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bullion.contract import load_contract
from bullion.errors import BullionError

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class SourceFile:
    """One delimited file of the source. ``file`` is its name (a ``.gz`` of it is found too)."""

    name: str
    file: str
    delimiter: str | None = None
    encoding: str | None = None


@dataclass(frozen=True)
class TableMapping:
    """How one table of the contract is made.

    ``reads`` names the sources that ``sql`` may select from; the first gives the rows their
    ``_source_file`` and, where ``sql`` selects it, their ``_source_row``.
    """

    table_name: str
    reads: tuple[str, ...]
    sql: str


@dataclass(frozen=True)
class Mapping:
    """A whole adapter. ``extracted_at`` is SQL over the sources for the newest event time."""

    name: str
    description: str
    sources: tuple[SourceFile, ...]
    extracted_at: str
    tables: tuple[TableMapping, ...]

    def source(self, name: str) -> SourceFile:
        """The source of that name."""
        return next(source for source in self.sources if source.name == name)


def known_adapters() -> list[str]:
    """Names of the mappings that come with Bullion."""
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


def read_mapping(name: str) -> Mapping:
    """A mapping by its name, or by the path of a ``.yml`` file.

    Raises BullionError when there is none or when it is not well-formed; tables and sources that
    do not exist are named.
    """
    path = Path(name) if name.endswith((".yml", ".yaml")) else FOLDER / f"{name}.yml"
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BullionError(
            f"There is no adapter '{name}': known are {', '.join(known_adapters())}, "
            "or give the path of a mapping file (.yml)."
        ) from error
    except yaml.YAMLError as error:
        raise BullionError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    try:
        return _mapping(path, raw)
    except (KeyError, TypeError, AttributeError) as error:
        raise BullionError(
            f"{path} is not a mapping: it needs sources, extracted_at and tables with from and "
            f"sql ({error!r})."
        ) from error


def _mapping(path: Path, raw: dict[str, Any]) -> Mapping:
    sources = tuple(SourceFile(name, **fields) for name, fields in raw["sources"].items())
    tables = tuple(
        TableMapping(name, tuple(fields["from"]), fields["sql"])
        for name, fields in raw["tables"].items()
    )
    known_sources = {source.name for source in sources}
    for mapped in tables:
        if mapped.table_name not in load_contract():
            raise BullionError(f"{path}: {mapped.table_name} is no table of the contract.")
        unknown = set(mapped.reads) - known_sources
        if unknown or not mapped.reads:
            raise BullionError(
                f"{path}: {mapped.table_name} reads from {', '.join(sorted(unknown)) or 'nothing'},"
                f" but the sources are {', '.join(sorted(known_sources))}."
            )
    return Mapping(path.stem, raw["description"], sources, raw["extracted_at"], tables)
