"""A first mapping from a sample of a file: what its values are (values), how it is laid out
(sample), which columns of the contract its columns may be (match), and the file (write)."""
