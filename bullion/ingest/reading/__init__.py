"""From bytes to records: compression and encoding (source), delimiter and header (layout),
records that end where they end (blocks), and a reader a format that gives them in batches."""
