"""Saved views of a list: a filter, columns and a sort under a name."""
