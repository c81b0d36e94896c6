"""Counts in words."""


def number_of(count: int, noun: str) -> str:
    """Return so many of something, such as 1 user or 1,200 users; the noun's plural ends in s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
