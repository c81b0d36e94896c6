"""The headless twin: what the keys of the console do, as commands for scripts, by the same command objects."""
