"""Inferential: Does it hold beyond the rows that we saw? Writes its pages of the report: outputs/inferential/."""

from bullion.cli import app

if __name__ == "__main__":
    app(["report", "inferential", "--no-docs"])
