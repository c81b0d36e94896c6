"""The orders system."""
