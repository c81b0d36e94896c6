"""The supervisor: runs the workers of all systems in one asyncio loop over one client, and tells how they do."""
