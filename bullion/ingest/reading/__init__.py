"""From bytes to records: what a file is (kinds) and how it is opened (files), compression and
encoding (source), delimiter and header (layout), records that end where they end (blocks,
json_records), and a reader a format that gives them in batches."""
