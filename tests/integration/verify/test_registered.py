"""Every registered truth and oracle, on a bank large enough for a test."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from bullion.verify import rule
from bullion.verify.bank import DEFAULT_CUSTOMERS
from bullion.verify.measure import compare, measure
from bullion.verify.registry import Oracle, ScalarTruth, SetTruth, Truth, all_oracles, all_truths
from tests.support.bank_warehouse import BankWarehouse


@pytest.mark.parametrize("oracle", all_oracles(), ids=lambda each: f"{each.model}: {each.name}")
def test_oracle(bank_warehouse: BankWarehouse, oracle: Oracle) -> None:
    with bank_warehouse.connect() as connection:
        [found] = compare(connection, [oracle])
    assert found.is_run, f"{oracle.library} is not installed"
    assert found.is_equal, f"{found.statistic} of {found.statistics} differs by {found.largest}"


@pytest.mark.parametrize("truth", all_truths(), ids=lambda each: f"{each.id} {each.name}")
def test_truth(bank_warehouse: BankWarehouse, truth: Truth) -> None:
    """The estimate is right on a smaller bank too, with an error as much larger."""
    bank = bank_warehouse.bank
    with bank_warehouse.connect() as connection:
        measured = measure(connection, bank, [truth])
    for each in measured.estimates:
        larger = math.sqrt(DEFAULT_CUSTOMERS / bank.customers)
        verdict = rule.judge_estimate(replace(each, largest_se=each.largest_se * larger), True)
        assert verdict.word == rule.PASSED, (verdict, each)
    for check in measured.checks:
        assert rule.judge_check(check, True).word == rule.PASSED, check
    # A set is designed for the default size; here its query must be readable and its rule hold
    # of what is planted.
    for found in measured.sets:
        assert isinstance(truth, SetTruth)
        assert found.planted_count, found
        planted = frozenset(truth.planted(bank.entry(truth.id)))
        assert truth.rule(planted, planted, bank), found
        assert not truth.rule(frozenset(), planted, bank), found


@pytest.mark.parametrize("truth", all_truths(), ids=lambda each: f"{each.id} {each.name}")
def test_truth_reads_its_model(bank_warehouse: BankWarehouse, truth: Truth) -> None:
    """`--seeds` builds a truth's model and what it is made of, so it may read nothing else."""
    models = {model["name"]: model for model in bank_warehouse.models}
    above = {name.split(".")[-1] for name in models[truth.model]["depends_on"]["nodes"]}
    read = {name for name in models if re.search(rf"\b{name}\b", truth.query)}
    assert truth.model in read
    assert read <= {truth.model, *above}


@pytest.mark.parametrize("truth", all_truths(), ids=lambda each: f"{each.id} {each.name}")
def test_truth_is_well_formed(truth: Truth) -> None:
    assert re.fullmatch(r"T\d\dp?", truth.id)
    if isinstance(truth, ScalarTruth):
        assert 0 < truth.largest_se < math.inf
