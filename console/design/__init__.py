"""Themes, tones and how text from outside is drawn."""
