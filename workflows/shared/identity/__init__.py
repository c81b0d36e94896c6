"""Who sends a message, proven by a signature, and what they may do."""
