"""The screen with the history of one run, and the comparison of two."""
