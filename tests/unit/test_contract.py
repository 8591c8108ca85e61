"""The contract is checked when it is read; what is wrong with it is one line that says where."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from bullion.contract import CONTRACT_FILE, load_contract, table
from bullion.errors import BullionError

SMALL = """\
version: 2
sources:
  - name: bronze
    schema: bronze
    tables:
      - name: branches
        description: One row per branch.
        loaded_at_field: _loaded_at
        config:
          meta: {key: [branch_id], event_time: opened}
        columns:
          - name: branch_id
            data_type: text
            description: Natural key of the branch.
            config: {meta: {type: id, required: true}}
          - name: opened
            data_type: date
            description: Day of its opening.
            config: {meta: {type: date, time: past}}
      - name: tills
        description: One row per till.
        config:
          meta: {key: [till_id]}
        columns:
          - name: till_id
            data_type: text
            description: Natural key of the till.
            config: {meta: {type: id, required: true}}
          - name: branch_id
            data_type: text
            description: Branch in which it stands.
            config: {meta: {type: id, references: branches, on_missing: quarantine}}
          - name: kind
            data_type: text
            description: Kind of till.
            config: {meta: {type: text, values: [Old, New], clean: upper, pii: true}}
          - name: score
            data_type: numeric(9,6)
            description: Score of the till.
            config: {meta: {type: score, min: 0, max: 0.5}}
"""


def _read(folder: Path, text: str) -> str:
    """What reading the text says is wrong, without the file's path."""
    path = folder / "contract.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BullionError) as raised:
        load_contract(path)
    said = str(raised.value)
    assert "\n" not in said
    return said.removeprefix(f"{path}")


def test_what_is_right_is_read(tmp_path: Path) -> None:
    path = tmp_path / "contract.yml"
    path.write_text(SMALL, encoding="utf-8")
    branches, tills = load_contract(path).values()
    assert (branches.key, branches.event_time, tills.event_time) == (("branch_id",), "opened", None)
    assert tills.column_names == ["till_id", "branch_id", "kind", "score"]
    assert tills.column("branch_id").references == "branches"
    assert (tills.column("kind").values, tills.column("kind").pii) == (("Old", "New"), True)
    assert (tills.column("score").minimum, tills.column("score").maximum) == (0, Decimal("0.5"))


@pytest.mark.parametrize(
    ("right", "wrong", "line", "said"),
    [
        (
            "type: id, references",
            "type: key, references",
            32,
            "branch_id.config.meta.type should be 'id', 'text', 'date', 'ts', 'money', 'rate', ",
        ),
        (
            "pii: true",
            "private: true",
            36,
            ": sources.bronze.tables.tills.columns.kind.config.meta has a key 'private'; there may",
        ),
        ("required: true", "required: sure", 15, "meta.required should be true or false, not sure"),
        ("[Old, New]", "[Old, No]", 36, "values.1 should be text (quote it if it is), not False"),
        ("[Old, New]", "[Old, Old]", 36, "meta has Old twice among its values"),
        ("[Old, New]", "Old", 36, "meta.values should be a list, not Old"),
        ("clean: upper", "clean: title", 36, "clean should be 'upper', 'lower' or 'staff', not"),
        (", on_missing: quarantine", "", 32, "needs both references and on_missing"),
        ("type: id, references", "type: text, references", 32, "are for the type id, not text"),
        ("references: branches", "references: banks", 3, "tills.branch_id with references: banks"),
        (
            "key: [branch_id]",
            "key: [branch_id, opened]",
            6,
            "tables.branches has the key column opened, which needs meta.required: true",
        ),
        ("min: 0, ", "", 40, "columns.score.config.meta needs both min and max"),
        ("min: 0, ", "min: 1, ", 40, "has min 1 above max 0.5"),
        ("type: score", "type: ts", 40, "has min and max, which are for numbers, not ts"),
        (", time: past", "", 19, "needs time (past, planned, end or birth)"),
        ("time: past", "time: then", 19, "time should be 'past', 'planned',"),
        ("type: id, references", "type: id, time: end, references", 32, "and only there"),
        ("type: text, values", "type: id, values", 36, "has values, which is for the type text"),
        (
            "type: date, ",
            "type: ts, ",
            16,
            "opened has the data_type date, but its meta.type ts is",
        ),
        ("name: kind", "name: _kind", 33, "columns._kind has a name that loading and silver give"),
        ("name: kind", "name: is_deleted", 33, "has a name that loading and silver give"),
        ("name: kind", "name: score", 20, "tables.tills has score twice among its columns"),
        ("name: tills", "name: branches", 3, "sources.bronze has branches twice among its tables"),
        ("key: [till_id]", "key: [till]", 20, "tills has the key column till, which is none"),
        ("key: [till_id]", "key: []", 23, "tables.tills.config.meta.key should not be empty"),
        ("key: [till_id]", "", 23, "tables.tills.config.meta.key is missing."),
        ("{key: [till_id]}", "", 23, "tables.tills.config.meta should be a mapping, not None."),
        ("event_time: opened", "event_time: closed", 6, "has the event_time closed, which is none"),
        ("event_time: opened", "event_time: branch_id", 6, "which is no date or ts"),
        ("            description: Kind of till.\n", "", 33, "columns.kind.description is missing"),
        ("name: bronze", "name: silver", 3, "sources.silver.name should be 'bronze', not silver"),
        (SMALL, "", 1, "the file should be a mapping, not None"),
    ],
)
def test_what_is_wrong_is_told(
    tmp_path: Path, right: str, wrong: str, line: int, said: str
) -> None:
    assert right in SMALL
    message = _read(tmp_path, SMALL.replace(right, wrong, 1))
    assert message.startswith(f", line {line}: ")
    assert said in message


def test_a_parent_has_one_key_column(tmp_path: Path) -> None:
    text = SMALL.replace("{type: date, time: past}", "{type: date, time: past, required: true}")
    said = _read(tmp_path, text.replace("key: [branch_id]", "key: [branch_id, opened]"))
    assert "tills.branch_id with references: branches, whose key is more than one column" in said


def test_what_is_no_yaml_is_told(tmp_path: Path) -> None:
    assert _read(tmp_path, "sources: [").startswith(" is not YAML: ")


def test_an_unknown_table_names_the_known() -> None:
    with pytest.raises(BullionError, match="known: products, merchants, customers"):
        table("payments")


def test_only_who_reads_the_contract_waits_for_pydantic() -> None:
    code = (
        "import sys, bullion.cli, bullion.contract\n"
        "assert 'pydantic' not in sys.modules\n"
        "bullion.contract.load_contract()\n"
        "assert 'pydantic' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=CONTRACT_FILE.parents[2])
