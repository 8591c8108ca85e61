"""What verification reads of each truth is there, in a bank with effects and in the null bank."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from bullion.errors import BullionError
from bullion.synth.blocks import prepared
from bullion.synth.truth.document import Entry
from bullion.verify.registry import ScalarTruth, SetTruth, Truth, all_truths, elements, number

Entries = dict[str, Entry]


def entries(null: bool) -> Entries:
    """Long enough for the odd days, and no customer of it is made."""
    bank = prepared(42, 50, dt.date(2024, 1, 1), dt.date(2025, 12, 31), null, frozenset())
    return {truth.id: Entry(**truth.entry(bank.context), realised={}) for truth in bank.truths}


@pytest.fixture(scope="module")
def planted() -> Entries:
    return entries(null=False)


@pytest.fixture(scope="module")
def null() -> Entries:
    return entries(null=True)


@pytest.mark.parametrize("truth", all_truths(), ids=lambda each: f"{each.id} {each.name}")
def test_what_is_read_is_declared(planted: Entries, null: Entries, truth: Truth) -> None:
    here, there = planted[truth.id[:3]], null[truth.id[:3]]
    if isinstance(truth, ScalarTruth):
        assert math.isfinite(truth.planted(here))
        assert math.isfinite(truth.planted(there))
        if truth.null_value is not None:
            assert truth.planted(there) == truth.null_value != truth.planted(here)
    elif isinstance(truth, SetTruth):
        assert frozenset(truth.planted(here))
        frozenset(truth.planted(there))


def test_what_is_not_declared_fails(planted: Entries) -> None:
    with pytest.raises(BullionError, match="no estimand is called log_odds; known: log_odds_ratio"):
        number("log_odds")(planted["T05"])
    with pytest.raises(BullionError, match="no estimand is called auc; known: one, unnamed"):
        number("auc")(planted["T03"])
    with pytest.raises(BullionError, match="the estimand is no number"):
        number()(planted["T05"])
    with pytest.raises(BullionError, match="shares_monday_to_sunday is no number"):
        number("shares_monday_to_sunday")(planted["T19"])
    with pytest.raises(BullionError, match="the estimand is no list"):
        elements()(planted["T03"])
    assert len(list(elements("pairs")(planted["T20"]))) == 6
