"""Telling users' actors what providers said of addresses."""
