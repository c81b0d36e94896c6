"""The store: one SQL database behind the ports, SQLite or PostgreSQL."""
