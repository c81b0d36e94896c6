"""Themes, tones, times, and safe text."""
