"""How long a server may take until it answers, and what is said meanwhile."""

START_SECONDS = 600.0
NOTICE_SECONDS = 5.0
RECOVERING = "PostgreSQL is recovering from its log; this can take a while …"
