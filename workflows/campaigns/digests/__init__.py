"""Digests: messages that caps held back, of one or of several campaigns, go out to a user as one."""
