"""Bronze in PostgreSQL: its tables (ddl), a batch and its audit row (audit), the COPY of a file
as it is (straight) or of checked rows (sink), and the destination made of them."""
