"""Bulk files: CSV, JSON, JSON Lines or YAML rows, read with their line numbers, checked, and reported on."""
