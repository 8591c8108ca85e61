"""Everything around transactions: merchants, campaigns, transactions, fraud alerts, reports.

``prepare`` makes the bank's global part once, ``build_transactions`` one block's tables: attempts
(attempts.py), their fate and retries (settle.py), what the bank posts and the ledgers
(ledger.py), then columns in order of time (encode.py), alerts and reports.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from bullion.synth.context import BankContext
from bullion.synth.customers.world import Block
from bullion.synth.files.columns import Columns
from bullion.synth.market import campaigns, merchants, products
from bullion.synth.money import alerts, attempts, encode, ledger, reports, settle, tally


def prepare(ctx: BankContext) -> tuple[attempts.World, dict[str, Columns]]:
    """What all blocks share, and the tables merchants and campaigns."""
    table = products.products_table(ctx)
    fee = np.array([int(value * 100) for value in table["monthly_fee"].to_pylist()])
    world = attempts.make_world(ctx, fee)
    product_ids = pa.array(table["product_id"]).to_pylist()
    return world, {
        "merchants": merchants.merchant_columns(world.merchants),
        "marketing_campaigns": campaigns.campaign_columns(
            ctx.rng("marketing_campaigns", "columns"),
            world.campaigns,
            product_ids,
            world.merchants.states,
        ),
    }


def build_transactions(ctx: BankContext, world: attempts.World, block: Block) -> dict[str, Columns]:
    """The tables transactions, fraud_alerts and regulatory_reports of one block, in time order.

    Sets opening and current balances of the block's accounts where they follow from the
    transactions, and adds the realised values to the block.
    """
    rows = settle.settle(ctx, block, attempts.draw_attempts(ctx, world, block))
    rows = ledger.post(ctx, world, block, rows)
    rows = rows.take(encode.time_order(rows, ctx.start_day))
    numbers = ctx.row_ids(block.number, len(rows))
    scores = encode.fraud_scores(ctx, rows)
    speed = encode.velocity(rows)
    raised = alerts.Alerts(ctx, block, rows, scores, speed)
    tally.add_realised(world, block, rows)
    return {
        "transactions": encode.encode(ctx, world, block, rows, numbers, scores, speed),
        "fraud_alerts": alerts.encode(ctx, block, rows, numbers, raised),
        "regulatory_reports": reports.build(ctx, block, rows, numbers, raised),
    }
