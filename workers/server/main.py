"""The keeper as a process: it ends when the server has no user left."""

import json
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from workers.server.keeper import Keeper
from workers.server.process import ServerStartError
from workflows.runtime.background import yield_processor
from workflows.runtime.embedded import KeeperOptions, server_process

DONE, NO_SERVER = 0, 3


def main(arguments: Sequence[str]) -> int:
    """Keep the server that the one argument, :class:`KeeperOptions` in JSON, describes; return the exit code."""
    options = KeeperOptions(**json.loads(arguments[0]))
    process = server_process(Path(options.run_dir))
    reasons: list[str] = []

    def stopped() -> bool:
        if not reasons and process.is_abandoned():
            reasons.append("abandoned")  # for good: whoever comes now starts another keeper after this one
        return bool(reasons)

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: reasons.append("signal"))
    yield_processor()
    try:
        Keeper(options, stopped).run()
    except ServerStartError:
        return NO_SERVER
    process.state.unlink(missing_ok=True)
    if options.ephemeral and "abandoned" in reasons:
        shutil.rmtree(process.folder, ignore_errors=True)
    return DONE
