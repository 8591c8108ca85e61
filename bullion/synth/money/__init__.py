"""Transactions: what customers try (activity, attempts), what becomes of it (settle, fraud), what
the bank posts (ledger), what is raised and reported (alerts, reports), and the columns of all
(encode)."""
