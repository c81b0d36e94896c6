"""Vocabulary of all systems: field types, money, actions, refusals, summary, client calls."""
