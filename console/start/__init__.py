"""The command line, and the processes behind the screen: server and supervisor."""
