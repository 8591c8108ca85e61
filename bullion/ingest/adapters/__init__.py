"""Mappings from third-party layouts to the contract, one YAML file each (mapping): their files as
text (sources), their SQL where it reaches nothing else (sandbox), its rows (rows), all of it loaded
(load); and the first mapping of an unknown file (guess)."""

from bullion.ingest.adapters.load import load_adapter

__all__ = ["load_adapter"]
