"""HTTP: the same commands and domain clients as the screen and the scripts, one port for each system."""
