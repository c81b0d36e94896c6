"""One package per system: everything in the console that knows it."""
