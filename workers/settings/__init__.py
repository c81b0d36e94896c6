"""Settings of the workers: what all share, and what each system adds."""
