"""What an order answers: queries, the list row, legal actions and attention codes."""
