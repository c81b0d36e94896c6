"""localstripe as a process: `python -m tests.support.localstripe_process PORT`.

Its own command wants IPv6, and writes all it knows into one file in the temporary folder, whoever else uses that.
"""

import sys

from aiohttp import web
from localstripe.resources import Store
from localstripe.server import app


def main(port: int) -> None:
    """Serve until killed, from scratch, in memory."""
    Store.dump_to_disk = lambda _: None
    web.run_app(app, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
