"""Sessions beside ours in PostgreSQL.

Locks that only who loads and builds can hold (locks), the one build of a warehouse (building), and
what the server's log says of others (audit).
"""
