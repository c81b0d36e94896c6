"""What the customer sees: e-mails and the delivery estimate."""
