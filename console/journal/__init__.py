"""The operator's journal: what was done from the consoles of a data folder, and what the workflows answered."""

NAME = "journal.sqlite"
"""Of its file, in the data folder."""
