"""Dialogs: each names its target and effect, and asks one question."""
