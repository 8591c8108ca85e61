"""What stands before any customer: products, economy, branches and ATMs, merchants, campaigns,
and the profiles by which money moves over days and hours. ``state`` holds what is made of them
once."""
