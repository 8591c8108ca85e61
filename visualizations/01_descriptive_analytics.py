"""Descriptive: What happened? Writes its pages of the report: outputs/descriptive/."""

from bullion.cli import app

if __name__ == "__main__":
    app(["report", "descriptive", "--no-docs"])
