"""Temporal's own operations on a run: cancel, terminate, reset, pause and start again, in the business's words."""
