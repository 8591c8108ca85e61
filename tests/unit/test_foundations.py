"""What a model is said to rest on, by the project as dbt reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from bullion.paths import PROJECT_DIR
from dbt_bullion.foundations import foundations
from dbt_bullion.foundations import test_foundations as foundations_of_tests
from tests.support import dbt

Changed = Callable[[Any], None]


@pytest.fixture(scope="module")
def manifest() -> Any:
    return dbt.manifest_of({})


@pytest.fixture
def changed(manifest: Any) -> Iterator[Callable[[Changed], set[str]]]:
    """The names of the models whose logic is another after a change of the project."""
    kept = deepcopy((manifest.nodes, manifest.macros, manifest.sources))
    before = foundations(manifest)

    def difference(change: Changed) -> set[str]:
        change(manifest)
        after = foundations(manifest)
        return {
            unique_id.split(".")[-1]
            for unique_id, foundation in after.items()
            if foundation["logic"] != before[unique_id]["logic"]
        }

    yield difference
    manifest.nodes, manifest.macros, manifest.sources = kept


def _of(manifest: Any, name: str) -> dict[str, Any]:
    return foundations(manifest)[f"model.bullion.{name}"]


def test_every_table_and_seed_has_one(manifest: Any) -> None:
    found = foundations(manifest)
    assert found.keys() == {
        unique_id
        for unique_id, node in manifest.nodes.items()
        if node.config.materialized in ("table", "incremental", "seed")
    }
    positions = {manifest.nodes[name].alias: each["position"] for name, each in found.items()}
    assert all(
        positions[below] < foundation["position"]
        for foundation in found.values()
        for below in foundation["inputs"]
    )


def test_views_are_part_of_what_reads_them(manifest: Any, changed: Any) -> None:
    transactions = _of(manifest, "int_account_daily")
    assert "base_transactions" in transactions["inputs"]
    assert not [name for name in transactions["inputs"] if name.startswith("stg_")]
    # Read by the view alone.
    assert "night_ends_at_hour" in transactions["variables"]

    def change(project: Any) -> None:
        project.nodes["model.bullion.stg_transactions"].checksum.checksum = "another"

    assert "int_account_daily" in changed(change)


def test_a_macro_deep_below_counts(changed: Any) -> None:
    def change(project: Any) -> None:
        project.macros["macro.bullion.surrogate_key"].macro_sql += " "

    found = changed(change)
    assert {"dim_customer", "fact_transactions"} <= found
    assert "base_transactions" not in found


def test_what_is_called_only_when_dbt_runs_counts(changed: Any) -> None:
    """dbt finds such a call no earlier; the channels are the contract's."""

    def change(project: Any) -> None:
        project.macros["macro.bullion.contract_table"].macro_sql += " "

    assert "dim_channel" in changed(change)


def test_a_statistical_function_counts_where_one_is_called(changed: Any) -> None:
    def change(project: Any) -> None:
        project.macros["macro.bullion.student_t_functions"].macro_sql += " "

    found = changed(change)
    assert "analytics_ab_test_channel_performance" in found
    assert "fact_transactions" not in found


def test_the_contract_counts_where_macros_read_it(changed: Any) -> None:
    def change(project: Any) -> None:
        source = project.sources["source.bullion.bronze.customers"]
        source.columns["customer_id"].data_type = "another"

    found = changed(change)
    assert {"base_accounts", "base_customers", "int_customer_feed", "dim_channel"} <= found
    assert "dim_date" not in found


def test_the_rows_of_a_seed_count(changed: Any) -> None:
    def change(project: Any) -> None:
        project.nodes["seed.bullion.ref_us_states"].checksum.checksum = "another"

    assert changed(change) == {"ref_us_states"}


def test_words_and_tags_are_no_logic(manifest: Any, changed: Any) -> None:
    before = _of(manifest, "dim_customer")["presentation"]

    def change(project: Any) -> None:
        node = project.nodes["model.bullion.dim_customer"]
        node.description = node.columns["customer_key"].description = "Other words."
        node.config.tags.append("another")

    assert changed(change) == set()
    assert _of(manifest, "dim_customer")["presentation"] != before


def test_hooks_and_materialisations_are_no_logic(changed: Any) -> None:
    def change(project: Any) -> None:
        for name in ("build_session", "refresh_statistics", "record_build", "touched_keys_sql"):
            project.macros[f"macro.bullion.{name}"].macro_sql += " "

    assert changed(change) == set()


def test_who_reads_the_instant_and_the_loads(manifest: Any) -> None:
    readers = foundations(manifest)
    base = readers["model.bullion.base_accounts"]
    assert "accounts" in base["bronze"]
    assert not base["reads_as_of"]
    assert not base["reads_audit"]
    assert readers["model.bullion.analytics_loan_ageing"]["reads_as_of"]
    assert readers["model.bullion.int_account_balance_anchors"]["reads_as_of"]
    assert readers["model.bullion.fact_account_daily_snapshot"]["reads_audit"]


def test_macros_read_the_instant_only_in_a_build_of_the_past() -> None:
    """Else models that use them would have to be taken for readers of it."""
    for path in (PROJECT_DIR / "macros").rglob("*.sql"):
        depth = 0
        for statement in re.findall(
            r"\{%-? *(?:if|endif)[^%]*%\}|pinned_as_of\(\)", path.read_text()
        ):
            if "endif" in statement:
                depth = max(depth - 1, 0)
            elif " if " in f" {statement}" and (depth or "as_of" in statement):
                depth += 1
            elif statement == "pinned_as_of()" and path.name != "build_state.sql":
                assert depth, path


def test_every_test_of_data_has_one(manifest: Any) -> None:
    found = foundations_of_tests(manifest)
    assert found.keys() == {
        unique_id for unique_id, node in manifest.nodes.items() if node.resource_type == "test"
    }
    by_name = {manifest.nodes[unique_id].name: each for unique_id, each in found.items()}
    references = by_name["fact_transactions_references"]
    assert {"fact_transactions", "dim_channel", "dim_date"} <= set(references["models"])
    assert references["incremental"] == ["fact_transactions"]
    # The pin stands at no batch of its own: it is made before there is another.
    assert "int_as_of" not in by_name["snapshot_has_every_day"]["models"]
    assert by_name["bronze_holds_what_was_loaded"]["models"] == []


def test_rules_are_the_logic_of_a_test(manifest: Any) -> None:
    def logics() -> dict[str, str]:
        found = foundations_of_tests(manifest)
        return {manifest.nodes[name].name: each["logic"] for name, each in found.items()}

    [holds] = [node for node in manifest.nodes.values() if node.name == "fact_transactions_holds"]
    before = logics()
    kept = deepcopy(holds.test_metadata)
    try:
        holds.test_metadata.kwargs["rules"] = {}
        after = logics()
    finally:
        holds.test_metadata = kept
    assert {name for name in after if after[name] != before[name]} == {"fact_transactions_holds"}


def test_on_spark_tests_have_none(manifest: Any) -> None:
    kept = manifest.metadata.adapter_type
    try:
        manifest.metadata.adapter_type = "spark"
        assert foundations_of_tests(manifest) == {}
    finally:
        manifest.metadata.adapter_type = kept
