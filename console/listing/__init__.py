"""The left side of a tab: counts by stage, filter, and the list, read again and again."""
