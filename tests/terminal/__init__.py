"""The whole product in a real terminal."""
