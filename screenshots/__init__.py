"""Pictures of the console, and the script that takes them from the running demo: ``python -m screenshots``."""
