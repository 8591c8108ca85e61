"""T15 and T03: which cells of purchases are hot for fraud, and how scores follow the label.

A cell is (channel, merchant category, night, foreign); night and foreign are independent given
the channel. The label is drawn first, at the cell's rate, for every attempt; status and score
follow from the label alone, amounts from the label and the category.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bullion.synth.market import profiles
from bullion.synth.money import activity as act
from bullion.synth.planted import ATTEMPTS, PlantedTruth

BASE_FRAUD_RATE = 0.0015
MULTIPLIERS = (15.0, 14.0, 13.0, 12.0, 11.0, 10.0, 10.0, 10.0, 10.0, 10.0)
REFERENCE_PURCHASES = 600_000
# 1,500 expected purchases are the least a hot cell needs; the upper end keeps the sum of all
# frauds near the planned number whichever cells are drawn.
SMALLEST_HOT_CELL = 1_600
LARGEST_HOT_CELL = 4_500
SCORE_SHIFT = 2.0
FRAUD_LOG_AMOUNT_SHIFT = 0.8

T03 = PlantedTruth(
    id="T03",
    name="the fraud score ranks frauds above the rest",
    parameters={"latent_shift": SCORE_SHIFT},
    null_parameters={"latent_shift": 0.0},
    estimand=0.5 * (1 + math.erf(SCORE_SHIFT / 2)),
    null_estimand=0.5,
    population=f"AUC of fraud_score for is_fraud over {ATTEMPTS}",
)

N_CATEGORIES = len(profiles.CATEGORIES)
CELL_SHAPE = (len(profiles.PURCHASE_CHANNELS), N_CATEGORIES, 2, 2)


@dataclass(frozen=True)
class HotCells:
    """The planted hot cells: flat cell numbers (see ``cell_numbers``) and their multipliers.

    factor: array over all cells, 1 outside the hot ones; expected: reference number of purchases
    of each cell in a bank of 600,000 purchases.
    """

    cells: NDArray[np.int64]
    multipliers: NDArray[np.float64]
    factor: NDArray[np.float64]
    expected: NDArray[np.float64]


def channel_shares() -> NDArray[np.float64]:
    """Expected shares of POS, Online and Mobile among purchases, from the archetype tables."""
    atm, saving = np.asarray(act.ATM_SHARES), np.asarray(act.SAVING_SHARES)
    purchases = np.asarray(act.ARCHETYPE_SHARES) * act.MONTHLY_RATES * (1 - atm - saving)
    digital = float(np.sum(purchases * act.DIGITAL_SHARES) / purchases.sum())
    online = act.ONLINE_SHARE_OF_DIGITAL
    return np.array([1 - digital, digital * online, digital * (1 - online)])


def expected_cell_sizes(purchases: float = REFERENCE_PURCHASES) -> NDArray[np.float64]:
    """Expected number of purchases in each cell, shape CELL_SHAPE."""
    sizes = np.empty(CELL_SHAPE)
    for position, channel in enumerate(profiles.PURCHASE_CHANNELS):
        night = profiles.night_share(channel)
        foreign = profiles.FOREIGN_SHARE[channel]
        sizes[position] = (
            purchases
            * channel_shares()[position]
            * np.asarray(profiles.CATEGORY_MIX[channel])[:, None, None]
            * np.array([1 - night, night])[None, :, None]
            * np.array([1 - foreign, foreign])[None, None, :]
        )
    return sizes


def cell_numbers(
    channel: NDArray[np.integer],
    category: NDArray[np.integer],
    night: NDArray[np.bool_],
    foreign: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Flat cell number of each purchase (channel code POS, Online or Mobile)."""
    return ((channel.astype(np.int64) * N_CATEGORIES + category) * 2 + night) * 2 + foreign


def choose_hot_cells(rng: np.random.Generator) -> HotCells:
    """Draw ten hot cells among those that are night or foreign and large enough to be found.

    At least two of them foreign by day when the tables allow, so that both kinds occur.
    """
    expected = expected_cell_sizes()
    fit = (expected >= SMALLEST_HOT_CELL) & (expected <= LARGEST_HOT_CELL)
    fit[:, :, 0, 0] = False
    foreign = np.zeros(CELL_SHAPE, dtype=bool)
    foreign[:, :, 0, 1] = True
    abroad = np.flatnonzero(fit & foreign)
    at_night = np.flatnonzero(fit & ~foreign)
    n_abroad = min(2, len(abroad))
    cells = np.concatenate(
        [
            rng.permutation(abroad)[:n_abroad],
            rng.permutation(at_night)[: len(MULTIPLIERS) - n_abroad],
        ]
    )
    cells = rng.permutation(cells)
    multipliers = np.asarray(MULTIPLIERS[: len(cells)])
    factor = np.ones(expected.size)
    factor[cells] = multipliers
    return HotCells(cells, multipliers, factor, expected.ravel())


def cell_labels(cells: NDArray[np.int64]) -> list[dict[str, object]]:
    """The cells in words, for truth.yml: channel, merchant_category, is_night, is_international."""
    channel, category, night, foreign = np.unravel_index(cells, CELL_SHAPE)
    return [
        {
            "channel": profiles.CHANNELS[profiles.PURCHASE_CHANNELS[c]],
            "merchant_category": profiles.CATEGORIES[k],
            "is_night": bool(n),
            "is_international": bool(f),
        }
        for c, k, n, f in zip(channel, category, night, foreign, strict=True)
    ]


def t15(hot: HotCells) -> PlantedTruth:
    """The cells that are hot for fraud, as they were drawn."""
    cells = [
        {
            **label,
            "multiplier": float(multiplier),
            "fraud_rate": BASE_FRAUD_RATE * float(multiplier),
        }
        for label, multiplier in zip(cell_labels(hot.cells), hot.multipliers, strict=True)
    ]
    return PlantedTruth(
        id="T15",
        name="ten cells of purchases are hot for fraud",
        parameters={
            "base_rate": BASE_FRAUD_RATE,
            "hot_cells": cells,
            "night_hours_utc": "00 to 05",
        },
        estimand=cells,
        null_estimand=[],
        population="purchases of every status, cell = channel x merchant_category x night x"
        " international; all other attempts carry the base rate",
    )


def scores(latent: NDArray[np.float64], is_fraud: NDArray[np.bool_], has_effect: bool) -> NDArray:
    """T03: fraud score = logistic of N(0, 1), shifted by 2 for frauds (AUC = Phi(2 / sqrt 2))."""
    shift = SCORE_SHIFT if has_effect else 0.0
    return 1 / (1 + np.exp(-(latent + shift * is_fraud)))
