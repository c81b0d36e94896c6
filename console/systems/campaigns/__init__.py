"""The campaigns tab."""
