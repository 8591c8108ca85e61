"""Everything around transactions: merchants, campaigns, transactions, fraud alerts, reports.

``prepare`` makes the bank's global part once, ``build_transactions`` one block's tables: attempts
(attempts.py), their fate and retries (settle.py), what the bank posts and the ledgers
(ledger.py), then columns in order of time (transaction_columns.py), alerts and reports.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pyarrow as pa

from bullion.synth import (
    alerts,
    attempts,
    campaigns,
    ledger,
    merchants,
    products,
    reports,
    settle,
    transaction_columns,
    transaction_truth,
)
from bullion.synth.columns import Columns
from bullion.synth.context import BankContext
from bullion.synth.world import Block

_WORLD = "transactions"


def prepare(ctx: BankContext) -> dict[str, Columns]:
    """Make what all blocks share (kept in ctx.extras) and the tables merchants and campaigns.

    Needs the products and the network, which ``core.prepare`` attaches. Also puts the planted
    parameters into ``ctx.truth``.
    """
    table = products.products_table(ctx)
    fee = np.array([int(value * 100) for value in table["monthly_fee"].to_pylist()])
    world = attempts.make_world(ctx, fee)
    ctx.extras[_WORLD] = world
    ctx.truth.update(transaction_truth.planted(ctx, world))
    product_ids = pa.array(table["product_id"]).to_pylist()
    return {
        "merchants": merchants.merchant_columns(world.merchants),
        "marketing_campaigns": campaigns.campaign_columns(
            ctx.rng("marketing_campaigns", "columns"),
            world.campaigns,
            product_ids,
            world.merchants.states,
        ),
    }


def build_transactions(ctx: BankContext, block: Block) -> dict[str, Columns]:
    """The tables transactions, fraud_alerts and regulatory_reports of one block, in time order.

    Sets opening and current balances of the block's accounts where they follow from the
    transactions, and adds the realised values to the block.
    """
    world = cast("attempts.World", ctx.extras[_WORLD])
    rows = settle.settle(ctx, block, attempts.draw_attempts(ctx, world, block))
    rows = ledger.post(ctx, world, block, rows)
    rows = rows.take(transaction_columns.time_order(rows, ctx.start_day))
    numbers = ctx.row_ids(block.number, len(rows))
    scores = transaction_columns.fraud_scores(ctx, rows)
    speed = transaction_columns.velocity(rows)
    raised = alerts.Alerts(ctx, block, rows, scores, speed)
    transaction_truth.add_realised(world, block, rows)
    return {
        "transactions": transaction_columns.encode(ctx, world, block, rows, numbers, scores, speed),
        "fraud_alerts": alerts.encode(ctx, block, rows, numbers, raised),
        "regulatory_reports": reports.build(ctx, block, rows, numbers, raised),
    }
