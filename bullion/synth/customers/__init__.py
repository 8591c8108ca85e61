"""Customers and what they have: people, holdings, credit, loans, contacts, churn, accounts,
wealth, and the tables that tell of them. ``world`` is the block that all of them fill."""
