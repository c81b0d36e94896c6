"""The command, and what stands behind the screen."""
