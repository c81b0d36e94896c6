"""Dialogs: each names its target and effect in full, and holds one question."""
