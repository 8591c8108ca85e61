"""A Spark cluster on this machine, sessions on it, and the Java that both need."""
