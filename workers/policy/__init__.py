"""The approval policy's file, and the commands about it."""
