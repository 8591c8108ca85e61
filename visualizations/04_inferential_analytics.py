"""Inferential charts as pages: outputs/inferential/ of the report."""

from bullion.cli import app

if __name__ == "__main__":
    app(["report", "inferential", "--no-docs"])
