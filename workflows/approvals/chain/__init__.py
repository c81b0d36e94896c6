"""The chain of levels of one request: which are open, who may vote on them, and what a vote decides."""
