"""What is known of the synthetic bank: one module an area, each with a list ``TRUTHS``."""
