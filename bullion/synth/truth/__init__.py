"""What was planted and what came of it, for ``truth.yml``."""
