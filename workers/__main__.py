"""``python -m workers``: the supervisor, the embedded server's keeper, and the store's commands."""

import sys

from workers.cli import main

if __name__ == "__main__":
    main(sys.argv[1:])
