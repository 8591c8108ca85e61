"""Measures what the design promises, as ratios within one run (`scripts/bench`)."""
