"""The verbs of the command line, one module a family; each imports its machinery on use."""
