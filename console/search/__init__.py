"""Temporal's own list filter: its check, and its completion."""
