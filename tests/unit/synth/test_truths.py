"""What is declared as planted: one form for all, one switch, and truth.yml as its copy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bullion.errors import BullionError
from bullion.synth.bank import Bank
from bullion.synth.blocks import PreparedBank, prepared
from bullion.synth.context import TRUTHS
from bullion.synth.customers import churn, credit
from bullion.synth.market import profiles
from bullion.synth.money import settle
from bullion.synth.truth import document

# No bank is without these.
STANDING = {"T14", "T16", "T17", "T19", "T24"}
# Effects on leaving are part of T01.
PARTS = {"T01": {"T10", "T11"}}


def make(null: bool = False, without: frozenset[str] = frozenset()) -> PreparedBank:
    return prepared(42, 50, dt.date(2025, 1, 1), dt.date(2025, 12, 31), null, without)


def entries(bank: PreparedBank) -> dict[str, dict[str, Any]]:
    return {truth.id: truth.entry(bank.context) for truth in bank.truths}


def test_every_truth_says_what_and_of_which_rows() -> None:
    truths = make().truths
    assert tuple(truth.id for truth in truths) == TRUTHS
    assert len({truth.name for truth in truths}) == len(truths)
    for truth in truths:
        assert truth.name
        assert truth.parameters
        assert truth.population
    assert {truth.id for truth in truths if truth.null_estimand is None} == STANDING


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"id": "T99"}, "T99 .* not one of T01 to T24"),
        ({"null_estimand": {"log_odds": 0.0}}, "T05 .* another form"),
        ({"null_estimand": 0.0}, "T05 .* another form"),
        ({"null_parameters": {"gates": 0}}, "T05 .* no parameters gates"),
    ],
)
def test_a_wrong_declaration_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(credit.T05, **wrong)


@pytest.mark.parametrize("off", TRUTHS)
def test_a_switch_takes_its_truth_and_no_other(off: str) -> None:
    plain, without = entries(make()), entries(make(without=frozenset({off})))
    gone = ({off} | PARTS.get(off, set())) - STANDING
    assert {name for name, entry in without.items() if not entry["planted"]} == gone
    changed = {name for name in plain if without[name] != plain[name]}
    # T01 tells of the effects on leaving that are left.
    assert changed == gone | ({"T01"} if off in PARTS["T01"] else set())
    for name in gone:
        assert without[name]["estimand"] != plain[name]["estimand"]


def test_the_null_bank_is_the_bank_without_anything() -> None:
    null = entries(make(null=True))
    assert null == entries(make(without=frozenset(TRUTHS)))
    assert {name for name, entry in null.items() if entry["planted"]} == STANDING
    numbers = [
        value
        for truth in ("T01", "T04", "T05", "T06", "T07", "T08", "T09", "T10", "T11", "T12", "T18")
        for name, value in null[truth]["estimand"].items()
        if "log" in name or truth in {"T04", "T06", "T12", "T18"}
    ]
    assert numbers == [0.0] * len(numbers)
    assert len(numbers) >= 18


def test_parts_of_leaving_are_told_by_leaving_too() -> None:
    estimand = entries(make(without=frozenset({"T10"})))["T01"]["estimand"]
    assert estimand.pop("log_hazard_ratio_extra_products") == 0.0
    assert list(estimand.values()) == [
        value for name, value in churn.EFFECTS.items() if name != "extra_products"
    ]


@pytest.mark.parametrize("without", [frozenset[str](), frozenset({"T22"})])
def test_decline_rates_are_those_that_are_drawn(without: frozenset[str]) -> None:
    bank = make(without=without)
    drawn = dict(zip(profiles.CHANNELS, settle.decline_rates(bank.context), strict=True))
    assert entries(bank)["T22"]["estimand"] == drawn


def test_truth_file_is_a_copy_of_what_is_declared(bank_with_deltas: Bank) -> None:
    arguments = bank_with_deltas.truth["bank"]
    read = document.read(bank_with_deltas.path / document.FILE)
    assert read == document.Document.model_validate(bank_with_deltas.truth)
    declared = prepared(
        arguments["seed"],
        arguments["customers"],
        read.bank.start,
        read.bank.end,
        read.bank.null,
        frozenset(read.bank.without),
    )
    told = bank_with_deltas.truth["truths"]
    realised = {name: entry["realised"] for name, entry in told.items()}
    told = {
        name: {k: v for k, v in entry.items() if k != "realised"} for name, entry in told.items()
    }
    assert told == entries(declared)
    known = {"T01", "T02", "T03", "T06", "T12", "T15", "T16", "T22"}
    assert {name for name, values in realised.items() if values} == known


def plain_document() -> dict[str, Any]:
    """The least that a truth.yml holds."""
    entry = {"planted": True, "parameters": {}, "estimand": 0.1, "population": "", "realised": {}}
    return {
        "bank": {
            "seed": 1,
            "customers": 20,
            "start": "2025-01-01",
            "end": "2025-02-28",
            "deltas": 0,
            "faults": False,
            "null": False,
            "without": [],
        },
        "rows": {"2025-02-28": {"customers": 20}},
        "truths": {"T02": entry},
    }


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda truth: truth.pop("rows"), "rows: Field required"),
        (lambda truth: truth["bank"].pop("seed"), r"bank\.seed: Field required"),
        (
            lambda truth: truth["bank"].update(end="soon"),
            r"bank\.end: Input should be a valid date",
        ),
        (
            lambda truth: truth["rows"]["2025-02-28"].update(customers="many"),
            r"rows\.2025-02-28\.customers: Input should be a valid integer",
        ),
        (lambda truth: truth["truths"]["T02"].pop("estimand"), r"truths\.T02\.estimand: Field"),
        (
            lambda truth: truth["truths"]["T02"].update(estimate=1),
            r"truths\.T02\.estimate: Extra inputs",
        ),
    ],
)
def test_a_spoiled_file_is_refused_in_one_line_with_its_field(
    spoil: Callable[[dict[str, Any]], object], words: str
) -> None:
    plain = plain_document()
    document.parse(plain, Path("here.yml"))
    spoil(plain)
    with pytest.raises(BullionError, match=f"^here.yml is not the truth.yml .*: {words}") as caught:
        document.parse(plain, Path("here.yml"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a\n- b\n", "the whole: "),
        ("a: [", "no YAML"),
        ("\udcff", "no YAML"),
        ("", "the whole: "),
    ],
)
def test_a_file_of_another_kind_is_refused_in_one_line(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / document.FILE
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BullionError, match=f"is not the truth.yml of a synthetic bank: {words}"):
        document.read(path)
    with pytest.raises(BullionError, match="nowhere cannot be read: No such file"):
        document.read(tmp_path / "nowhere")


def test_entries_of_earlier_versions_are_read() -> None:
    plain = plain_document()
    for name in ("planted", "population"):
        del plain["truths"]["T02"][name]
    assert document.parse(plain, Path("old.yml")).truths["T02"].estimand == 0.1
