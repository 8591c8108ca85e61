"""Customers' lives: from a block number to its customers, accounts and 15 of their tables.

Everything is drawn as if nobody left; then the drivers of leaving follow from what was drawn, the
month of leaving from the drivers (T01), and what would come after it is cut off. So every driver
is known at the start of its month, and switching an effect off changes no other draw.
"""

from __future__ import annotations

import numpy as np

from bullion.synth import context
from bullion.synth.customers import (
    accounts,
    churn,
    contacts,
    credit,
    digital,
    encode,
    events,
    histories,
    holdings,
    latent,
    loans,
    part_payments,
    people,
    returns,
    wealth,
)
from bullion.synth.customers.world import Block
from bullion.synth.files.columns import Columns
from bullion.synth.market import currencies, economy, network, products

__all__ = ["Block", "accounts_table", "build_block", "prepare"]

accounts_table = accounts.accounts_table


def prepare(plan: context.BankPlan) -> tuple[context.BankContext, dict[str, Columns]]:
    """The plan's context with its market, and the market's tables."""
    ctx = context.BankContext.of(
        plan,
        products=products.make_catalogue(plan),
        network=network.make_network(plan),
        economy=economy.make_economy(plan),
    )
    tables = {
        "products": products.products_table(ctx),
        "economic_indicators": economy.indicators_table(ctx),
        "branch_locations": network.branches_table(ctx),
        "atm_locations": network.atms_table(ctx),
        "advisors": network.advisors_table(ctx),
    }
    if ctx.currencies:
        tables["exchange_rates"] = currencies.rates_table(ctx, 0, ctx.end_day)
    return ctx, tables


def build_block(ctx: context.BankContext, number: int) -> tuple[Block, dict[str, Columns]]:
    """One block of customers and the tables of it that need no transactions.

    The accounts table shows the balances checking accounts must end with; the final
    one is made by ``accounts_table(ctx, block)`` once the transactions are drawn.
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
    returns.draw_returns(ctx, block)
    holdings.insure(ctx, block, held, open_days)
    histories.cut_history(block)
    accounts.open_accounts(ctx, block, open_days, limits)
    accounts.settle_loans(ctx, block, lent, schedule)
    part_payments.pay_in_parts(ctx, block)
    wealth.settle_wealth(ctx, block)
    talks = encode.join_contacts(block, talks, contacts.draw_visits(ctx, block))
    applications = encode.keep_applications(block, applications)
    encode.note_scores(block, applications)
    tables = {
        "digital_engagement": digital.engagement_table(ctx, block),
        "customer_interactions": encode.interactions_table(ctx, block, talks),
        "credit_applications": encode.applications_table(ctx, block, applications),
        "loan_payments": encode.payments_table(ctx, block),
        "account_balances": encode.balances_table(ctx, block),
        "account_events": events.events_table(ctx, block),
        "product_enrollments": events.enrollments_table(ctx, block),
        "customer_retention": events.retention_table(ctx, block),
        "customer_segments_history": histories.history_table(ctx, block),
        "risk_assessments": histories.assessments_table(ctx, block),
        "customers": histories.customers_table(ctx, block),
        "accounts": accounts_table(ctx, block),
    }
    latent.note_customers(ctx, block, held, np.asarray(open_days))
    return block, tables
