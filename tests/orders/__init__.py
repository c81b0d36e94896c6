"""The orders system, on real Temporal servers."""
