"""The bank's core: from a block number to its customers, accounts and 15 of their tables.

Everything is drawn as if nobody left; then the drivers of leaving follow from what was drawn, the
month of leaving from the drivers (T01), and what would come after it is cut off. So every driver
is known at the start of its month, and switching an effect off changes no other draw.
"""

from __future__ import annotations

import numpy as np

from bullion.synth import (
    accounts,
    churn,
    contacts,
    context,
    core_tables,
    credit,
    digital,
    economy,
    events,
    histories,
    holdings,
    loans,
    network,
    people,
    planted,
    products,
    wealth,
)
from bullion.synth.columns import Columns
from bullion.synth.world import Block

__all__ = ["Block", "accounts_table", "build_block", "prepare"]

accounts_table = accounts.accounts_table


def prepare(ctx: context.BankContext) -> dict[str, Columns]:
    """Attach the global tables to the context, note the planted truths, give core's tables."""
    ctx.products = products.make_catalogue(ctx)
    ctx.economy = economy.make_economy(ctx)
    ctx.network = network.make_network(ctx)
    planted.note_truths(ctx)
    return {
        "products": products.products_table(ctx),
        "economic_indicators": economy.indicators_table(ctx),
        "branch_locations": network.branches_table(ctx),
        "atm_locations": network.atms_table(ctx),
        "advisors": network.advisors_table(ctx),
    }


def build_block(ctx: context.BankContext, number: int) -> tuple[Block, dict[str, Columns]]:
    """One block of customers and core's tables of it (``prepare`` comes first).

    The accounts table shows the balances checking accounts must end with; tx makes the final one
    by ``accounts_table(ctx, block)`` once the transactions are drawn.
    """
    block = people.draw_people(ctx, number)
    held = holdings.draw_sets(ctx, block)
    open_days = holdings.draw_open_days(ctx, block, held)
    applications, lent, limits = credit.draw_credit(ctx, block, held, open_days)
    schedule = loans.draw_schedule(ctx, block, lent, open_days)
    talks = contacts.draw_contacts(ctx, block)
    drivers = churn.make_drivers(
        ctx,
        block,
        open_days,
        contacts.complaint_matrix(ctx, len(block), talks),
        contacts.dissatisfied_matrix(ctx, len(block), talks),
        loans.late_matrix(ctx, block, lent, schedule),
    )
    churn.draw_churn(ctx, block, drivers)
    holdings.insure(ctx, block, held, open_days)
    histories.cut_history(block)
    accounts.open_accounts(ctx, block, open_days, limits)
    accounts.settle_loans(ctx, block, lent, schedule)
    wealth.settle_wealth(ctx, block)
    talks = core_tables.join_contacts(block, talks, contacts.draw_visits(ctx, block))
    applications = core_tables.keep_applications(block, applications)
    core_tables.note_scores(block, applications)
    tables = {
        "digital_engagement": digital.engagement_table(ctx, block),
        "customer_interactions": core_tables.interactions_table(ctx, block, talks),
        "credit_applications": core_tables.applications_table(ctx, block, applications),
        "loan_payments": core_tables.payments_table(ctx, block),
        "account_balances": core_tables.balances_table(ctx, block),
        "account_events": events.events_table(ctx, block),
        "product_enrollments": events.enrollments_table(ctx, block, open_days),
        "customer_retention": events.retention_table(ctx, block),
        "customer_segments_history": histories.history_table(ctx, block),
        "risk_assessments": histories.assessments_table(ctx, block),
        "customers": histories.customers_table(ctx, block),
        "accounts": accounts_table(ctx, block),
    }
    planted.note_customers(ctx, block, held, np.asarray(open_days))
    return block, tables
