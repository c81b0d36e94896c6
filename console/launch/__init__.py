"""What stands behind the screen: finds or starts the server and the supervisor, and keeps them running."""
