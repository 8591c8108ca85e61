"""The form of truth.yml: what the generator writes and verification reads."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from bullion.errors import BullionError

FILE = "truth.yml"

# Rows by table of each extract.
Rows = dict[str, dict[str, int]]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Arguments(_Part):
    """What the bank was generated with; ``deltas``: how many later extracts."""

    seed: int
    customers: int
    start: dt.date
    end: dt.date
    deltas: int
    faults: bool
    null: bool
    without: list[str]
    currencies: list[str] = []


class Entry(_Part):
    """What is true of one effect in this bank (see ``synth.planted.PlantedTruth``).

    ``realised`` are values that this bank has of itself, by name; none where none are known.
    Banks of earlier versions lack ``planted`` and ``population`` in some of their entries.
    """

    planted: bool | None = None
    parameters: dict[str, JsonValue]
    estimand: JsonValue
    population: str = ""
    realised: dict[str, int | float]


class Faults(_Part):
    """The bad rows and files: how many by outcome, and each one."""

    counts: dict[str, int]
    rows: list[dict[str, JsonValue]]
    files: list[dict[str, str]]


class Document(_Part):
    """truth.yml. ``deltas`` are the changes by kind of each later extract, where there are such."""

    bank: Arguments
    rows: Rows
    truths: dict[str, Entry]
    deltas: dict[str, dict[str, int]] | None = None
    faults: Faults | None = None


def read(path: Path) -> Document:
    """The document in a file. Raises BullionError when it cannot be read or has another form."""
    try:
        plain = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except OSError as error:
        raise BullionError(f"{path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BullionError(f"{path} is not the {FILE} of a synthetic bank: no YAML.") from error
    return parse(plain, path)


def parse(plain: object, path: Path) -> Document:
    """The document of plain values. Raises BullionError that names the file and the first field
    that is not as it must be."""
    try:
        return Document.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the whole"
        raise BullionError(
            f"{path} is not the {FILE} of a synthetic bank: {field}: {first['msg']}; "
            "make the bank again with 'bullion generate'."
        ) from error
