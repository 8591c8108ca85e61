"""The Spark cluster of the tests, and what the machine must have for it."""
