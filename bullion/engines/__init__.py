"""Where models are built: PostgreSQL, DuckDB and Spark (registry), and dbt on one of them
(build)."""
