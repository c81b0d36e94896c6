"""Slack against a strict one: cards, the relay, people, clicks."""
