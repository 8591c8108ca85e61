"""Mappings from third-party layouts to the contract, one YAML file each."""

from bullion.ingest.adapters.load import load_adapter

__all__ = ["load_adapter"]
