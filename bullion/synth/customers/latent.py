"""Latent values by customer (truth/customers.parquet) and the agents' effects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bullion.synth import context
from bullion.synth.customers import contacts
from bullion.synth.customers.world import Block
from bullion.synth.market import products


def note_customers(
    ctx: context.BankContext, block: Block, held: NDArray, open_days: NDArray
) -> None:
    """Latent values by customer (truth/customers.parquet) and the agents' effects."""
    taken = open_days < np.minimum(block.churn_day, ctx.end_day + 1)[:, None]
    block.latent["customers"] = {
        "customer": block.index + 1,
        "archetype": block.archetype,
        "age": block.age,
        "tx_rate": block.tx_rate,
        "purchase_rate": block.purchase_rate,
        "digital_share": block.shares[:, 0],
        "atm_share": block.shares[:, 1],
        "saving_share": block.shares[:, 2],
        "recurring_share": block.shares[:, 3],
        "branch_km": block.branch_km,
        "drawn_products": (held[:, 1:] * (1 << np.arange(products.N_HELD - 1))).sum(axis=1),
        "held_products": (taken[:, 1:] * (1 << np.arange(products.N_HELD - 1))).sum(axis=1),
        **block.latent.get("customers", {}),
    }
    if block.number == 0:
        effects = contacts.agent_effects(ctx)
        block.latent["agents"] = {"agent": np.arange(len(effects)) + 1, "effect": effects}
