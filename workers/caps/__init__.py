"""Looks at caps from outside of the actors: what they would have done."""
