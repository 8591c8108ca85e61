"""What a block's transactions realised of T02, T03, T15 and T22: sums over blocks."""

from __future__ import annotations

import numpy as np

from bullion.synth.context import SECONDS_PER_DAY
from bullion.synth.customers.world import Block
from bullion.synth.market import profiles
from bullion.synth.money import fraud
from bullion.synth.money.attempts import World
from bullion.synth.money.rows import DECLINED, PENDING, PURCHASE, Rows, is_attempt


def add_realised(world: World, block: Block, rows: Rows) -> None:
    """Add what this block's rows realised to ``block.realised`` (sums over blocks)."""
    attempt = is_attempt(rows)
    bought = np.flatnonzero(rows.kind == PURCHASE)
    block.add("T03", attempts=attempt.sum(), frauds=(rows.fraud & attempt).sum())
    hour = rows.second[bought] % SECONDS_PER_DAY // 3600
    cell = fraud.cell_numbers(
        rows.channel[bought],
        rows.category[bought],
        hour < len(profiles.NIGHT_HOURS),
        rows.foreign[bought],
    )
    size = np.bincount(cell, minlength=len(world.hot.factor))
    frauds = np.bincount(cell, weights=rows.fraud[bought], minlength=len(size))
    block.add("T15", purchases=len(bought), frauds_in_purchases=rows.fraud[bought].sum())
    for label, place in zip(fraud.cell_labels(world.hot.cells), world.hot.cells, strict=True):
        name = f"{label['channel']} {label['merchant_category']}"
        name += " night" * bool(label["is_night"]) + " abroad" * bool(label["is_international"])
        block.add("T15", **{f"{name} purchases": size[place], f"{name} frauds": frauds[place]})
    decided = attempt & (rows.status != PENDING)
    for channel, name in enumerate(profiles.CHANNELS):
        here = decided & (rows.channel == channel)
        block.add(
            "T22",
            **{
                f"{name} attempts": here.sum(),
                f"{name} declined": (here & (rows.status == DECLINED)).sum(),
            },
        )
    block.add("T02", opted_in=block.opt_in.sum())
