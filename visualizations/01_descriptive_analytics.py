"""Descriptive charts as pages: outputs/descriptive/ of the report."""

from bullion.cli import main

if __name__ == "__main__":
    main(["report", "descriptive", "--no-docs"])
