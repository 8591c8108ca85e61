"""Who is a customer, active, lost and won back, and what they hold: counted in pandas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bullion.verify.bank import Connection
from bullion.verify.registry import Difference, oracle

_MODEL = "analytics_customer_overview"
_PERIODS = ("current", "prior_30_days")
"""Those whose every day the daily snapshots still hold."""

_LONG_ACTIVITY_DAYS = 90


@oracle(name="customers counted from daily balances", model=_MODEL, library="pandas")
def customers(connection: Connection) -> Iterator[Difference]:
    """Open accounts day by day say who came and left; what customers did says who is active."""
    for row in connection.execute(f"select * from {_MODEL}").fetchall():
        if row.period not in _PERIODS:
            continue
        for name, found in _counted(connection, row.period, row.start_date, row.end_date).items():
            yield Difference(f"{name} {row.period}", float(getattr(row, name)), float(found))


def _counted(connection: Connection, period: str, start: Any, end: Any) -> dict[str, float]:
    import pandas as pd

    def frame(query: str, *columns: str) -> Any:
        return pd.DataFrame([tuple(row) for row in connection.execute(query)], columns=columns)

    people = frame(
        f"select customer_id from pop_customer_periods where period = '{period}'", "customer"
    )
    known = people["customer"]
    held = frame(
        f"""
        select snapshots.customer_id, snapshots.snapshot_date, products.category,
            snapshots.closing_balance_amount
        from fact_account_daily_snapshot as snapshots
        left join dim_product as products on snapshots.product_key = products.product_key
        where snapshots.account_status <> 'Closed' and snapshots.snapshot_date = '{end}'
        """,
        "customer",
        "day",
        "category",
        "balance",
    )
    days = frame(
        f"""
        select customer_id, snapshot_date, count(*)
        from fact_account_daily_snapshot
        where account_status <> 'Closed'
            and snapshot_date between cast('{start}' as date) - interval '1' day and '{end}'
        group by customer_id, snapshot_date
        """,
        "customer",
        "day",
        "accounts",
    )
    opened = frame(
        f"select customer_id, min(open_date) from dim_account where open_date <= '{end}' "
        "group by customer_id",
        "customer",
        "first",
    ).set_index("customer")["first"]
    initiated = frame(
        f"""
        select customer_id, transaction_date from fact_transactions
        where status = 'Completed' and amount < 0
            and transaction_type in ('Purchase', 'ATM Withdrawal', 'Transfer', 'Payment')
            and transaction_date > cast('{end}' as date) - interval '{_LONG_ACTIVITY_DAYS}' day
            and transaction_date <= '{end}'
        """,
        "customer",
        "day",
    )
    sessions = frame(
        f"select distinct customer_id from fact_digital_engagement "
        f"where engagement_date between '{start}' and '{end}'",
        "customer",
    )
    held["balance"] = held["balance"].astype(float)
    held = held[held["customer"].isin(known)]
    away = set(known[known.isin(opened.index)]) - set(held["customer"])
    now = known[~known.isin(away)]
    open_on = days[days["customer"].isin(known)].pivot(
        index="day", columns="customer", values="accounts"
    )
    is_open = open_on.notna()
    before = is_open.shift(fill_value=False)
    within = is_open.index >= start
    left = (before & ~is_open)[within].any()
    back = (is_open & ~before)[within].any()
    first = opened.reindex(back.index)
    positive = held[held["balance"] > 0]
    by_category = positive.groupby("category")["balance"].sum()
    return {
        "customer_count": len(now),
        "active_customer_count": now.isin(initiated["customer"][initiated["day"] >= start]).sum(),
        "long_active_customer_count": now.isin(initiated["customer"]).sum(),
        "digital_active_customer_count": now.isin(sessions["customer"]).sum(),
        "lost_customer_count": left.sum(),
        "won_back_customer_count": (back & (first < start)).sum(),
        "deposit_balance_amount": by_category.get("Deposit", 0.0),
        "invested_balance_amount": by_category.get("Investment", 0.0),
        "owed_balance_amount": -held["balance"].clip(upper=0).sum(),
    }
