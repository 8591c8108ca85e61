"""Bullion: a medallion warehouse for retail finance on PostgreSQL."""
