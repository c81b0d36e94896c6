"""The rules: what happens in each business process, and what may happen next."""
