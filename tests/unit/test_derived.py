"""The files that follow from others are what they follow from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bullion.contract import Column, table
from bullion.errors import BullionError
from tools.derived import silver_yml
from tools.derived.__main__ import stale_files
from tools.derived.counts import sentence
from tools.derived.exposures import FILE


def test_nothing_that_follows_from_other_files_is_stale() -> None:
    assert not stale_files(), "run python -m tools.derived"


def test_the_readme_has_its_counts() -> None:
    text = (FILE.parents[2] / "README.md").read_text(encoding="utf-8")
    assert sentence() in text


def test_a_column_added_to_the_contract_arrives_in_silver_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = table("accounts")
    before = (silver_yml.FOLDER / "_silver__accounts.yml").read_text(encoding="utf-8")
    copy = tmp_path / "_silver__accounts.yml"
    copy.write_text(before, encoding="utf-8")
    monkeypatch.setattr(silver_yml, "FOLDER", tmp_path)
    described = 'Paid in "points, % or cash": {as sold}.'
    added = Column("yes", "money", "numeric(18,2)", pii=True, description=described)
    after = silver_yml.renewed(replace(accounts, columns=(*accounts.columns, added)))
    new = [line for line in after.splitlines() if line not in before.splitlines()]
    assert [line.split()[1] for line in new] == ["&yes", "*yes"]
    base, staging = ({c["name"]: c for c in m["columns"]} for m in yaml.safe_load(after)["models"])
    assert base["yes"] == staging["yes"]
    assert base["yes"] == {
        "name": "yes",
        "data_type": "numeric(18,2)",
        "description": described,
        "config": {"meta": {"pii": True}},
    }


def test_keys_are_tested_in_base_alone() -> None:
    def tests(table_name: str) -> list[Any]:
        described = yaml.safe_load(silver_yml.renewed(table(table_name)))["models"]
        return [model.get("data_tests") for model in described]

    assert tests("accounts") == [
        [{"holds": {"name": "base_accounts_holds", "arguments": {"not_null": ["account_id"]}}}],
        None,
    ]
    [holds], staged = tests("customer_retention")
    assert holds["holds"]["arguments"]["not_null"] == ["customer_id", "product_id", "churn_date"]
    assert staged is None


@pytest.mark.parametrize(("mark", "instead"), [("# </silver", "# <silver"), ("# <all", "#")])
def test_lost_marks_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str, instead: str
) -> None:
    text = (silver_yml.FOLDER / "_silver__accounts.yml").read_text(encoding="utf-8")
    (tmp_path / "_silver__accounts.yml").write_text(text.replace(mark, instead), encoding="utf-8")
    monkeypatch.setattr(silver_yml, "FOLDER", tmp_path)
    with pytest.raises(BullionError, match=r"_silver__accounts.yml has 0 parts between '# <"):
        silver_yml.renewed(table("accounts"))
