"""PostgreSQL from a wheel, run for one project by whoever starts it.

:mod:`cluster` starts, stops and looks at it. It finds the programs (binaries), chooses who runs
them and where their files can be (identity, layout), sizes the settings to the machine (machine),
starts the process and waits until it answers (process, processes), and prepares roles and schemas
by the scripts of ``postgres-init`` (initialize); passwords are made once (secrets, pgpass). An
external server is prepared by the same scripts.
"""
