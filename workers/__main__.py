"""``python -m workers``: the supervisor, the embedded server's keeper, and the store's commands."""

import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["server"]:  # must start fast and stay small, so without the command-line library
        from workers.server.main import main as keep_server

        sys.exit(keep_server(sys.argv[2:]))
    from workers.cli import main

    main()
