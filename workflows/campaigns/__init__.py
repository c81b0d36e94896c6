"""The campaigns system."""
