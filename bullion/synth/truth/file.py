"""``truth.yml``: the arguments of a bank, its sizes, what was planted, and every bad row."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from bullion.synth.context import BankPlan
from bullion.synth.customers import churn
from bullion.synth.files.parts import FOLDER
from bullion.synth.truth import document, realised

if TYPE_CHECKING:
    from bullion.synth.faults import Fault
    from bullion.synth.files.parts import BlockReport
    from bullion.synth.planted import PlantedTruth

BROKEN = "broken"


class TruthFile:
    """Gathers what the blocks report, in block order, and writes it once at the end."""

    def __init__(self, plan: BankPlan, deltas: int, with_faults: bool) -> None:
        self._plan = plan
        self._arguments = document.Arguments(
            seed=plan.seed,
            customers=plan.customers,
            start=plan.start,
            end=plan.end,
            deltas=deltas,
            faults=with_faults,
            null=plan.null,
            without=sorted(plan.without),
            **({"currencies": list(plan.currencies)} if plan.currencies else {}),
        )
        self._planted: tuple[PlantedTruth, ...] = ()
        self._realised: dict[str, dict[str, float]] = {}
        self._rows: dict[str, dict[str, int]] = {}
        self._changes: dict[str, Counter[str]] = {}
        self.faults: list[Fault] = []

    def add(self, report: BlockReport) -> None:
        """Take in one block's report; blocks must come in order."""
        if report.number == 0:
            self._planted = report.truths
        for truth, sums in report.realised.items():
            mine = self._realised.setdefault(truth, {})
            for name, value in sums.items():
                mine[name] = mine.get(name, 0) + value
        for part in report.parts:
            if part.extract != FOLDER:
                rows = self._rows.setdefault(part.extract, {})
                rows[part.table] = rows.get(part.table, 0) + part.rows
        for date, counts in report.changes.items():
            self._changes.setdefault(date, Counter()).update(counts)
        self.faults.extend(report.faults)

    def end_files(self, extract: str) -> None:
        """Number the records that end their files (known only when all blocks are written)."""
        for fault in self.faults:
            if fault.row == 0:
                self._rows[extract][fault.table] += 1
                fault.row = self._rows[extract][fault.table]

    def write(self, folder: Path, broken: dict[str, str]) -> dict[str, Any]:
        """Write truth.yml into the bank's folder and return it; ``broken``: files by fault."""
        hazard = churn.pattern_hazards(self._plan)
        customers = folder / FOLDER / "customers.parquet"
        found = realised.summarise(self._realised, hazard, customers)
        truth: dict[str, Any] = {
            "bank": self._arguments,
            "rows": {extract: dict(sorted(rows.items())) for extract, rows in self._rows.items()},
            "truths": {
                each.id: {**each.entry(self._plan), "realised": found.get(each.id, {})}
                for each in self._planted
            },
        }
        if self._arguments.deltas:
            truth["deltas"] = {
                date: dict(sorted(counts.items())) for date, counts in self._changes.items()
            }
        if self._arguments.faults:
            outcomes = Counter(fault.outcome for fault in self.faults)
            truth["faults"] = {
                "counts": dict(sorted(outcomes.items())),
                "rows": [asdict(fault) for fault in self.faults],
                "files": [
                    {"file": file, "kind": kind, "outcome": "rejected"}
                    for file, kind in broken.items()
                ],
            }
        made = document.Document.model_validate(_plain(truth))
        plain = made.model_dump(mode="json", exclude_unset=True)
        with (folder / document.FILE).open("w", encoding="utf-8") as sink:
            yaml.dump(plain, sink, _Dumper, sort_keys=False, allow_unicode=True, width=100)
        return plain


class _Dumper(yaml.CSafeDumper):
    """YAML with lists of plain values on one line."""


def _write_list(dumper: _Dumper, values: list[Any]) -> yaml.SequenceNode:
    is_flat = not any(isinstance(value, (list, dict)) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=is_flat)


_Dumper.add_representer(list, _write_list)


def _plain(value: Any) -> Any:
    """The same value in types that YAML knows."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.generic):
        return value.item()
    return value
