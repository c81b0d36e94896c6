"""Files with the rows of a list."""
