"""The whole history of one run: events in words, payloads decoded, and what the server says of the run now."""
