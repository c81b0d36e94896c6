"""The right side of a tab: the workflow in focus, read by queries and followed by its history."""
