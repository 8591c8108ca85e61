"""Descriptive charts as pages: outputs/descriptive/ of the report."""

from bullion.cli import app

if __name__ == "__main__":
    app(["report", "descriptive", "--no-docs"])
