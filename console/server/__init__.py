"""The screen about the server: task queues, workers, and the console's own calls."""
