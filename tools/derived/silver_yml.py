"""The columns and keys that silver takes over from the bronze contract, between marks of its yml.

A column is told once, in the contract, and given to ``base_<table>``, which names it as an anchor,
and to ``stg_<table>``, which refers to that. Rules, milestones and derived columns are by hand.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from bullion.contract import Column, Table, load_contract
from bullion.errors import BullionError
from bullion.paths import PROJECT_DIR

FOLDER = PROJECT_DIR / "models" / "silver" / "staging"
_INDENT = " " * 6

# What silver adds to each row: name, type and the doc block that describes it.
_ADDED = (
    ("is_deleted", "boolean", "silver_is_deleted"),
    ("quarantine_rule", "text", "silver_quarantine_rule"),
    ("_first_batch_id", "bigint", "silver_first_batch_id"),
    ("_changed_batch_id", "bigint", "silver_changed_batch_id"),
    ("_batch_id", "bigint", "silver_batch_id"),
    ("_extracted_at", "timestamp", "silver_extracted_at"),
    ("_source_file", "text", "silver_source_file"),
    ("_source_row", "bigint", "silver_source_row"),
)
# Staging has good rows only.
_BASE_ONLY = "quarantine_rule"


def files() -> dict[Path, str]:
    """The yml of each contract table and what stands in it."""
    tables = load_contract().values()
    return {FOLDER / f"_silver__{table.name}.yml": renewed(table) for table in tables}


def renewed(table: Table) -> str:
    """The text of the table's file, with the marked parts as the contract has them."""
    added = [
        Column(name, "", data_type, description=f"{{{{ doc('{doc}') }}}}")
        for name, data_type, doc in _ADDED
    ]
    parts = {
        "key": [f"- {_key_test(table)}"],
        "all columns": [f"- {_described(column)}" for column in [*table.columns, *added]],
        "contract columns": [f"- *{name}" for name in table.column_names],
        "silver columns": [f"- *{column.name}" for column in added if column.name != _BASE_ONLY],
    }
    path = FOLDER / f"_silver__{table.name}.yml"
    text = path.read_text(encoding="utf-8")
    for mark, entries in parts.items():
        body = "".join(f"{_INDENT}{entry}\n" for entry in entries)
        text = _filled(path, text, mark, body)
    return text


def _filled(path: Path, text: str, mark: str, body: str) -> str:
    """The text with ``body`` between the lines ``# <mark>`` and ``# </mark>``."""
    part = re.compile(rf"(?<=# <{mark}>\n).*?(?=^ *# </{mark}>$)", re.DOTALL | re.MULTILINE)
    filled, found = part.subn(lambda _: body, text)
    if found != 1:
        raise BullionError(
            f"{path} has {found} parts between '# <{mark}>' and '# </{mark}>': write the two "
            "lines once, where these columns belong, and run python -m tools.derived again."
        )
    return filled


def _key_test(table: Table) -> str:
    """The base model's test: its key is given, and unique, which its unique index promises."""
    arguments = f"{{not_null: [{', '.join(table.key)}]}}"
    return f"holds: {{name: base_{table.name}_holds, arguments: {arguments}}}"


def _described(column: Column) -> str:
    """The entry of a column in the base model, one line."""
    fields = {
        "name": _scalar(column.name),
        # As PostgreSQL's catalogue calls it.
        "data_type": _scalar(column.data_type.replace("timestamp", "timestamp without time zone")),
        "description": json.dumps(column.description, ensure_ascii=False),
    }
    if column.pii:
        fields["config"] = "{meta: {pii: true}}"
    entry = ", ".join(f"{name}: {value}" for name, value in fields.items())
    return f"&{column.name} {{{entry}}}"


def _scalar(text: str) -> str:
    """The text as YAML's flow style takes it: plain where nothing else could be read from it."""
    plain = re.fullmatch(r"\w[\w ]*", text) and yaml.safe_load(text) == text
    return text if plain else json.dumps(text, ensure_ascii=False)
