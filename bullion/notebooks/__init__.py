"""The notebooks: a page of code a category, made from the registry of charts."""
