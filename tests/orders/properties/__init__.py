"""What holds for every order: without a server in any order of events, and on one with workers killed."""
