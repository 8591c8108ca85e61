"""Reads a YAML file by a model of it; what is wrong with it is one line for who writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from bullion.errors import BullionError

# In C, and so five times as fast, where PyYAML was built with it (its wheels are).
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SAID = {
    "missing": "is missing",
    "model_type": "should be a mapping",
    "dict_type": "should be a mapping",
    "tuple_type": "should be a list",
    "string_type": "should be text (quote it if it is)",
    "bool_type": "should be true or false",
    "too_short": "should not be empty",
    "string_too_short": "should not be empty",
}
_LONGEST_VALUE = 60


class Entry(BaseModel):
    """A mapping of the file in which only the keys of its model may stand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _names_its_keys(cls, raw: Any) -> Any:
        """Refuse other keys by naming the right ones, which pydantic's own message does not."""
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in raw if isinstance(raw, dict) else ():
            if key not in known:
                raise ValueError(f"has a key '{key}'; there may be {', '.join(known)}")
        return raw


Document = TypeVar("Document", bound=BaseModel)


def read_document(path: Path, model: type[Document]) -> Document:
    """The file as its model.

    Raises BullionError with the file, the line, the way to the field and what should stand there;
    FileNotFoundError where there is no file.
    """
    try:
        tree = yaml.compose(path.read_text(encoding="utf-8"), _LOADER)
        raw = _LOADER("").construct_document(tree) if tree else None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise BullionError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BullionError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        line, place = _place(tree, first["loc"])
        raise BullionError(f"{path}, line {line}: {place} {_said(first)}.") from error


def _place(node: yaml.Node | None, way: tuple[int | str, ...]) -> tuple[int, str]:
    """The line of a field, or of what should hold it, and the way there; entries by their name."""
    line = 1
    steps = []
    for step in way:
        if step == "[key]":  # pydantic's word for the key itself, which the step before it names
            continue
        if isinstance(node, yaml.MappingNode):
            named = {key.value: (key, value) for key, value in node.value}
            if step in named:
                key, node = named[step]
                line = key.start_mark.line + 1
            steps.append(str(step))
        elif isinstance(node, yaml.SequenceNode):
            node = node.value[int(step)]
            line = node.start_mark.line + 1
            steps.append(_name(node) or str(step))
    return line, ".".join(steps) or "the file"


def _name(node: yaml.Node) -> str | None:
    entries = node.value if isinstance(node, yaml.MappingNode) else []
    return next((str(value.value) for key, value in entries if key.value == "name"), None)


def _said(error: ErrorDetails) -> str:
    """What is wrong, as the end of a sentence that begins with the field."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    said = _SAID.get(error["type"]) or error["msg"].removeprefix("Input ")
    if error["type"] == "missing":
        return said
    value = " ".join(str(error["input"]).split())
    return f"{said}, not {value[:_LONGEST_VALUE] or 'empty'}"
