"""The supervisor and the embedded server, as processes."""
