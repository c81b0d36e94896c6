"""What waits for a person, in all systems: reading it, judging it, and the screen that acts on it."""
