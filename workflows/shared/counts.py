"""Counts in words."""


def number_of(count: int, noun: str, plural: str = "") -> str:
    """Return so many of something, such as 1 user or 1,200 users; a plural that does not just end in s is given."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {plural or f'{noun}s'}"
