"""What Slack shows of a request: derived from the request, and never the truth about it."""
