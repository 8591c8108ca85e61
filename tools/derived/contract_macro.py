"""The contract's tables as a macro, for what has to name them when dbt parses."""

from __future__ import annotations

from pathlib import Path

from bullion.contract import load_contract
from bullion.paths import PROJECT_DIR

FILE = PROJECT_DIR / "macros" / "silver" / "contract_tables.sql"
_TEXT = """\
{{# The names of the raw tables, in the contract's order: what a model loops over that reads each of
   them. They are written here because a ref counts only if dbt meets it when it parses, before
   the contract can be read. Made by python -m tools.derived. #}}
{{% macro contract_tables() -%}}
    {{{{ return([
        {names}
    ]) }}}}
{{%- endmacro %}}
"""


def files() -> dict[Path, str]:
    """The macro's file and what stands in it."""
    names = ",\n        ".join(f"'{name}'" for name in load_contract())
    return {FILE: _TEXT.format(names=names)}
