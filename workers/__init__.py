"""The engine room: runs the workflows, starts the embedded server, and reaches the outside world for them."""
