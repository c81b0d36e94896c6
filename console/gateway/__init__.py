"""The only way from the screen to Temporal: connection, health, paging and call budget."""
