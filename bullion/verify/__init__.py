"""``bullion verify``: the warehouse's estimates against what the synthetic bank has planted."""
