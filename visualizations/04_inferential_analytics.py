"""Inferential charts as pages: outputs/inferential/ of the report."""

from bullion.cli import main

if __name__ == "__main__":
    main(["report", "inferential", "--no-docs"])
