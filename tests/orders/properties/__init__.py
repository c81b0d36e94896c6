"""What holds for every order, whatever happens: on a real server, in the store's own tables, with workers killed."""
