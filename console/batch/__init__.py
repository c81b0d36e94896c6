"""One action on many workflows at once."""
