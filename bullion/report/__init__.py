"""The HTML report: every chart of the registry as a page that opens without a server or network."""
