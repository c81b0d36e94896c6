"""Stock, shortages, shipments and their cancellation."""
