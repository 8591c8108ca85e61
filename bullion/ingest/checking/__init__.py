"""From records to typed rows: how a value may be spelt (values), which records pass (checks), and
what became of those that did not (rejects)."""
