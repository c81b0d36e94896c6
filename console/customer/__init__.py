"""One person on one screen: what every system has of them, on one timeline."""
