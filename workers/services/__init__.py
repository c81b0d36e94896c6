"""The real services behind the ports: the store, e-mail, Slack and the payment provider."""
