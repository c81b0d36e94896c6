"""Slack: brings messages there, and takes clicks and replies from there. Imported only where there is a token."""
