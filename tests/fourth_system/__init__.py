"""Tickets: a minimal fourth system. It is here, in a registry each, and nowhere else."""
