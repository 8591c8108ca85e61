"""Marketing campaigns: the 24 addressed ones of T02 and the response curves of T17.

Three campaigns a month, each type once in every two months (24 a type in 48 months). Addressed
campaigns (Email or Direct Mail with a target segment) start on the first of a month, every eight
months per segment: their windows of 60 days lie at least six months apart and the first has three
clean months before it. All others have no target segment and no effect on purchases.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth.context import to_date
from bullion.synth.customers.world import SEGMENTS
from bullion.synth.files import columns as col
from bullion.synth.files import keys
from bullion.synth.planted import PlantedTruth

LIFT = 1.12
CAMPAIGN_DAYS = 30
WINDOW_DAYS = 60
CLEAN_MONTHS_BEFORE = 3
MONTHS_BETWEEN_STARTS = 8
PER_MONTH = 3
ADDRESSED_TYPES = ("Email", "Direct Mail")

# T17, by campaign type: conversions ~ Poisson(a ln(1 + spend / b) x lognormal(0.1, mean 1)).
RESPONSE_A = {
    "Email": 90.0,
    "Social Media": 60.0,
    "Direct Mail": 40.0,
    "TV": 120.0,
    "Radio": 50.0,
    "Online Display": 70.0,
}
RESPONSE_B = {
    "Email": 600.0,
    "Social Media": 800.0,
    "Direct Mail": 1600.0,
    "TV": 6000.0,
    "Radio": 2000.0,
    "Online Display": 1200.0,
}
SPEND_MEDIAN_OF_B = 1.65
SPEND_SD = 1.0
RESPONSE_NOISE_SD = 0.1

TYPES = tuple(RESPONSE_A)

T17 = PlantedTruth(
    id="T17",
    name="conversions saturate with the budget",
    parameters={
        "a": RESPONSE_A,
        "b": RESPONSE_B,
        "spend_log_sd": SPEND_SD,
        "noise_sd": RESPONSE_NOISE_SD,
    },
    estimand={
        "log_a": {kind: math.log(a) for kind, a in RESPONSE_A.items()},
        "log_b": {kind: math.log(b) for kind, b in RESPONSE_B.items()},
    },
    null_estimand=None,
    population="marketing_campaigns: conversions ~ Poisson(a ln(1 + budget / b)) by campaign_type",
)


@dataclass(frozen=True)
class Campaigns:
    """All campaigns in order of start. target: segment code, -1 without; days are day numbers."""

    kind: NDArray[np.int64]
    start_day: NDArray[np.int64]
    end_day: NDArray[np.int64]
    target: NDArray[np.int64]
    spend_cents: NDArray[np.int64]
    conversions: NDArray[np.int64]
    true_mean: NDArray[np.float64]

    @property
    def addressed(self) -> NDArray[np.int64]:
        """Positions of the addressed campaigns."""
        return np.flatnonzero(self.target >= 0)


def _month_starts(first_day: int, last_day: int) -> NDArray[np.int64]:
    months = np.arange(
        np.datetime64(int(first_day), "D").astype("datetime64[M]"),
        np.datetime64(int(last_day), "D").astype("datetime64[M]") + 1,
    )
    starts = months.astype("datetime64[D]").astype(np.int64)
    return starts[starts >= first_day]


def _addressed_months(starts: NDArray[np.int64], last_day: int) -> dict[int, int]:
    """Month index -> target segment code of the addressed campaign that starts in it."""
    months = {}
    for segment in range(len(SEGMENTS)):
        for month in range(CLEAN_MONTHS_BEFORE + segment, len(starts), MONTHS_BETWEEN_STARTS):
            if starts[month] + WINDOW_DAYS - 1 <= last_day:
                months[month] = segment
    return months


def _types_of_pair(rng: np.random.Generator, addressed: list[bool]) -> list[list[int]]:
    """The six types dealt to two months, the months with an addressed campaign led by Email or
    Direct Mail (one each when both have one)."""
    direct = [int(t) for t in rng.permutation([TYPES.index(name) for name in ADDRESSED_TYPES])]
    order = [int(t) for t in rng.permutation(len(TYPES))]
    hands: list[list[int]] = [[], []]
    for month in (0, 1):
        if addressed[month]:
            hands[month].append(direct.pop())
            order.remove(hands[month][0])
    for month in (0, 1):
        need = PER_MONTH - len(hands[month])
        hands[month] += order[:need]
        order = order[need:]
    return hands


def draw_campaigns(rng: np.random.Generator, first_day: int, last_day: int) -> Campaigns:
    """Draw the bank's campaigns between two day numbers (48 months: 144, 24 of them addressed)."""
    starts = _month_starts(first_day, last_day)
    addressed = _addressed_months(starts, last_day)
    plan: list[tuple[int, int, int]] = []
    for month in range(0, len(starts), 2):
        hands = _types_of_pair(rng, [month in addressed, month + 1 in addressed])
        for at, hand in enumerate(hands[: len(starts) - month], start=month):
            for place, dealt in enumerate(hand):
                leads = place == 0 and at in addressed
                wait = 0 if leads else int(rng.integers(0, 28))
                plan.append((dealt, int(starts[at]) + wait, addressed[at] if leads else -1))
    kind, start, target = np.array(plan, dtype=np.int64).reshape(-1, 3).T
    order = np.argsort(start, kind="stable")
    kind, start, target = kind[order], start[order], target[order]
    keep = start <= last_day
    kind, start, target = kind[keep], start[keep], target[keep]
    a = np.array([RESPONSE_A[name] for name in TYPES])[kind]
    b = np.array([RESPONSE_B[name] for name in TYPES])[kind]
    spend = np.rint(100 * SPEND_MEDIAN_OF_B * b * np.exp(SPEND_SD * rng.standard_normal(len(b))))
    noise = RESPONSE_NOISE_SD * rng.standard_normal(len(b)) - RESPONSE_NOISE_SD**2 / 2
    mean = a * np.log1p(spend / 100 / b)
    return Campaigns(
        kind=kind,
        start_day=start,
        end_day=np.minimum(start + CAMPAIGN_DAYS - 1, last_day),
        target=target,
        spend_cents=spend.astype(np.int64),
        conversions=rng.poisson(mean * np.exp(noise)),
        true_mean=mean,
    )


def t02(campaigns: Campaigns) -> PlantedTruth:
    """The lift of the addressed campaigns, as they were drawn."""
    return PlantedTruth(
        id="T02",
        name="addressed campaigns lift purchases",
        parameters={
            "rate_ratio": LIFT,
            "window_days": WINDOW_DAYS,
            "clean_months_before": CLEAN_MONTHS_BEFORE,
            "campaigns": [
                {
                    "campaign_id": f"CMP{number + 1:05d}",
                    "start_date": to_date(campaigns.start_day[number]).isoformat(),
                    "target_segment": SEGMENTS[campaigns.target[number]],
                }
                for number in campaigns.addressed
            ],
        },
        estimand=math.log(LIFT),
        null_estimand=0.0,
        population="purchases (every status) of opted-in customers whose segment on the start date"
        f" is the target, in the {WINDOW_DAYS} days from the start date, against those not opted"
        " in",
    )


def campaign_columns(
    rng: np.random.Generator,
    campaigns: Campaigns,
    product_ids: list[str],
    states: list[str],
) -> col.Columns:
    """The rows of marketing_campaigns.

    Clicks and impressions are built upward from the conversions, so that they never bind.
    product_ids and states are the pools from which the advertised product and state are drawn.
    """
    n = len(campaigns.kind)
    clicks = campaigns.conversions + rng.poisson(20 + 8.0 * campaigns.conversions)
    impressions = clicks + rng.poisson(200 + 30.0 * clicks)
    revenue = rng.lognormal(np.log(4500.0), 0.3, n) * campaigns.conversions
    months = campaigns.start_day.astype("datetime64[D]").astype("datetime64[M]")
    names = [TYPES[kind] for kind in campaigns.kind]
    regional = (campaigns.target < 0) & (rng.random(n) < 0.3)
    return {
        "campaign_id": keys.key("campaign", np.arange(n) + 1),
        "campaign_name": col.texts(
            [
                f"{name} {month} no. {number}"
                for number, (name, month) in enumerate(zip(names, months, strict=True), 1)
            ]
        ),
        "campaign_type": col.labels(campaigns.kind, TYPES),
        "start_date": col.dates(campaigns.start_day),
        "end_date": col.dates(campaigns.end_day),
        "target_segment": col.labels(campaigns.target, SEGMENTS),
        "target_state": col.labels(np.where(regional, rng.integers(0, len(states), n), -1), states),
        "product_id": col.labels(rng.integers(0, len(product_ids), n), product_ids),
        "budget": col.money(campaigns.spend_cents),
        "impressions": col.integers(impressions),
        "clicks": col.integers(clicks),
        "conversions": col.integers(campaigns.conversions),
        "revenue_attributed": col.money(np.rint(revenue).astype(np.int64)),
    }
