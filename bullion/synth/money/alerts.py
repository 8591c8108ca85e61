"""Fraud alerts: after their transaction, worked through stages, nothing past the extract's date.

Two sources: the score passing a threshold (minutes later), and customers reporting a fraud (days
later). The investigation usually, not always, finds the truth that ``is_fraud`` holds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion import contract
from bullion.synth.context import SECONDS_PER_DAY, BankContext
from bullion.synth.customers.world import Block
from bullion.synth.files import columns as col
from bullion.synth.files import keys
from bullion.synth.money.rows import DECLINED, PENDING, Rows

LATENT_THRESHOLD = 2.8
REPORTED_SHARE = 0.65
RIGHT_OUTCOME = 0.92
NEVER_RESOLVED = 0.02
N_INVESTIGATORS = 25
RECOVERED_SHARE = 0.55

_STATUSES = contract.table("fraud_alerts").column("investigation_status").values
OPEN, UNDER_REVIEW, CONFIRMED, LEGITIMATE, FALSE_POSITIVE = range(5)
_TYPES = contract.table("fraud_alerts").column("alert_type").values
UNUSUAL, GEOGRAPHIC, VELOCITY, RISKY_MERCHANT = range(4)
_NOTES = (
    "Score above threshold",
    "Reported by the customer",
)


class Alerts:
    """The alerts of a block: positions of their transactions and what became of them.

    Arrays of one length, in order of time: row (position in the block's rows), second, status,
    assigned and resolved (seconds, -1 while not reached), kind, reported.
    """

    def __init__(
        self, ctx: BankContext, block: Block, rows: Rows, scores: NDArray, velocity: NDArray
    ) -> None:
        rng = ctx.rng("fraud_alerts", "", block.number)
        end = (ctx.end_day + 1) * SECONDS_PER_DAY - 1
        threshold = 1 / (1 + np.exp(-LATENT_THRESHOLD))
        scored = np.flatnonzero((scores > threshold) & (rows.cents < 0))
        frauds = np.flatnonzero(rows.fraud & (scores <= threshold))
        told = frauds[rng.random(len(frauds)) < REPORTED_SHARE]
        row = np.concatenate([scored, told])
        reported = np.arange(len(row)) >= len(scored)
        n = len(row)
        delay = np.where(
            reported, rng.uniform(0.3, 9, n) * SECONDS_PER_DAY, rng.uniform(60, 3600, n)
        )
        second = rows.second[row] + delay.astype(np.int64)
        assigned = second + (rng.exponential(8, n) * 3600 + 300).astype(np.int64)
        resolved = assigned + (rng.lognormal(1.2, 0.7, n) * SECONDS_PER_DAY).astype(np.int64)
        right = rng.random(n) < RIGHT_OUTCOME
        innocent = np.where(rng.random(n) < 0.6, FALSE_POSITIVE, LEGITIMATE)
        outcome = np.where(rows.fraud[row] == right, CONFIRMED, innocent)
        resolved = np.where(rng.random(n) < NEVER_RESOLVED, end + 1, resolved)
        kind = np.select(
            [rows.foreign[row], velocity[row] >= 4, rng.random(n) < 0.25],
            [GEOGRAPHIC, VELOCITY, RISKY_MERCHANT],
            UNUSUAL,
        )
        kind = np.where((kind == RISKY_MERCHANT) & (rows.merchant[row] < 0), UNUSUAL, kind)
        status = np.where(resolved <= end, outcome, np.where(assigned <= end, UNDER_REVIEW, OPEN))
        recovered = rng.random(n) < RECOVERED_SHARE
        part = rng.uniform(0.3, 1.0, n)
        who = rng.integers(1, N_INVESTIGATORS + 1, n)
        keep = np.flatnonzero(second <= end)
        keep = keep[np.argsort(second[keep], kind="stable")]
        self.row, self.second = row[keep], second[keep]
        self.status, self.kind, self.reported = status[keep], kind[keep], reported[keep]
        self.assigned = np.where(assigned <= end, assigned, -1)[keep]
        self.resolved = np.where(resolved <= end, resolved, -1)[keep]
        self.score = scores[self.row]
        at_risk = np.abs(rows.cents[self.row])
        lost = (rows.status[self.row] != DECLINED) & (rows.status[self.row] != PENDING)
        self.at_risk = at_risk
        self.recovered = np.where(
            (self.status == CONFIRMED) & lost & recovered[keep],
            np.rint(at_risk * part[keep]),
            np.where((self.status == CONFIRMED) & ~lost, at_risk, 0),
        ).astype(np.int64)
        self.who = who[keep]

    def __len__(self) -> int:
        return len(self.row)


def severity(score: NDArray, cents: NDArray) -> NDArray[np.int64]:
    """Low, Medium, High, Critical (0..3) from the fraud score and the amount at risk."""
    points = (score > 0.95).astype(int) + (score > 0.98) + (cents > 20_000) + (cents > 60_000)
    return np.minimum(points, 3)


def encode(
    ctx: BankContext, block: Block, rows: Rows, numbers: NDArray, alerts: Alerts
) -> col.Columns:
    """The rows of fraud_alerts; numbers are the integer keys of the block's transactions."""
    n = len(alerts)
    staff = [f"Fraud analyst {number:02d}" for number in range(N_INVESTIGATORS + 1)]
    done = alerts.status == CONFIRMED
    return {
        "alert_id": keys.key("alert", ctx.row_ids(block.number, n)),
        "transaction_id": keys.key("transaction", numbers[alerts.row]),
        "customer_id": keys.key("customer", block.index[rows.customer[alerts.row]] + 1),
        "account_id": keys.key("account", block.accounts.number[rows.account[alerts.row]]),
        "alert_at": col.timestamps(alerts.second),
        "alert_type": col.labels(alerts.kind, _TYPES),
        "alert_severity": col.labels(
            severity(alerts.score, alerts.at_risk),
            contract.table("fraud_alerts").column("alert_severity").values,
        ),
        "investigation_status": col.labels(alerts.status, _STATUSES),
        "assigned_at": col.timestamps(alerts.assigned, alerts.assigned >= 0),
        "resolved_at": col.timestamps(alerts.resolved, alerts.resolved >= 0),
        "amount_at_risk": col.money(alerts.at_risk),
        "amount_recovered": col.money(alerts.recovered, done),
        "assigned_to": col.labels(np.where(alerts.assigned >= 0, alerts.who, -1), staff),
        "notes": col.labels(alerts.reported.astype(int), _NOTES),
    }
