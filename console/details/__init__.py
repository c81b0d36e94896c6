"""The workflow in focus, at the right."""
