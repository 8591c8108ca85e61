"""What happened: customers, accounts, products, transactions, risk, engagement."""

ORDER = (
    "customers",
    "places",
    "accounts",
    "balances",
    "products",
    "transactions",
    "trends",
    "fraud",
    "loans",
    "engagement",
)
