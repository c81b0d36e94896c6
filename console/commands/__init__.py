"""Commands: one object per action of an operator, and how keys and the palette run it."""
