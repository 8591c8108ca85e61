"""What happened: customers, accounts, products, transactions, risk, engagement."""

ORDER = ("customers", "accounts", "products", "transactions", "trends", "risk", "engagement")
