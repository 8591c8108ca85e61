"""The JSON schema of a mapping, by which an editor completes and checks who writes one."""

from __future__ import annotations

import json
from pathlib import Path

from bullion.ingest.adapters.mapping import Mapping
from bullion.paths import PROJECT_DIR

FILE = PROJECT_DIR / "docs" / "mapping.schema.json"
_DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def files() -> dict[Path, str]:
    """The schema's file and what stands in it."""
    schema = _DIALECT | Mapping.model_json_schema(by_alias=True)
    return {FILE: json.dumps(schema, indent=2, ensure_ascii=False) + "\n"}
