"""The eyes and hands: what an operator sees, presses and types."""
