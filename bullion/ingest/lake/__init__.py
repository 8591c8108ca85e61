"""Bronze as Parquet, a folder a table: its files (folder) and the destination made of them."""
