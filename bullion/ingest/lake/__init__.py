"""Bronze as Parquet, a folder a table: the files that make it whole (folder) and the destination."""
